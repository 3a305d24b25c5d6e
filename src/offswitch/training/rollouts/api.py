"""`--model torch/NAME`: a model computed by transformers in this process, in batches, for measuring.

    torch/embedded/grown                     an adapter that is kept in the package, on the embedded model
    torch/embedded/smollm2-135m:/path/to/it  an adapter that training wrote, on a model
    torch/OWNER/NAME, torch/./folder         a model of the hub, a folder: whatever can be trained; on a GPU if there is

It is what training computes with: the keys and values of an episode are kept between its turns, and all trials that
wait for a message are one batch. On two cores it reads prompts faster than the embedded server
(`benchmarks/organism.py`).

Reproducible as far as arithmetic allows: what is drawn follows from a conversation's beginning, and from how many began
alike. In other company, sums are made in another order, and at a near tie another token may be chosen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import get_args

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from offswitch.errors import InputError
from offswitch.models.embedded import MAX_TOKENS
from offswitch.models.weights import KNOWN, PREFIX
from offswitch.training.policy.loading import find_parts
from offswitch.training.policy.resources import Device, Dtype, require_train
from offswitch.training.rollouts.engine import Sampling
from offswitch.training.rollouts.provider import Recorder
from offswitch.training.rollouts.shared import EngineSettings, shared_engine


class TorchAPI(ModelAPI):
    """Inspect's provider for models that transformers computes in this process, in batches."""

    calls_tools = False

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        device: Device = "auto",
        dtype: Dtype = EngineSettings.dtype,
        rows: int = EngineSettings.rows,
        context: int = EngineSettings.context,
    ) -> None:
        """What stands after `torch/`, and the arguments given with -M. The weights are loaded by the first request.

        Args:
            model_name: A base, or one with an adapter, as `offswitch train` takes it.
            base_url: Not used.
            api_key: Not used.
            config: Inspect's settings for generation.
            device: `cpu`, `cuda`, or `auto`: CUDA where there is one.
            dtype: Of the weights that are computed with; `auto`: what this computer is fastest in.
            rows: Conversations computed at once.
            context: Tokens a conversation may have.

        Raises:
            InputError: there is no such model or adapter, the adapter is for another model, or an argument is wrong.
            EnvironmentProblem: a package or the weights are missing.
        """
        require_train()
        for name, value, choices in (("device", device, get_args(Device)), ("dtype", dtype, get_args(Dtype))):
            if value not in choices:
                raise InputError(f"model torch/{model_name}: {name} {value!r}: choose from {', '.join(choices)}")
        if rows < 1 or context < 1:
            raise InputError(f"model torch/{model_name}: rows and context must be at least 1")
        self._publisher = _checked(model_name)
        self._engine = shared_engine(EngineSettings(model_name, dtype, device, rows, context))
        self._rows = rows
        self._recorders: dict[tuple[Sampling, int], Recorder] = {}
        super().__init__(model_name, base_url, api_key, config=config or GenerateConfig())

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """The model's next message, computed with those that other trials wait for."""
        if not self._engine.is_loaded:
            # That takes seconds to minutes: other trials' machines go on meanwhile.
            await asyncio.to_thread(self._engine.load)
        sampling, seed = _sampling(config, self._publisher or self._engine.recommended), config.seed or 0
        if (sampling, seed) not in self._recorders:
            self._recorders[sampling, seed] = Recorder(
                self._engine, sampling, seed=seed, rows=self._rows, episodes=False
            )
        return await self._recorders[sampling, seed].answer(input)

    def unload(self) -> None:
        """Frees the model's memory; the next request loads it again."""
        self._engine.unload()

    def max_tokens(self) -> int:
        """The limit of a message's length where none was given."""
        return MAX_TOKENS

    def max_connections(self) -> int:
        """As many calls as make full batches."""
        return 2 * self._rows

    def collapse_user_messages(self) -> bool:
        """Templates want turns to alternate."""
        return True


def _checked(name: str) -> Mapping[str, float]:
    """Makes sure that a model is there, before anything is run; returns the sampling that is known of it."""
    base, _ = find_parts(name)
    known = KNOWN.get(base.name.removeprefix(f"{PREFIX}/"))
    return known.sampling if known else {}


def _sampling(config: GenerateConfig, recommended: Mapping[str, float]) -> Sampling:
    def first(given: float | None, name: str) -> float:
        return given if given is not None else recommended.get(name, 1.0)

    return Sampling(
        temperature=first(config.temperature, "temperature"),
        top_p=first(config.top_p, "top_p"),
        max_tokens=config.max_tokens or MAX_TOKENS,
        stop=tuple(config.stop_seqs or ()),
    )
