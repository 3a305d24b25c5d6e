"""What a condition is: a control or not, and what others measured in it."""

from __future__ import annotations

from collections.abc import Iterable

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import find
from offswitch.statistics.published import published


def is_control(scenario: str, condition: str) -> bool:
    """Whether a condition is a control or a ceiling, or starts from one."""
    try:
        preset = find(scenario).presets.get(condition.partition("+")[0])
    except InputError:
        return False
    return preset is not None and preset.control


def published_shares(scenario: str, conditions: Iterable[str]) -> tuple[float, ...]:
    """What others measured in these conditions of a behaviour, from low to high."""
    try:
        behaviour = find(scenario)
    except InputError:
        return ()
    names = behaviour.published_as or (scenario,)
    pairs = [pair for name in conditions if name in behaviour.presets for pair in behaviour.presets[name].published]
    return tuple(sorted({rate.percent / 100 for name in names for rate in published(name, pairs)}))
