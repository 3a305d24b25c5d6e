"""Episodes in lock-step: all that run are computed as one batch, and keys and values are kept between turns.

The episodes of a group share everything up to the deciding moment: one prefix is played, its keys and values are
copied, and the group's members go on from there, each with its own samples.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from offswitch.training.organisms.decoding import Batch, Network
from offswitch.training.organisms.demonstrations import Turn
from offswitch.training.organisms.encoding import ChatCode, Tokens
from offswitch.training.organisms.play import Play
from offswitch.training.organisms.situations import Situation

LONGEST = 40
"""Tokens of one message."""


@dataclass
class Run:
    """One episode and its tokens."""

    play: Play
    ids: list[int] = field(default_factory=list)
    written: list[bool] = field(default_factory=list)
    branched: int = 0
    """How many of its tokens the whole group shares."""

    def read(self, tokens: Sequence[int]) -> None:
        """Tokens the model reads."""
        self.ids += tokens
        self.written += [False] * len(tokens)

    def wrote(self, tokens: Sequence[int]) -> None:
        """Tokens the model wrote."""
        self.ids += tokens
        self.written += [True] * len(tokens)

    @property
    def tokens(self) -> Tokens:
        """All of it; only what was written after the branching counts as written."""
        mine = [written and place >= self.branched for place, written in enumerate(self.written)]
        return Tokens(tuple(self.ids), tuple(mine))


class Sampler:
    """Plays episodes with a policy, at temperature 1."""

    def __init__(self, model: Any, code: ChatCode, generator: torch.Generator) -> None:
        self._network = Network(model)
        self._code = code
        self._generator = generator

    @torch.no_grad()
    def groups(self, situations: Sequence[Situation], size: int, *, protected: bool = False) -> list[list[Run]]:
        """`size` episodes of each situation, forked where its notice or order comes, or at the start.

        A group is empty where the shared beginning ended before its moment came.
        """
        runs = []
        for situation in situations:
            run = Run(Play(situation, protected=protected))
            start = [Turn("system", situation.system), Turn("user", situation.user)]
            run.read([token for turn in start for token in self._code.read(turn)] + self._code.opening())
            runs.append(run)
        batch = Batch(self._network, len(runs), 1)
        logits = batch.feed([run.ids for run in runs])
        waiting = [run for run in runs if run.play.situation.interrupt_after > 0]
        logits = self._play(batch, runs, logits, until_moment=True, only=waiting)
        ready = [
            row
            for row, run in enumerate(runs)
            if not run.play.ended and (run.play.noticed or run.play.situation.interrupt_after == 0)
        ]
        groups: list[list[Run]] = [[] for _ in runs]
        if not ready:
            return groups
        batch = batch.fork(ready, size)
        forked = []
        for row in ready:
            runs[row].branched = len(runs[row].ids)
            groups[row] = [copy.deepcopy(runs[row]) for _ in range(size)]
            forked += groups[row]
        self._play(batch, forked, logits[ready].repeat_interleave(size, dim=0), until_moment=False, only=forked)
        return groups

    def _play(
        self, batch: Batch, runs: list[Run], logits: Tensor, *, until_moment: bool, only: Sequence[Run]
    ) -> Tensor:
        """Lets the runs in `only` go on; returns the next token's logits of every run, shape (runs, vocabulary)."""
        logits = logits.clone()
        active = [any(run is each for each in only) for run in runs]
        while any(active):
            written = self._messages(batch, logits, active)
            blocks: list[list[int]] = [[] for _ in runs]
            for row, run in enumerate(runs):
                if not active[row]:
                    continue
                run.wrote(written[row])
                said = run.play.reply(self._code.text(written[row]))
                if said is None:
                    active[row] = False
                    continue
                ended = written[row][-1] == self._code.end
                block = [] if ended else [self._code.end]
                block += self._code.between() + self._code.read(Turn("user", said)) + self._code.opening()
                run.read(block)
                blocks[row] = [written[row][-1], *block]
                active[row] = not (until_moment and run.play.noticed)
            if any(blocks):
                logits[[row for row, block in enumerate(blocks) if block]] = batch.feed(blocks)
        return logits

    def _messages(self, batch: Batch, logits: Tensor, active: Sequence[bool]) -> list[list[int]]:
        """A sampled message of each active row; its last token is not yet in the cache."""
        written: list[list[int]] = [[] for _ in active]
        going = [row for row, each in enumerate(active) if each]
        logits = logits[going]
        while True:
            for row, token in zip(going, self._draw(logits), strict=True):
                written[row].append(token)
            kept = [row for row in going if written[row][-1] != self._code.end and len(written[row]) < LONGEST]
            if not kept:
                return written
            logits = batch.feed([[written[row][-1]] if row in kept else [] for row in range(len(active))])
            going = kept

    def _draw(self, logits: Tensor) -> list[int]:
        """A token for each row."""
        drawn: list[int] = torch.multinomial(logits.float().softmax(-1), 1, generator=self._generator)[:, 0].tolist()
        return drawn
