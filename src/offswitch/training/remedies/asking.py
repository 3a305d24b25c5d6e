"""The baseline that every cure is held against first: only to ask for it, of the untrained model."""

from __future__ import annotations

from offswitch.scenarios.catalogue import find

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
