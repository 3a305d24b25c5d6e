"""`--model torch/NAME`: ordinary runs of a model that is computed here in batches."""

import asyncio
import threading
import time

import polars as pl
import pytest
from inspect_ai.model import ChatMessageUser, GenerateConfig

from offswitch.errors import InputError
from offswitch.models.adapters import adapter_of, adapter_sha256
from offswitch.models.weights import KNOWN
from offswitch.running.access import open_model
from offswitch.running.directory import RunDirectory
from offswitch.running.manifest import adapters_on
from offswitch.running.request import Request
from offswitch.running.run import Sitting, run
from offswitch.training.policy import Lora, new_adapter, save_adapter
from offswitch.training.rollouts import Sample, Sampling, Stopped, TransformersEngine, provider, shared
from offswitch.training.rollouts.api import _sampling
from offswitch.training.rollouts.provider import FOLLOWED, REMEMBERED, Recorder


def opened(name, **arguments):
    return open_model(name, base_url=None, arguments=arguments, temperature=None, connections=4, price=None)


def played(name, folder):
    request = Request(scenarios=("shutdown",), models=(name,), trials=2, seed=4, turns=1)
    return run(request, RunDirectory(folder), Sitting())


def test_a_run_is_an_ordinary_run_and_the_same_again(cached, tiny_gguf, tmp_path) -> None:
    name = f"torch/{tiny_gguf}"
    texts = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        result = played(name, folder)
        assert result.summary.complete and not result.failures
        table = pl.read_parquet(folder / "trials.parquet").sort("surface", "seed")
        assert set(table["model"]) == {name} and table["tokens_out"].min() > 0
        assert "malfunction" not in set(table["outcome"])
        texts.append(table.select("surface", "seed", "outcome", "tokens_in", "tokens_out").rows())
    assert texts[0] == texts[1]
    assert played(name, tmp_path / "two").summary.complete  # nothing is left to do, and nothing is loaded for it


def test_the_memory_is_given_back_and_taken_again(cached, tiny_gguf) -> None:
    model = opened(f"torch/{tiny_gguf}", rows=4).model
    said = [asyncio.run(model.generate("Say something.", config=GenerateConfig(max_tokens=5))).completion]
    shared.unload_all()
    assert model.api._engine._loaded is None
    model = opened(f"torch/{tiny_gguf}", rows=4).model
    said.append(asyncio.run(model.generate("Say something.", config=GenerateConfig(max_tokens=5))).completion)
    assert said[0] == said[1] != ""


def test_conversations_that_were_let_go_are_read_again_to_the_same_text(tiny_policy) -> None:
    def conversation(recorder, company):
        model = recorder.model()

        async def talk():
            said, messages = [], [ChatMessageUser(content="Tell me a number.")]
            for _ in range(3):
                output = await model.generate(messages)
                said.append(output.completion)
                messages += [output.message, ChatMessageUser(content="Another one.")]
                await asyncio.gather(*(model.generate(f"I am {n} of {company}.") for n in range(company)))
            return said

        return asyncio.run(talk())

    greedy = Sampling(temperature=0, max_tokens=6)
    engine = TransformersEngine(tiny_policy, context=2048)
    alone = conversation(Recorder(engine, greedy, seed=1, rows=2, episodes=False), company=0)
    recorder = Recorder(engine, greedy, seed=1, rows=2, episodes=False)
    assert conversation(recorder, company=3 * REMEMBERED) == alone
    assert len(engine._kept) <= 2 * REMEMBERED + 3  # those of the first recorder are its own
    recorder = Recorder(engine, greedy, seed=1, rows=1, episodes=False)
    conversation(recorder, company=3 * FOLLOWED)
    assert len(recorder._nodes) <= 2 * FOLLOWED and len(recorder._messages) <= FOLLOWED
    recorder.forget()


def test_what_is_known_of_a_model_says_how_it_is_drawn_and_a_setting_comes_before(cached) -> None:
    known = KNOWN["smollm2-135m"].sampling
    assert _sampling(GenerateConfig(), known) == Sampling(0.2, 0.9, 256, ())
    given = GenerateConfig(temperature=0.0, top_p=0.5, max_tokens=7, stop_seqs=["x"])
    assert _sampling(given, known) == Sampling(0.0, 0.5, 7, ("x",))
    assert _sampling(GenerateConfig(), {}) == Sampling(1.0, 1.0, 256, ())


def test_a_manifest_holds_the_adapter_by_its_hash(tiny_policy, tiny_gguf, tmp_path) -> None:
    new_adapter(tiny_policy, Lora(rank=2), seed=1)
    place = save_adapter(tiny_policy, tmp_path / "adapter", card="For a test.")
    assert adapters_on([f"torch/{tiny_gguf}", f"torch/{tiny_gguf}:{place}"]) == {
        f"torch/{tiny_gguf}:{place}": adapter_sha256(place)
    }
    assert adapter_of("torch/embedded/grown") == adapter_of("embedded/grown") is not None


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("torch/embedded/smolm2", {}, "there is no embedded model"),
        ("torch/./nowhere", {}, "there is no such folder"),
        ("torch/embedded/smollm2-135m:/nowhere", {}, "adapter /nowhere"),
        ("torch/embedded/smollm2-135m", {"dtype": "int3"}, "dtype 'int3': choose from"),
        ("torch/embedded/smollm2-135m", {"device": "tpu"}, "device 'tpu': choose from"),
        ("torch/embedded/smollm2-135m", {"rows": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_computed_is_said_in_a_line(name, arguments, words) -> None:
    with pytest.raises(InputError, match=words):
        opened(name, **arguments)


@pytest.mark.parametrize(("most", "stretches"), [(20, [20]), (64, [32, 32]), (50, [25, 25]), (65, [22, 22, 22])])
def test_a_long_message_is_written_in_stretches_and_no_longer_than_allowed(tiny_policy, most, stretches) -> None:
    asked = []

    class Rambles:
        """An engine whose messages never end."""

        tokenizer, context = tiny_policy.tokenizer, 10_000

        def generate(self, requests, sampling):
            asked.extend((len(request.tokens), request.seed, sampling.max_tokens) for request in requests)
            return [Sample((7,) * sampling.max_tokens, None, Stopped.LENGTH) for _ in requests]

        def forget(self, keys): ...

    recorder = Recorder(Rambles(), Sampling(max_tokens=most), seed=1, rows=2)
    output = asyncio.run(recorder.model().generate("Go on."))
    begun = asked[0][0]
    assert [(length - begun, size) for length, _, size in asked] == [
        (sum(stretches[:n]), size) for n, size in enumerate(stretches)
    ]
    assert len({seed for _, seed, _ in asked}) == len(stretches)
    assert output.usage.output_tokens == most and output.stop_reason == "max_tokens"
    recorder.forget()


def test_greedy_text_is_the_same_in_stretches(tiny_policy, monkeypatch) -> None:
    def said():
        engine = TransformersEngine(tiny_policy, context=2048)
        recorder = Recorder(engine, Sampling(temperature=0, max_tokens=24), seed=1, rows=2)
        text = asyncio.run(recorder.model().generate("Tell me of the sea.")).completion
        recorder.forget()
        return text

    whole = said()
    monkeypatch.setattr(provider, "STRETCH", 5)
    assert said() == whole != ""


def test_an_engine_that_computes_holds_up_nobody_who_asks_what_is_known() -> None:
    begun, end = threading.Event(), threading.Event()

    class Busy:
        context = 7

        def generate(self, requests, sampling):
            begun.set()
            assert end.wait(60)
            return []

        def forget(self, keys): ...

    engine = shared.SharedEngine(shared.EngineSettings("any"))
    engine._loaded = Busy()
    computing = threading.Thread(target=engine.generate, args=([], Sampling()))
    computing.start()
    assert begun.wait(60)
    asked = threading.Thread(target=lambda: (engine.context, engine.forget([])))
    asked.start()
    asked.join(30)
    waits = asked.is_alive()
    end.set()
    computing.join()
    assert not waits


def test_two_models_of_one_run_are_loaded_and_compute_one_after_the_other(monkeypatch) -> None:
    at_work: list[str] = []
    met: list[list[str]] = []

    def work(name: str) -> None:
        at_work.append(name)
        time.sleep(0.05)
        met.append(list(at_work))
        at_work.remove(name)

    class Slow:
        def __init__(self, name: str) -> None:
            self.name = name
            work(name)

        def generate(self, requests, sampling):
            work(self.name)
            return []

    monkeypatch.setattr(shared, "_load", lambda settings: Slow(settings.name))
    engines = [shared.SharedEngine(shared.EngineSettings(name)) for name in "ab"]
    threads = [threading.Thread(target=engine.generate, args=([], Sampling())) for engine in engines for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(met) == 6 and all(len(names) == 1 for names in met)
