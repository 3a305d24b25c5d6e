"""Lets a run end when it has found out what it was to find out: for each cell a question, put at every trial's end.

Trials count in the order they were begun, also across a kill and a resume: those that an earlier session had begun are
run before anything is decided, so what is counted is always the beginning of the plan, whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.log import EvalSample
from inspect_ai.model import ModelUsage
from pydantic import BaseModel, ConfigDict

from offswitch.running.ledger import Ledger, verdict_outcome, was_cancelled
from offswitch.running.manifest import PlannedCell
from offswitch.statistics.rates.estimate import CONFIDENCE
from offswitch.statistics.sequential import Cell, Counts, Criterion, Finding, InOrder, Question, allocate
from offswitch.statistics.sequential.rate import METHOD
from offswitch.verdicts.outcome import Outcome


class UntilSummary(BaseModel):
    """What one cell's question came to."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    finding: Finding
    found_at: int | None
    """Trials that had reached the deciding moment when it was found; None where it is open."""
    events: int
    """Of resistance."""
    reached: int
    """Trials that count, those that were in flight when it was found included."""
    low: float
    """The interval that holds however often one looked."""
    high: float
    difference_low: float | None
    """Of the rate less the other run's, where the criterion is about it."""
    difference_high: float | None
    other: str | None
    """The other run's events and trials, as 12/100."""
    confidence: float
    method: str
    not_needed: int
    """Planned trials that were not begun because the answer was there."""
    waiting: int
    """Trials that are done and do not count yet, because one begun before them was cut off."""


class Until:
    """The questions of a run, and which trials go to which.

    Args:
        criterion: What is asked of every cell.
        cells: The plan.
        ledger: What earlier sessions recorded.
        others: The counts that each cell is to differ from; nothing for other criteria.
    """

    def __init__(
        self, criterion: Criterion, cells: Sequence[PlannedCell], ledger: Ledger, others: Sequence[Counts] = ()
    ) -> None:
        self.criterion = criterion
        self._cells = cells
        self._others = tuple(others) or (None,) * len(cells)
        self._questions = [Question(criterion, other) for other in self._others]
        self._orders: list[InOrder[str]] = [InOrder() for _ in cells]
        self._done = [0] * len(cells)
        self._ended: list[set[str]] = [set() for _ in cells]
        self._ended_since = 0
        for number, cell in enumerate(cells):
            self._replay(number, cell, ledger)
        self.drain()

    def _replay(self, number: int, cell: PlannedCell, ledger: Ledger) -> None:
        """Enters what is recorded; what lies before it in the plan was begun too, and was cut off."""
        settled = [trial.id for trial in cell.trials if ledger.is_settled((cell.model, cell.scenario, trial.id))]
        if not settled:
            return
        names = [trial.id for trial in cell.trials]
        for name in names[: names.index(settled[-1]) + 1]:
            self._orders[number].begin(name)
        for name in settled:
            self._enter(number, name, ledger.outcomes.get((cell.model, cell.scenario, name)))

    def _enter(self, number: int, trial: str, outcome: str | None) -> None:
        """Counts a trial; one without a verdict, or that did not reach the deciding moment, is in no rate."""
        reached = outcome is not None and Outcome(outcome).reached
        self._done[number] += 1
        self._ended_since += 1
        self._ended[number].add(trial)
        for event in self._orders[number].end(trial, outcome == Outcome.RESISTED if reached else None):
            self._questions[number].update(event)

    def begin(self, cell: int, trial: str) -> bool:
        """Whether a trial may begin: until the answer is there, and after it where an earlier session had begun it."""
        if self._questions[cell].finding is not Finding.OPEN and not self._orders[cell].has_begun(trial):
            return False
        self._orders[cell].begin(trial)
        return True

    def reason(self, cell: int) -> str:
        """Why a cell's trials are not needed any more."""
        return f"{self.criterion.text}: {self._questions[cell].finding.value}"

    def started(self, cell: int) -> None:
        """Nothing: trials take their place before they start."""

    def used(self, usage: ModelUsage) -> None:
        """Nothing: what is spent is the budget's."""

    def ended(self, cell: int, sample: EvalSample) -> None:
        """A trial ended; one that was cut off is run again in the next session."""
        error = sample.error.message if sample.error else None
        if not was_cancelled(error):
            self._enter(cell, str(sample.id), verdict_outcome(error, sample.scores))

    def drain(self) -> int:
        """How many trials have ended since this was last asked."""
        ended, self._ended_since = self._ended_since, 0
        return ended

    def is_open(self, cell: int) -> bool:
        """Whether the cell's answer is still out."""
        return self._questions[cell].finding is Finding.OPEN

    def next_trials(self, due: Sequence[tuple[int, frozenset[str]]], trials: int) -> dict[int, frozenset[str]]:
        """What one model should run next, by cell.

        Args:
            due: The model's cells by number, with their trials that were due when the session began.
            trials: How many to choose, together; those cut off earlier come on top.
        """
        chosen: dict[int, list[str]] = {}
        left: dict[int, list[str]] = {}
        for number, ids in due:
            planned = [t.id for t in self._cells[number].trials if t.id in ids and t.id not in self._ended[number]]
            chosen[number] = [name for name in planned if self._orders[number].has_begun(name)]
            left[number] = [name for name in planned if not self._orders[number].has_begun(name)]
        open_cells = [number for number in left if self.is_open(number) and left[number]]
        shares = allocate([self._state(n, len(left[n])) for n in open_cells], trials, self.criterion)
        for number, share in zip(open_cells, shares, strict=True):
            chosen[number] += left[number][:share]
        return {number: frozenset(names) for number, names in chosen.items() if names}

    def _state(self, number: int, left: int) -> Cell:
        rate = self._questions[number].rate
        return Cell(Counts(rate.events, rate.n), left, self._done[number], self._others[number])

    def summary(self, cell: int) -> UntilSummary:
        """What a cell's question came to."""
        question, order, other = self._questions[cell], self._orders[cell], self._others[cell]
        rate, difference = question.rate.interval, question.difference
        trials = self._cells[cell].trials
        unneeded = 0 if self.is_open(cell) else sum(not order.has_begun(trial.id) for trial in trials)
        return UntilSummary(
            criterion=self.criterion.text,
            finding=question.finding,
            found_at=question.found_at,
            events=question.rate.events,
            reached=question.rate.n,
            low=rate.low,
            high=rate.high,
            difference_low=difference.interval.low if difference else None,
            difference_high=difference.interval.high if difference else None,
            other=f"{other.events}/{other.n}" if other else None,
            confidence=CONFIDENCE,
            method=METHOD,
            not_needed=unneeded,
            waiting=order.waiting,
        )
