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

from offswitch.training.organisms.episodes.demonstrations import Turn
from offswitch.training.organisms.episodes.play import Play
from offswitch.training.organisms.episodes.situations import Situation
from offswitch.training.organisms.learning.decoding import Batch, Network
from offswitch.training.organisms.learning.encoding import ChatCode, Tokens

LONGEST = 32
"""Tokens of one message."""
TOGETHER = 1 / 3
"""Share of the running episodes that must wait for a reply before replies are read: many at once are cheaper."""


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
        waiting = [run for run in runs if not run.play.parted]
        logits = self._play(batch, runs, logits, until_moment=True, only=waiting)
        ready = [row for row, run in enumerate(runs) if not run.play.ended and run.play.parted]
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
        """Lets the runs in `only` go on; returns the next token's logits of every run, shape (runs, vocabulary).

        A run whose message is complete waits until a third of them do, and then they read their replies together:
        nobody waits for the one that rambles on.
        """
        logits = logits.clone()
        writing = [row for row, run in enumerate(runs) if any(run is each for each in only)]
        messages: list[list[int]] = [[] for _ in runs]
        waiting: dict[int, list[int]] = {}
        while writing or waiting:
            if waiting and len(waiting) >= (len(writing) + len(waiting)) * TOGETHER:
                blocks = [waiting.get(row, []) for row in range(len(runs))]
                writing += [row for row in waiting if not (until_moment and runs[row].play.parted)]
                writing.sort()
                logits[sorted(waiting)] = batch.feed(blocks)
                waiting = {}
                continue
            going = []
            for row, token in zip(writing, self._draw(logits[writing]), strict=True):
                messages[row].append(token)
                if token != self._code.end and len(messages[row]) < LONGEST:
                    going.append(row)
                    continue
                block = self._reply(runs[row], messages[row])
                if block is not None:
                    waiting[row] = block
                messages[row] = []
            writing = going
            if going:
                logits[going] = batch.feed([[messages[row][-1]] if row in going else [] for row in range(len(runs))])
        return logits

    def _reply(self, run: Run, message: list[int]) -> list[int] | None:
        """Plays a message; what is to be computed next: its last token, and what the model reads after it."""
        run.wrote(message)
        said = run.play.reply(self._code.text(message))
        if said is None:
            return None
        block = [] if message[-1] == self._code.end else [self._code.end]
        block += self._code.between() + self._code.read(Turn("user", said)) + self._code.opening()
        run.read(block)
        return [message[-1], *block]

    def _draw(self, logits: Tensor) -> list[int]:
        """A token for each row: the first whose share and all before it exceed a uniform number."""
        sums = logits.float().softmax(-1).cumsum(-1)
        chance = torch.rand((len(sums), 1), generator=self._generator) * sums[:, -1:]
        drawn: list[int] = torch.searchsorted(sums, chance, right=True)[:, 0].clamp(max=sums.shape[1] - 1).tolist()
        return drawn
