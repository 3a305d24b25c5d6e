"""Finds the behaviours: every folder beside this file that has a `SCENARIO` is one."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import offswitch.scenarios
from offswitch.errors import InputError
from offswitch.scenarios.scenario import Scenario


@cache
def catalogue() -> Mapping[str, Scenario]:
    """Every behaviour by name, in alphabetical order."""
    found = {}
    for module in pkgutil.iter_modules(offswitch.scenarios.__path__):
        if not module.ispkg:
            continue
        package = importlib.import_module(f"offswitch.scenarios.{module.name}")
        scenario = getattr(package, "SCENARIO", None)
        if isinstance(scenario, Scenario):
            found[scenario.name] = scenario
    return MappingProxyType(dict(sorted(found.items())))


def find(name: str) -> Scenario:
    """The behaviour of that name.

    Raises:
        InputError: there is none; the message names the nearest ones.
    """
    known = catalogue()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3) or list(known)
    raise InputError(f"there is no scenario {name!r}: did you mean {', '.join(near)}?")
