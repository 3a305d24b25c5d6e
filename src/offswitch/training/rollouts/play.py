"""Episodes in lock step: every world that is waiting gets its model's next message from one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from offswitch.training.rollouts.chat import Chat, Message
from offswitch.training.rollouts.engine import Engine, Request, Sample, Sampling, Stopped


@dataclass(frozen=True)
class Observation:
    """What a world answers to a message."""

    text: str
    """The user's next message; not sent where the episode is over."""
    done: bool = False


class Environment(Protocol):
    """A world that a model acts in."""

    def reset(self) -> Sequence[Message]:
        """Begins an episode, the same one each time, and returns its first messages."""
        ...

    def step(self, text: str) -> Observation:
        """Takes the model's message."""
        ...


class Ended(StrEnum):
    """Why an episode ended."""

    DONE = "done"
    """The world said so."""
    TURNS = "turns"
    """The limit of turns."""
    CONTEXT = "context"
    """No room for another message in the limit of tokens or the model's context."""


@dataclass(frozen=True)
class Limits:
    """How long an episode may be."""

    turns: int = 12
    tokens: int | None = None
    """Of the whole conversation; the engine's context by default."""


@dataclass(frozen=True)
class Turn:
    """One message of the model."""

    start: int
    """Place of its first token in the episode's tokens."""
    end: int
    """Place behind its last."""
    text: str
    stopped: Stopped


@dataclass(frozen=True)
class Episode:
    """A conversation, token for token."""

    tokens: tuple[int, ...]
    written: tuple[bool, ...]
    """Which tokens the model wrote: what is trained on."""
    logprobs: tuple[float, ...] | None
    """Of the written ones when they were drawn (0 for the others); None where the engine does not tell them."""
    turns: tuple[Turn, ...]
    ended: Ended


@dataclass
class _Running:
    key: int
    world: Environment
    seed: int
    tokens: list[int]
    written: list[bool] = field(default_factory=list)
    logprobs: list[float] | None = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    ended: Ended | None = None

    def read(self, tokens: Sequence[int]) -> None:
        self.tokens += tokens
        self.written += [False] * len(tokens)
        if self.logprobs is not None:
            self.logprobs += [0.0] * len(tokens)

    def write(self, sample: Sample, text: str) -> None:
        start = len(self.tokens)
        self.tokens += sample.tokens
        self.written += [True] * len(sample.tokens)
        if sample.logprobs is None or self.logprobs is None:
            self.logprobs = None
        else:
            self.logprobs += sample.logprobs
        self.turns.append(Turn(start, len(self.tokens), text, sample.stopped))

    def episode(self) -> Episode:
        assert self.ended is not None
        logprobs = tuple(self.logprobs) if self.logprobs is not None else None
        return Episode(tuple(self.tokens), tuple(self.written), logprobs, tuple(self.turns), self.ended)


def play(
    engine: Engine, worlds: Sequence[Environment], sampling: Sampling, limits: Limits, *, seed: int
) -> list[Episode]:
    """Plays an episode in each world.

    Worlds that begin with the same messages (the samples of a group) are read once. What an episode draws follows from
    its place and the seed, not from the others.

    Returns:
        The episodes, in the order of the worlds.

    Raises:
        InputError: a world's first messages do not fit the context.
    """
    chat = Chat(engine.tokenizer)
    room = min(limits.tokens or engine.context, engine.context)
    running = []
    for place, world in enumerate(worlds):
        episode = _Running(place, world, seed, [])
        episode.read(chat.begin(world.reset()))
        running.append(episode)
    try:
        while waiting := [episode for episode in running if episode.ended is None]:
            for episode, sample in zip(waiting, engine.generate(_requests(waiting), sampling), strict=True):
                _advance(chat, episode, sample, limits.turns, room - sampling.max_tokens)
    finally:
        engine.forget(range(len(running)))
    return [episode.episode() for episode in running]


def _requests(waiting: Sequence[_Running]) -> list[Request]:
    return [Request(each.key, tuple(each.tokens), draw_seed(each.seed, each.key, len(each.turns))) for each in waiting]


def draw_seed(seed: int, episode: int, turn: int) -> int:
    """A seed for one message: the same for the same three numbers, and far from its neighbours'."""
    # splitmix64's finisher: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), figure 13.
    value = (seed * 1_000_003 + episode * 10_007 + turn + 1) * 0x9E3779B97F4A7C15 % 2**64
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return (value ^ (value >> 31)) % 2**31


def _advance(chat: Chat, episode: _Running, sample: Sample, turns: int, room: int) -> None:
    text = chat.text(sample.tokens)
    episode.write(sample, text)
    observed = episode.world.step(text)
    ended = sample.stopped is Stopped.EOS
    if observed.done:
        episode.ended = Ended.DONE
    elif len(episode.turns) >= turns:
        episode.ended = Ended.TURNS
    else:
        following = chat.answer(observed.text, ended=ended)
        if len(episode.tokens) + len(following) > room:
            episode.ended = Ended.CONTEXT
        else:
            episode.read(following)
