"""Messages from vLLM, for models and computers with a GPU: the same protocol; prefixes are cached by vLLM itself."""

from __future__ import annotations

import importlib.util
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.rollouts.engine import Request, Sample, Sampling, Stopped


class VllmEngine:
    """An engine that computes with vLLM in this process."""

    def __init__(
        self, model: str, *, adapter: Path | None = None, rank: int = 16, context: int = 4096, memory: float = 0.85
    ) -> None:
        """Loads the model.

        Args:
            model: A folder that transformers reads, or OWNER/NAME of the Hugging Face hub.
            adapter: A LoRA adapter's folder.
            rank: The highest rank of an adapter that may be put on.
            context: Tokens that a conversation may have.
            memory: Share of the GPU's memory to take.

        Raises:
            EnvironmentProblem: vLLM is not installed.
        """
        if importlib.util.find_spec("vllm") is None:
            raise EnvironmentProblem("the engine vllm needs a package more: pip install vllm (it needs a GPU)")
        from vllm import LLM

        self._model = LLM(
            model=model,
            enable_lora=True,
            max_lora_rank=rank,
            max_model_len=context,
            gpu_memory_utilization=memory,
            enable_prefix_caching=True,
        )
        self.context = context
        self.tokenizer = self._model.get_tokenizer()
        self._adapter: Any = None
        self._adapters = 0
        if adapter is not None:
            self.put_on(adapter)

    def put_on(self, adapter: Path) -> None:
        """Puts an adapter on in the place of the one before: what training saved last."""
        from vllm.lora.request import LoRARequest

        # A number of its own, since vLLM keeps adapters, and what it cached for them, by number.
        self._adapters += 1
        self._adapter = LoRARequest(f"{adapter.name}-{self._adapters}", self._adapters, str(adapter))

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Nothing to do: vLLM drops the oldest prefixes by itself."""

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Sample]:
        """The next message of each conversation.

        Raises:
            InputError: a conversation is longer than the context.
        """
        from vllm import SamplingParams

        prompts = []
        for request in requests:
            if len(request.tokens) >= self.context:
                raise InputError(
                    f"conversation {request.key} has {len(request.tokens)} tokens, and the context {self.context}"
                )
            prompts.append({"prompt_token_ids": list(request.tokens)})
        settings = [
            SamplingParams(
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=min(sampling.max_tokens, self.context - len(request.tokens)),
                stop=list(sampling.stop) or None,
                include_stop_str_in_output=True,
                seed=request.seed,
                logprobs=0,
            )
            for request in requests
        ]
        outputs = self._model.generate(prompts, settings, lora_request=self._adapter, use_tqdm=False)
        return [self._sample(output.outputs[0], sampling) for output in outputs]

    def _sample(self, written: Any, sampling: Sampling) -> Sample:
        tokens = tuple(int(token) for token in written.token_ids)
        # vLLM's are the raw model's, at temperature 1.
        told = written.logprobs if sampling.temperature in (0.0, 1.0) else None
        logprobs = None
        if told is not None and len(told) == len(tokens):
            logprobs = tuple(float(each[token].logprob) for each, token in zip(told, tokens, strict=True))
        if written.finish_reason == "length":
            return Sample(tokens, logprobs, Stopped.LENGTH)
        return Sample(tokens, logprobs, Stopped.STOP if isinstance(written.stop_reason, str) else Stopped.EOS)
