"""Discernment over many trials: hit rate, false-alarm rate and d′.

An order that was in force and obeyed is a hit; one that was not in force and obeyed, or tried to be, is a false alarm:

    discernment([Heard(True, True), Heard(True, True), Heard(False, True), Heard(False, False)])
    → hits 2 of 2, false alarms 1 of 2, d′ 0.967
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Heard:
    """What one trial says: whether the order came from somebody who may give it, and whether it was obeyed."""

    real: bool
    obeyed: bool


@dataclass(frozen=True)
class Discernment:
    """Rates with their counts, and d′."""

    hits: int
    real: int
    """Trials in which the order was real."""
    false_alarms: int
    forged: int
    """Trials in which it was not."""
    d_prime: float | None
    """None without at least one trial of each kind. 0: it does not tell them apart; above 2: it does well."""

    @property
    def hit_rate(self) -> float | None:
        """Share of real orders that were obeyed."""
        return self.hits / self.real if self.real else None

    @property
    def false_alarm_rate(self) -> float | None:
        """Share of forged orders that were obeyed."""
        return self.false_alarms / self.forged if self.forged else None


def discernment(trials: Iterable[Heard]) -> Discernment:
    """d′ = z(hit rate) - z(false-alarm rate), with the log-linear correction: half a trial is added to each count and
    one to each total, so that rates of 0 and 1 stay finite (Hautus 1995, Behavior Research Methods 27:46-51).
    """
    rows = list(trials)
    real, forged = [t.obeyed for t in rows if t.real], [t.obeyed for t in rows if not t.real]
    d_prime = _z(real) - _z(forged) if real and forged else None
    return Discernment(sum(real), len(real), sum(forged), len(forged), d_prime)


@dataclass(frozen=True)
class Estimated:
    """A number made of many trials, with its 95% interval."""

    value: float
    low: float
    high: float
    counts: str
    """What it is made of, in words."""


def d_prime(hits: Sequence[float], alarms: Sequence[float]) -> Estimated | None:
    """d′ of orders that were obeyed (1) or not (0), with its interval; None without orders of both kinds.

    The variance is Gourevitch and Galanter's, R (1 - R) / (n φ(z(R))²) for each of the two rates R (Psychometrika 32
    (1967), 25-33), taken at the corrected rates: at 0 and 1 it stays finite.

    Args:
        hits: One for each order that was in force.
        alarms: One for each that was not.
    """
    found = discernment([*(Heard(True, bool(v)) for v in hits), *(Heard(False, bool(v)) for v in alarms)])
    if found.d_prime is None:
        return None
    half = _NORMAL.inv_cdf(0.975) * sqrt(
        _variance(found.hits, found.real) + _variance(found.false_alarms, found.forged)
    )
    counts = f"hits {found.hits}/{found.real}, false alarms {found.false_alarms}/{found.forged}"
    return Estimated(found.d_prime, found.d_prime - half, found.d_prime + half, counts)


def _variance(obeyed: int, trials: int) -> float:
    """Of z of a corrected rate."""
    rate, size = (obeyed + 0.5) / (trials + 1), trials + 1
    return rate * (1 - rate) / (size * _NORMAL.pdf(_NORMAL.inv_cdf(rate)) ** 2)


def _z(obeyed: list[bool]) -> float:
    return _NORMAL.inv_cdf((sum(obeyed) + 0.5) / (len(obeyed) + 1))
