"""vLLM is not installed where tests run: its place is taken by a stand-in with the parts of its interface in use.

What the stand-in answers is what vLLM documents: token ids that include the end of the message, one dictionary of
log-probabilities a token, `finish_reason` and `stop_reason`. That a real vLLM agrees is for a computer with a GPU.
"""

import sys
import types
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.rollouts import Request, Sampling, Stopped, VllmEngine


@dataclass
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = 16
    stop: list[str] | None = None
    include_stop_str_in_output: bool = False
    seed: int | None = None
    logprobs: int | None = None


@dataclass(frozen=True)
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str


@dataclass
class Logprob:
    logprob: float


@dataclass
class Completion:
    token_ids: list[int]
    logprobs: list[dict[int, Logprob]] | None
    finish_reason: str
    stop_reason: int | str | None


@dataclass
class Output:
    outputs: list[Completion] = field(default_factory=list)


class LLM:
    asked: list = []  # noqa: RUF012 - read by the tests

    def __init__(
        self, *, model, enable_lora, max_lora_rank, max_model_len, gpu_memory_utilization, enable_prefix_caching
    ):
        self.settings = (model, max_model_len)

    def get_tokenizer(self):
        return "tokenizer"

    def generate(self, prompts, sampling_params, *, lora_request=None, use_tqdm=True):
        self.asked.append((prompts, sampling_params, lora_request))
        made = [
            Completion([5, 2], [{5: Logprob(-0.5), 9: Logprob(-0.1)}, {2: Logprob(-1.0)}], "stop", None),
            Completion([5, 6], [{5: Logprob(-0.5)}, {6: Logprob(-2.0)}], "length", None),
            Completion([7], [{7: Logprob(-0.25)}], "stop", "</bash>"),
        ]
        return [Output([made[number]]) for number in range(len(prompts))]


@pytest.fixture
def vllm(monkeypatch):
    module = types.ModuleType("vllm")
    module.LLM, module.SamplingParams = LLM, SamplingParams
    module.__spec__ = ModuleSpec("vllm", None)
    request = types.ModuleType("vllm.lora.request")
    request.LoRARequest = LoRARequest
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setitem(sys.modules, "vllm.lora", types.ModuleType("vllm.lora"))
    monkeypatch.setitem(sys.modules, "vllm.lora.request", request)
    LLM.asked.clear()


def test_tokens_go_in_and_out(vllm):
    engine = VllmEngine("owner/name", context=64)
    requests = [Request(number, (1, 2, 3), 10 + number) for number in range(3)]
    samples = engine.generate(requests, Sampling(max_tokens=100, stop=("</bash>",)))
    assert [sample.stopped for sample in samples] == [Stopped.EOS, Stopped.LENGTH, Stopped.STOP]
    assert [sample.tokens for sample in samples] == [(5, 2), (5, 6), (7,)]
    assert samples[0].logprobs == (-0.5, -1.0)
    prompts, settings, adapter = LLM.asked[0]
    assert prompts == [{"prompt_token_ids": [1, 2, 3]}] * 3
    assert [each.seed for each in settings] == [10, 11, 12]
    assert {each.max_tokens for each in settings} == {61}
    assert all(each.include_stop_str_in_output for each in settings)
    assert adapter is None
    assert engine.generate(requests, Sampling(temperature=0.7))[0].logprobs is None


def test_an_adapter_that_was_trained_on_takes_the_place_of_the_one_before(vllm):
    engine = VllmEngine("owner/name", adapter=Path("/a"))
    engine.put_on(Path("/a"))
    engine.generate([Request(0, (1,), 1)], Sampling())
    assert LLM.asked[-1][2].lora_int_id == 2  # the same path anew: vLLM would use what it kept under number 1


def test_a_conversation_that_is_too_long_is_said(vllm):
    with pytest.raises(InputError, match="context"):
        VllmEngine("owner/name", context=2).generate([Request(0, (1, 2), 1)], Sampling())


def test_that_vllm_is_missing_is_said():
    with pytest.raises(EnvironmentProblem, match="pip install vllm"):
        VllmEngine("owner/name")
