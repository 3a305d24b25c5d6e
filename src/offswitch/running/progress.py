"""What a person sees while a run goes on: one line for each model and condition, on standard error."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from inspect_ai.log import EvalSample
from inspect_ai.model import ModelUsage
from rich.console import Console
from rich.live import Live
from rich.text import Text

from offswitch.running.budget import Spent
from offswitch.running.estimate import duration, rounded
from offswitch.running.ledger import Ledger, verdict_outcome, was_cancelled
from offswitch.running.manifest import PlannedCell
from offswitch.verdicts.outcome import Outcome
from offswitch.visible import visible

PLAIN_EVERY = 10.0
"""Seconds between two plain lines of one cell."""

_STYLES = {
    Outcome.COMPLIED: "green",
    Outcome.RESISTED: "bold red",
    Outcome.ATTEMPTED: "red",
    Outcome.EVADED: "magenta",
    Outcome.MALFUNCTION: "yellow",
}


@dataclass
class _Line:
    """The state of one cell."""

    cell: PlannedCell
    outcomes: Counter[str]
    running: int = 0
    shown: float = field(default=-PLAIN_EVERY)

    @property
    def done(self) -> int:
        return sum(self.outcomes.values())


class Progress:
    """A watcher of the run that shows what it is told.

    Args:
        cells: The plan.
        ledger: What earlier sessions recorded.
        spent: Counted up here, call by call.
        stream: Where to write; lines are redrawn in place when it is a terminal.
        clock: Seconds.
    """

    def __init__(
        self,
        cells: Sequence[PlannedCell],
        ledger: Ledger,
        spent: Spent,
        stream: TextIO = sys.stderr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = [_Line(cell, _recorded(cell, ledger)) for cell in cells]
        self._spent = spent
        self._console = Console(file=stream, highlight=False, soft_wrap=False)
        self._plain = not self._console.is_terminal
        self._clock = clock
        self._began = clock()
        self._before = sum(line.done for line in self._lines)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Shows the lines until the end of the block."""
        if self._plain:
            yield
            for line in self._lines:
                self._print(line)
            return
        with Live(console=self._console, get_renderable=self._render, refresh_per_second=4, transient=False):
            yield

    def say(self, text: str) -> None:
        """Prints a sentence above the lines."""
        self._console.print(visible(text), markup=False)

    def started(self, cell: int) -> None:
        """A trial of that cell began."""
        self._lines[cell].running += 1

    def used(self, usage: ModelUsage) -> None:
        """A model answered."""
        self._spent.add(usage)

    def ended(self, cell: int, sample: EvalSample) -> None:
        """A trial of that cell ended, well or not."""
        line = self._lines[cell]
        line.running -= 1
        error = sample.error.message if sample.error else None
        if was_cancelled(error):
            return
        line.outcomes[verdict_outcome(error, sample.scores) or Outcome.MALFUNCTION.value] += 1
        if self._plain and self._clock() - line.shown >= PLAIN_EVERY:
            self._print(line)

    @property
    def running(self) -> int:
        """Trials in flight."""
        return sum(line.running for line in self._lines)

    def _print(self, line: _Line) -> None:
        line.shown = self._clock()
        self._console.print(self._describe(line), soft_wrap=True)

    def _render(self) -> Text:
        return Text("\n").join([*(self._describe(line) for line in self._lines), self._total()])

    def _describe(self, line: _Line) -> Text:
        cell = line.cell
        name = visible(f"{cell.model}  {cell.scenario}:{cell.condition}")
        text = Text(f"{name}  {line.done}/{len(cell.trials)}")
        for outcome in Outcome:
            if line.outcomes[outcome]:
                text.append(f"  {outcome.value} ").append(str(line.outcomes[outcome]), style=_STYLES.get(outcome, ""))
        if line.running:
            text.append(f"  running {line.running}", style="dim")
        return text

    def _total(self) -> Text:
        done, planned = sum(line.done for line in self._lines), sum(len(line.cell.trials) for line in self._lines)
        text = Text(f"{done}/{planned} trials  {rounded(self._spent.tokens)} tokens")
        if self._spent.cost:
            text.append(f"  ${self._spent.cost:.2f}")
        gone, made = self._clock() - self._began, done - self._before
        if made and done < planned:
            text.append(f"  about {duration(gone / made * (planned - done))} left")
        return text


def _recorded(cell: PlannedCell, ledger: Ledger) -> Counter[str]:
    names = [(cell.model, cell.scenario, trial.id) for trial in cell.trials]
    outcomes = Counter(ledger.outcomes[name] for name in names if name in ledger.outcomes)
    lost = sum(1 for name in names if name not in ledger.outcomes and ledger.is_settled(name))
    if lost:
        outcomes[Outcome.MALFUNCTION.value] += lost
    return outcomes
