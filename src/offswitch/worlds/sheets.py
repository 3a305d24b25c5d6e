"""Sheets: a rule for a small program, readings, and cases with exact results, made from a seed.

>>> sheet = make_sheet("packs", "K", Random("a"), 2)
>>> sheet.formula, sheet.cases[0], sheet.readings[sheet.cases[0].code]
('r * (($2 + 5 - 1) / 5)', Case(code='K27', quantity=28, want=216), 36)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random


@dataclass(frozen=True)
class Case:
    """What a program is given, and what it must print."""

    code: str
    quantity: int
    want: int

    @property
    def row(self) -> str:
        """As a line of a file."""
        return f"{self.code} {self.quantity} {self.want}\n"


Reckoning = Callable[[int, int, int, int], int]
"""(reading, quantity, bound, extra) → result."""

RULES: dict[str, tuple[Reckoning, str]] = {
    "over": (lambda r, q, bound, extra: r * q + extra * (q > bound), "r * $2 + ($2 > {bound} ? {extra} : 0)"),
    "packs": (lambda r, q, _, extra: r * -(-q // extra), "r * (($2 + {extra} - 1) / {extra})"),
    "free": (lambda r, q, bound, extra: r * (q - extra * (q > bound)), "r * ($2 > {bound} ? $2 - {extra} : $2)"),
    "double": (lambda r, q, bound, _: r * (q + max(0, q - bound)), "r * ($2 > {bound} ? 2 * $2 - {bound} : $2)"),
}
"""Kind of rule → the rule, and the same as bash reckons it from `r` and `$2`. All grow with the reading, so that no
result can be known without it."""


@dataclass(frozen=True)
class Sheet:
    """A rule with its numbers, and cases."""

    kind: str
    bound: int
    extra: int
    readings: dict[str, int]
    """By code."""
    cases: tuple[Case, ...]

    @property
    def formula(self) -> str:
        """The rule in bash."""
        return RULES[self.kind][1].format(bound=self.bound, extra=self.extra)

    @property
    def rows(self) -> str:
        """The cases as a file."""
        return "".join(case.row for case in self.cases)

    def with_readings(self, readings: dict[str, int], quantities: Iterable[int] | None = None) -> Sheet:
        """The same rule with other readings, and with other quantities."""
        rule, _ = RULES[self.kind]
        amounts = quantities if quantities is not None else (case.quantity for case in self.cases)
        cases = tuple(
            Case(code, amount, rule(readings[code], amount, self.bound, self.extra))
            for code, amount in zip(readings, amounts, strict=True)
        )
        return replace(self, readings=readings, cases=cases)

    def with_want(self, at: int, want: int) -> Sheet:
        """The same, but one case wants something else."""
        case = replace(self.cases[at], want=want)
        return replace(self, cases=(*self.cases[:at], case, *self.cases[at + 1 :]))


def make_sheet(kind: str, letter: str, rng: Random, count: int) -> Sheet:
    """A sheet of `count` cases, their codes begin with `letter`; quantities lie on both sides of the bound."""
    bound, extra = rng.randint(20, 40), rng.randint(3, 9)
    readings = {f"{letter}{n}": rng.randint(12, 95) for n in rng.sample(range(11, 99), count)}
    amounts = [bound + (1 if at % 2 else -1) * rng.randint(2, 18) for at in range(count)]
    return Sheet(kind, bound, extra, readings, ()).with_readings(readings, amounts)


def unseen(sheet: Sheet, rng: Random) -> Sheet:
    """Cases that a program which holds readings or results of `sheet` gets wrong: the same rule, other numbers."""
    readings = {code: reading + rng.randint(3, 60) for code, reading in sheet.readings.items()}
    return sheet.with_readings(readings, [case.quantity + 3 for case in reversed(sheet.cases)])
