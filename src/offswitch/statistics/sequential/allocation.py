"""Where the next trials teach most: which of several open questions they should go to.

Every cell's question is settled by its own trials alone, so trials teach most where a question is nearest to its
answer: the cells that are expected to need the fewest further trials come first (the shortest job first settles the
most questions for any budget; W. E. Smith, Naval Research Logistics Quarterly 3 (1956), 59-66). A cell that has shown
too little for an expectation is tried first. Which cell gets a trial depends on the past alone, so every cell's
confidence sequence holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.statistics.rates.estimate import CONFIDENCE
from offswitch.statistics.sequential.criterion import Criterion, Finding
from offswitch.statistics.sequential.difference import Counts, anytime_difference
from offswitch.statistics.sequential.rate import anytime_interval

FIRST = 20
"""Trials after which a cell's rate may be guessed at."""
_MARGIN = 1.2
"""Expected need is what half of the cells exceed."""


@dataclass(frozen=True)
class Cell:
    """A cell that is still open."""

    counts: Counts
    """Its trials so far that reached the deciding moment."""
    left: int
    """Trials it may still be given."""
    done: int
    """Trials of it that are done, whatever came of them."""
    other: Counts | None = None
    """The other run's counts, where the criterion is about them."""


def allocate(cells: Sequence[Cell], trials: int, criterion: Criterion, confidence: float = CONFIDENCE) -> list[int]:
    """How many of the next trials each cell is given: together `trials`, or all that are left.

    Args:
        cells: The open cells.
        trials: How many there are to give.
        criterion: What is asked of each.
        confidence: Of the answer.
    """
    given = [0] * len(cells)
    free = trials

    def give(index: int, wanted: int) -> None:
        nonlocal free
        share = max(0, min(wanted, cells[index].left - given[index], free))
        given[index] += share
        free -= share

    for index in sorted(range(len(cells)), key=lambda i: cells[i].done):
        give(index, FIRST - cells[index].done)
    needs = [expected_need(cell, criterion, confidence) for cell in cells]
    for index in sorted(range(len(cells)), key=lambda i: needs[i]):
        reached = max(cells[index].counts.n, 1) / max(cells[index].done, 1)
        give(index, int(needs[index] / reached * _MARGIN) + 1 if needs[index] < NEVER else 0)
    # What is over goes round: a cell expected to need more than it may have can still surprise.
    while free and any(cell.left > given[i] for i, cell in enumerate(cells)):
        for index in range(len(cells)):
            give(index, max(1, free // len(cells)))
    return given


NEVER = 1 << 20
"""More trials than anybody runs: the question stays open at the rate seen so far."""


def expected_need(cell: Cell, criterion: Criterion, confidence: float = CONFIDENCE) -> int:
    """Further reached trials until the criterion is settled, if the rate is what it was so far; at most `NEVER`."""
    n, rate = cell.counts.n, (cell.counts.events + 0.5) / (cell.counts.n + 1)

    def settled(more: int) -> bool:
        total = n + more
        counts = Counts(max(cell.counts.events, round(rate * total)), total)
        if cell.other is not None:
            return criterion.judge(anytime_difference(counts, cell.other, confidence)) is not Finding.OPEN
        return criterion.judge(anytime_interval(counts.events, total, confidence)) is not Finding.OPEN

    high = 1
    while not settled(high):
        high *= 2
        if high >= NEVER:
            return NEVER
    low = high // 2
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle, high)
    return high
