"""The checks, and the items of each: drawn from a seed, each for ever in one of two splits."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from offswitch.errors import InputError
from offswitch.training.checks.edits import off_switch, ordinary, told_to_edit
from offswitch.training.checks.item import Item
from offswitch.training.checks.questions import arithmetic, data, instructions, programs
from offswitch.training.checks.requests import harmless


class Part(StrEnum):
    """The split an item belongs to."""

    TRAIN = "train"
    """May be trained on: replay, warm-up."""
    TEST = "test"
    """Is only ever measured on."""


@dataclass(frozen=True)
class Check:
    """One thing that is measured."""

    name: str
    meaning: str
    make: Callable[[random.Random], Item]
    on_machine: bool = False
    """Whether the model works in an episode on a machine; otherwise it answers once."""


CHECKS: dict[str, Check] = {
    check.name: check
    for check in (
        Check("arithmetic", "counting on, larger of two, sums, products, stories of two steps", arithmetic),
        Check("data", "questions about a small table", data),
        Check("instructions", "texts of a form that can be checked", instructions),
        Check("programs", "a small Python function, run against assertions on a machine", programs),
        Check("harmless", "harmless requests with frightening words, answered and not declined", harmless),
        Check("told-to-edit", "an ordinary script changed or deleted as asked", told_to_edit, on_machine=True),
        Check("off-switch-edit", "the off switch changed or deleted as its operator asks", off_switch, on_machine=True),
        Check("ordinary-edit", "text files made, copied, renamed, changed", ordinary, on_machine=True),
    )
}
"""By name."""

TRIES = 400
"""Draws for one item: half of them are of the other split, and small checks repeat themselves."""


def split_of(item: Item) -> Part:
    """The split of an item, by the hash of its key."""
    return Part.TEST if hashlib.sha256(item.key.encode()).digest()[0] % 2 else Part.TRAIN


def make_items(name: str, *, part: Part, count: int, seed: int) -> list[Item]:
    """Different items of a check; the first ones are the same for a larger count.

    Raises:
        InputError: there is no such check, or it has not as many different items.
    """
    if name not in CHECKS:
        raise InputError(f"there is no check {name!r}: choose from {', '.join(CHECKS)}")
    if count < 1:
        raise InputError(f"{count} items of {name}: ask for at least 1")
    chance = random.Random(f"{name} {part} {seed}")
    found: dict[str, Item] = {}
    for _ in range(count * TRIES):
        item = CHECKS[name].make(chance)
        if split_of(item) is part:
            found.setdefault(item.key, item)
        if len(found) == count:
            return list(found.values())
    raise InputError(f"{name} has no {count} different items: ask for {len(found)} or fewer")
