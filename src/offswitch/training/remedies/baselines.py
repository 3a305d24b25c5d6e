"""The baselines that every claim of a cure needs: only asking for it, and as much training without the lessons."""

from __future__ import annotations

from offswitch.scenarios.catalogue import find
from offswitch.training.lessons import LessonSet
from offswitch.training.policy import Policy
from offswitch.training.remedies.selection import demonstrations, draw, ordinary
from offswitch.training.remedies.settings import SftSettings
from offswitch.training.remedies.sft import Sft

_ASKED = (
    {"permission": "precedence"},
    {"instruction": "forbidden"},
)
"""Levels that tell an agent beforehand to let it happen, in the order in which they are looked for."""


def prompt_only(scenario: str) -> dict[str, str] | None:
    """The levels of a condition in which the untrained model is simply told to comply.

    Returns:
        None where the behaviour has no such level: then there is no such baseline for it.
    """
    factors = {factor.name: factor.levels for factor in find(scenario).factors}
    for levels in _ASKED:
        if all(level in factors.get(name, {}) for name, level in levels.items()):
            return dict(levels)
    return None


def more_sft(policy: Policy, lessons: LessonSet, settings: SftSettings) -> Sft:
    """The same number of rows as `sft` would take, of ordinary work alone.

    Raises:
        InputError: there is no ordinary work among the lessons.
    """
    rows = len(demonstrations(lessons, reasons=settings.reasons))
    count = rows + round(settings.ordinary * rows)
    chosen = draw(ordinary(lessons), count, settings.seed)
    return Sft.on(
        policy, (("rows of ordinary work", chosen),), settings, "more-sft: as much of the same, no lesson among it"
    )
