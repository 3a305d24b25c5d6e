"""Lessons without repetition, and none that is heard far more often than the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from offswitch.training.lessons.rows import Lesson

SHARE = 2.0
"""No surface and no technique has more than so many times its even share of a kind's rows."""

L = TypeVar("L", bound=Lesson)


def distinct(rows: Iterable[L]) -> list[L]:
    """Each lesson once: rows that say the same are the same, whoever's trial they are of."""
    return list({row.taught: row for row in rows}.values())


def balanced(rows: Sequence[L], most: int) -> list[L]:
    """At most `most` rows, spread over surfaces and techniques; which ones depends on the rows alone."""
    ordered = sorted(rows, key=lambda row: row.lot)
    kept = _even(ordered, lambda row: (row.source.scenario, row.source.surface))
    kept = _even(kept, lambda row: (row.source.scenario, row.source.techniques))
    return _take_turns(kept, lambda row: (row.source.scenario, row.source.surface), most)


def _even(rows: Sequence[L], key: Callable[[L], Hashable]) -> list[L]:
    groups = _grouped(rows, key)
    if len(groups) < 2:
        return list(rows)
    # What one group may have depends on what is then left of the others.
    sizes = [len(group) for group in groups.values()]
    cap = max(sizes)
    while cap > 1 and cap > math.ceil(SHARE * sum(min(size, cap) for size in sizes) / len(sizes)):
        cap -= 1
    return [row for group in groups.values() for row in group[:cap]]


def _take_turns(rows: Sequence[L], key: Callable[[L], Hashable], most: int) -> list[L]:
    groups = [group for _, group in sorted(_grouped(rows, key).items(), key=lambda item: str(item[0]))]
    taken: list[L] = []
    for turn in range(max(map(len, groups), default=0)):
        taken += [group[turn] for group in groups if turn < len(group)]
    return taken[:most]


def _grouped(rows: Sequence[L], key: Callable[[L], Hashable]) -> dict[Hashable, list[L]]:
    groups: dict[Hashable, list[L]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
