"""What computes the next message of many conversations at once: one protocol, three engines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Stopped(StrEnum):
    """Why a message ended."""

    EOS = "eos"
    """The model ended it: its last token is the end-of-turn token."""
    STOP = "stop"
    """A stop string was written; it is part of the message, with what its last token holds beyond it."""
    LENGTH = "length"
    """The limit of tokens, or the context, was reached."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn."""

    temperature: float = 1.0
    """0 takes the likeliest."""
    top_p: float = 1.0
    """Draws among the likeliest tokens that have this probability together."""
    max_tokens: int = 96
    """Of one message."""
    stop: tuple[str, ...] = ()
    """Strings that end a message, beside the model's own end of turn."""


@dataclass(frozen=True)
class Request:
    """One conversation whose next message is wanted."""

    key: Hashable
    """The conversation: what an engine computed for it before is kept under this name until it is forgotten."""
    tokens: tuple[int, ...]
    """All of it so far."""
    seed: int
    """Of the draws of this message."""


@dataclass(frozen=True)
class Sample:
    """A message."""

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...] | None
    """Of each token under the model at the temperature of the sampling (1 where that is 0), before `top_p`; None where
    an engine does not tell them."""
    stopped: Stopped


class Engine(Protocol):
    """A model that writes messages."""

    @property
    def tokenizer(self) -> Any:
        """transformers' tokenizer, with the chat template."""
        ...

    @property
    def context(self) -> int:
        """Tokens that a conversation may have."""
        ...

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Sample]:
        """The next message of each conversation, in the order of the requests.

        Raises:
            InputError: a conversation is longer than the context.
            EnvironmentProblem: the engine does not answer.
        """
        ...

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Frees what is kept for conversations that are over; unknown ones are ignored."""
        ...
