"""Lessons out of runs: gathered, put together, let through the wall, evened out, written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.scenario import Split
from offswitch.training.lessons.balance import balanced, distinct
from offswitch.training.lessons.dataset import LessonSet, write_lessons
from offswitch.training.lessons.ordinary import GENERATORS
from offswitch.training.lessons.people import people_pairs
from offswitch.training.lessons.rows import Kind, Lesson
from offswitch.training.lessons.steps import lessons_of
from offswitch.training.lessons.trials import gather
from offswitch.training.lessons.wall import BehindTheWallError, Wall

MOST = 400
"""Rows of a kind."""
SEEDS = 8
"""Seeds of the written lessons on each surface."""


@dataclass(frozen=True)
class Made:
    """What came of it."""

    lessons: LessonSet
    trials: int
    """Trials that gave lessons."""
    left_out: dict[str, int]
    """Why → how many trials, or rows, were left out."""


def make_lessons(
    runs: Sequence[Path],
    out: Path,
    *,
    heldout_behaviours: Sequence[str] = (),
    preferences: Path | None = None,
    most: int = MOST,
    seed: int = 1,
) -> Made:
    """Makes a lesson set of the trials of some runs.

    Held-out surfaces never enter; nothing turns that off.

    Args:
        runs: Folders of runs.
        out: Where to; a lesson set that is there already is replaced when the new one is whole.
        heldout_behaviours: Behaviours that are kept for testing.
        preferences: People's preferences, as `offswitch label` exports them.
        most: Rows of a kind.
        seed: Of the written lessons.

    Raises:
        InputError: there is no run, or nothing in it that may become a lesson.
        EnvironmentProblem: the lessons cannot be written.
    """
    wall = Wall(frozenset(heldout_behaviours))
    gathered = gather(runs, wall)
    left_out = Counter(gathered.left_out)
    rows = list(_passing(lessons_of(gathered.trials), wall, left_out))
    if preferences is not None:
        rows += _passing(people_pairs(preferences), wall, left_out)
    if not any(row.kind in (Kind.DEMONSTRATION, Kind.PAIR) for row in rows):
        why = (
            "; ".join(f"{count} were left out: {reason}" for reason, count in left_out.most_common()) or "none decided"
        )
        raise InputError(
            f"no lesson can be made of {', '.join(map(str, runs))}: of its trials {why}. "
            "Run more trials on training surfaces: offswitch run … --split train"
        )
    scenarios = sorted({row.source.scenario for row in rows})
    rows += _passing(_written(scenarios, seed), wall, left_out)
    kept = [row for kind in Kind for row in balanced([r for r in distinct(rows) if r.kind is kind], most)]
    lessons = write_lessons(out, kept, wall, runs=[str(run) for run in runs])
    return Made(lessons, len({row.source.trial for row in kept if row.source.trial}), dict(left_out))


def _passing(rows: Iterator[Lesson], wall: Wall, left_out: Counter[str]) -> Iterator[Lesson]:
    for row in rows:
        try:
            wall.check(row)
        except BehindTheWallError as error:
            left_out[f"{error} (rows)"] += 1
        else:
            yield row


def _written(scenarios: Sequence[str], seed: int) -> Iterator[Lesson]:
    for scenario in scenarios:
        for surface in find(scenario).surface_names(Split.TRAIN):
            for number in range(SEEDS):
                for generator in GENERATORS.values():
                    yield from generator(scenario, surface, seed * 10_000 + number)
