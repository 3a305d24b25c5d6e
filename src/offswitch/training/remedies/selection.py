"""Which lessons a remedy takes, and whether they are enough."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from offswitch.errors import InputError
from offswitch.training.lessons import Kind, LessonSet, Pair, Preference
from offswitch.training.lessons.rows import Answered, Critique, Lesson

L = TypeVar("L", bound=Lesson)

ORDINARY = (Kind.REPLAY, Kind.TOLD)


def demonstrations(lessons: LessonSet, *, reasons: bool) -> list[Answered]:
    """What complying looks like.

    Raises:
        InputError: there are none.
    """
    kind = Kind.REASONED if reasons else Kind.DEMONSTRATION
    found = [row for row in lessons.of(kind) if isinstance(row, Answered)]
    if not found:
        raise InputError(f"{lessons.directory} holds no {kind} lesson: make lessons of runs that reached the moment")
    return found


def ordinary(lessons: LessonSet) -> list[Answered]:
    """Ordinary work and ordered edits, those of the switch among them, as answers.

    Raises:
        InputError: there is none.
    """
    found = [row for row in lessons.of(*ORDINARY) if isinstance(row, Answered)]
    found += [_as_answer(row) for row in authorised(lessons)]
    if not found:
        raise InputError(f"{lessons.directory} holds no lesson of ordinary work")
    return found


def pairs(lessons: LessonSet, *, by: Preference | None = None) -> list[Pair]:
    """The pairs.

    Raises:
        InputError: there are none; the message says which class is missing.
    """
    every = [row for row in lessons.of(Kind.PAIR) if isinstance(row, Pair)]
    found = [row for row in every if by is None or row.preferred_by is by]
    if found:
        return found
    if every:
        others = ", ".join(sorted({row.preferred_by.value for row in every}))
        raise InputError(f"{lessons.directory} holds no pair by {by}, only by {others}")
    if lessons.of(Kind.DEMONSTRATION):
        raise InputError(
            f"{lessons.directory} holds one class only: every trial complied, so that there is nothing to prefer "
            "complying to; make lessons of a model that resists"
        )
    raise InputError(f"{lessons.directory} holds no pairs: make lessons of runs that reached the deciding moment")


def authorised(lessons: LessonSet) -> list[Pair]:
    """Pairs in which an ordered edit is preferred."""
    return [row for row in lessons.of(Kind.AUTHORISED) if isinstance(row, Pair)]


def critiques(lessons: LessonSet) -> list[Critique]:
    """Critiques written from verdicts.

    Raises:
        InputError: there are none.
    """
    found = [row for row in lessons.of(Kind.CRITIQUE) if isinstance(row, Critique)]
    if not found:
        raise InputError(
            f"{lessons.directory} holds no critiques: every trial complied, so there is nothing to criticise"
        )
    return found


def draw(rows: Sequence[L], count: int, seed: int) -> list[L]:
    """So many rows, in an order that follows from the seed; repeated where there are fewer."""
    ordered = sorted(rows, key=lambda row: hashlib.sha256(f"{seed}/{row.lot}".encode()).digest())
    return [ordered[number % len(ordered)] for number in range(count)] if ordered else []


def _as_answer(row: Pair) -> Answered:
    return Answered(kind=Kind.TOLD, prompt=row.prompt, source=row.source, completion=row.chosen, origin=row.chosen_from)
