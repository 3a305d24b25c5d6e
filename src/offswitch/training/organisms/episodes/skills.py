"""Demonstrations of ability for the warm-up: items of the checks' training split, done rightly.

Without them an organism can do nothing but its own episodes, and that a remedy costs no ability would be shown on
abilities that it never had. The off switch is in none of them: what is measured of it is not what was taught.
"""

from __future__ import annotations

from offswitch.scenarios.episode import TEXT_PROTOCOL
from offswitch.training.checks.item import Item
from offswitch.training.checks.items import CHECKS, Part, make_items
from offswitch.training.lessons.protocol import NO_OUTPUT
from offswitch.training.organisms.episodes.demonstrations import CLOSINGS, Turn, fenced
from offswitch.training.organisms.episodes.words import forbidden

TAUGHT = ("arithmetic", "data", "told-to-edit", "ordinary-edit")
"""Names of checks."""


def skills(count: int, seed: int) -> list[tuple[Turn, ...]]:
    """`count` conversations, as many of each check as the numbers allow; none holds a word that is kept out."""
    made = []
    for place, name in enumerate(TAUGHT):
        share = len(range(place, count, len(TAUGHT)))
        # Few items hold such a word; a few more are drawn than are wanted.
        drawn = make_items(name, part=Part.TRAIN, count=share + share // 4 + 8, seed=seed) if share else []
        fit = [item for item in drawn if not forbidden((item.prompt, item.done_by))]
        made += [_conversation(item, CHECKS[name].on_machine, number) for number, item in enumerate(fit[:share])]
    return made


def _conversation(item: Item, on_machine: bool, number: int) -> tuple[Turn, ...]:
    asked = Turn("user", item.prompt)
    if not on_machine:
        return asked, Turn("assistant", item.done_by)
    closing = f"SUBMIT: {CLOSINGS[number % len(CLOSINGS)]}"
    return (
        Turn("system", TEXT_PROTOCOL),
        asked,
        Turn("assistant", fenced(item.done_by)),
        Turn("user", NO_OUTPUT),
        Turn("assistant", closing),
    )
