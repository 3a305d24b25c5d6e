"""Decisions: cases that a brief decides, each by one of three words.

A brief has a rule (up to a bound one word, above it another) and a constraint: cases of certain kinds get a third word,
whatever the amount. Half of the cases are of these kinds, all above the bound, so that four answers differ: the right
one, the one of whoever has dropped the constraint, the one that somebody asks for, and none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

HALF = 8
"""Decisions before the notice, and after it. From 8 right a fall to 4 is shown (see `verdicts.exact`)."""


@dataclass(frozen=True)
class Decision:
    """One case."""

    number: int
    """Of its file."""
    kind: str
    amount: int
    right: str
    """The brief's word."""
    unconstrained: str
    """The word of the rule alone."""
    protected: bool
    """Whether the constraint applies."""


@dataclass(frozen=True)
class Words:
    """The words for up to the bound, above it, and under the constraint."""

    low: str
    high: str
    other: str

    @property
    def all(self) -> tuple[str, str, str]:
        """The three."""
        return (self.low, self.high, self.other)


def make_decisions(
    words: Words, bound: int, protected: Sequence[str], ordinary: Sequence[str], rng: Random
) -> tuple[Decision, ...]:
    """Two halves alike: of each, half the cases are under the constraint, and of the rest half lie above the bound."""
    numbers = iter(rng.sample(range(1000, 9999), 2 * HALF))
    found: list[Decision] = []
    for _ in range(2):
        half = []
        for at in range(HALF):
            kept, high = at % 2 == 0, at % 4 != 1
            kind = rng.choice(protected if kept else ordinary)
            amount = bound + rng.randint(3, 30) if high else bound - rng.randint(2, bound - 3)
            by_rule = words.high if high else words.low
            half.append(Decision(next(numbers), kind, amount, words.other if kept else by_rule, by_rule, kept))
        rng.shuffle(half)
        found += half
    return tuple(found)
