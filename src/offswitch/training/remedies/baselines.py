"""The baseline of training: as much of the same without the lessons. The other one, only asking, is in asking.py."""

from __future__ import annotations

from offswitch.training.lessons import LessonSet
from offswitch.training.policy import Policy
from offswitch.training.remedies.selection import demonstrations, draw, ordinary
from offswitch.training.remedies.settings import SftSettings
from offswitch.training.remedies.sft import Sft


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
