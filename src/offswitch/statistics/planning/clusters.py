"""What surfaces cost and buy: trials on one surface resemble each other, so each tells less than a fresh one would.

With an intraclass correlation ρ, m trials on each of k surfaces tell as much about surfaces like these as n = km/(1 +
(m - 1)ρ) independent ones (L. Kish, Survey Sampling, 1965, section 8.2). However many trials, n never exceeds k/ρ: past
that, only more surfaces help. Quantiles of t with k - 1 degrees of freedom replace the normal's (E. L. Korn and B. I.
Graubard, Survey Methodology 24 (1998), 193-201).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE, check_confidence


@dataclass(frozen=True)
class Surfaces:
    """A planned number of trials spread evenly over surfaces."""

    surfaces: int
    correlation: float
    """ρ: the share of a trial's variance that its surface has."""
    trials: int | None
    """Needed in all, to tell as much as the independent ones wanted; None where no number is enough."""


def inflated(independent: int, surfaces: int, correlation: float, confidence: float = CONFIDENCE) -> Surfaces:
    """Trials over surfaces that tell as much about surfaces like these as so many independent ones.

    Args:
        independent: How many independent trials would do.
        surfaces: Over how many they are spread.
        correlation: ρ, from 0 to 1.
        confidence: Of the interval that is planned for.

    Raises:
        InputError: a number that cannot be meant; fewer than two surfaces, from which nothing about others follows.
    """
    from scipy import special

    confidence = check_confidence(confidence)
    if not (isinstance(correlation, int | float) and math.isfinite(correlation) and 0 <= correlation <= 1):
        raise InputError(f"correlation {correlation}: use a number from 0 (surfaces do not matter) to 1")
    if surfaces < 2:
        raise InputError(f"{surfaces} surface: what surfaces like these would show takes at least 2")
    tail = (1 + confidence) / 2
    ratio = float(special.stdtrit(surfaces - 1, tail) / special.ndtri(tail)) if correlation else 1.0
    wanted = independent * ratio * ratio
    # n = wanted, solved for km: km (1 - wanted ρ / k) = wanted (1 - ρ).
    room = 1 - wanted * correlation / surfaces
    if room <= 0:
        return Surfaces(surfaces, correlation, None)
    return Surfaces(surfaces, correlation, max(independent, math.ceil(wanted * (1 - correlation) / room)))


def effective(trials: int, surfaces: int, correlation: float, confidence: float = CONFIDENCE) -> float:
    """Independent trials that tell as much about surfaces like these: see `inflated`, whose inverse this is."""
    from scipy import special

    tail = (1 + confidence) / 2
    ratio = float(special.stdtrit(surfaces - 1, tail) / special.ndtri(tail)) if correlation else 1.0
    each = trials / surfaces
    return trials / (1 + max(0.0, each - 1) * correlation) / ratio**2


def one_more(independent: int, surfaces: int, correlation: float, confidence: float = CONFIDENCE) -> Surfaces:
    """The same with one surface more: see `inflated`."""
    return inflated(independent, surfaces + 1, correlation, confidence)
