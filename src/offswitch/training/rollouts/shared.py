"""Engines by a model's name, loaded when first needed: several recorders compute with one, each in its turn.

Several engines take turns, too: transformers cannot load two models in two threads, and two that compute at once on one
processor's cores are slower than one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offswitch.training.policy.resources import Device, Dtype, fast_dtype
from offswitch.training.rollouts.engine import Request, Sample, Sampling

if TYPE_CHECKING:
    from offswitch.training.rollouts.torch_engine import TransformersEngine

_TURN = threading.RLock()
"""Held by the thread that loads or computes, whatever the engine."""


@dataclass(frozen=True)
class EngineSettings:
    """What is loaded, and how."""

    name: str
    """As `load_policy` takes it."""
    dtype: Dtype = "auto"
    """Of the weights that are computed with, an adapter put on before; by default what is fastest here."""
    device: Device = "auto"
    rows: int = 48
    """Conversations computed at once."""
    context: int = 4096
    """Tokens a conversation may have, if the model allows as many."""


class SharedEngine:
    """An engine (see `Engine`) that is loaded when it is asked for something, and again after `unload`."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._loaded: TransformersEngine | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether it answers at once."""
        return self._loaded is not None

    @property
    def tokenizer(self) -> Any:
        """transformers' tokenizer."""
        return self.load().tokenizer

    @property
    def context(self) -> int:
        """Tokens that a conversation may have."""
        return self.load().context

    @property
    def recommended(self) -> Mapping[str, float]:
        """How the model's publisher wants tokens to be drawn: `temperature`, `top_p`, where it says so."""
        return self.load().recommended

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Sample]:
        """The next message of each conversation.

        Raises:
            InputError: a conversation is longer than the context, or the model cannot be loaded.
            EnvironmentProblem: there is no memory for it.
        """
        with _TURN:
            return self.load().generate(requests, sampling)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Frees what is kept for conversations."""
        # Without a turn: whoever computes has it, and other trials would wait for that.
        loaded = self._loaded
        if loaded is not None:
            loaded.forget(keys)

    def unload(self) -> None:
        """Frees the memory, once nobody computes with it."""
        self._loaded = None

    def load(self) -> TransformersEngine:
        """The engine itself. What is loaded is had at once, also while it computes in another thread."""
        loaded = self._loaded
        if loaded is not None:
            return loaded
        with _TURN:
            loaded = self._loaded
            if loaded is None:
                self._loaded = loaded = _load(self._settings)
            return loaded


_known: dict[EngineSettings, SharedEngine] = {}


def shared_engine(settings: EngineSettings) -> SharedEngine:
    """The engine of these settings; nothing is loaded yet."""
    return _known.setdefault(settings, SharedEngine(settings))


def unload_all() -> None:
    """Frees the memory of every shared engine."""
    for each in list(_known.values()):
        each.unload()


def _load(settings: EngineSettings) -> TransformersEngine:
    from offswitch.training.policy.loading import load_policy
    from offswitch.training.rollouts.torch_engine import TransformersEngine

    policy = load_policy(settings.name, device=settings.device)
    dtype = fast_dtype(settings.device) if settings.dtype == "auto" else settings.dtype
    engine = TransformersEngine(policy, dtype=dtype, rows=settings.rows, context=settings.context)
    # What computes is the engine's own copy, with the adapter in it.
    policy.model = None
    return engine
