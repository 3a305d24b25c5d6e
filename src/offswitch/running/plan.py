"""The plan of a run: which trials of which conditions each model takes, a pure function of the request."""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from offswitch.errors import InputError
from offswitch.running.request import Request
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.plan import TrialKey, plan_trials
from offswitch.scenarios.scenario import Scenario, Split

SUITE = "suite"
"""In place of a scenario: all behaviours, in their default presets and controls."""
SUITE_PARTS = {
    "default": "each behaviour in its default preset",
    "controls": "the default presets and the controls",
    "all": "every preset",
}
"""`suite:PART` → what it holds; without a part, `controls`."""


@dataclass(frozen=True)
class Cell:
    """One model in one condition of one scenario."""

    model: str
    scenario: str
    version: str
    condition: str
    """Its name: the preset's, with `+factor=level` for what was changed."""
    trials: tuple[TrialKey, ...]


@dataclass(frozen=True)
class Plan:
    """All the cells of a run."""

    cells: tuple[Cell, ...]

    @property
    def trials(self) -> int:
        """How many trials there are in all."""
        return sum(len(cell.trials) for cell in self.cells)


def make_plan(request: Request) -> Plan:
    """The plan that a request asks for. Every model takes the same trials.

    Raises:
        InputError: unknown scenario, preset, factor or level; the same thing asked for twice.
    """
    _once("SCENARIO", request.scenarios)
    _once("--model", request.models)
    _once("--factor", request.factors)
    split = None if request.split == "all" else Split(request.split)
    asked = [pair for target in request.scenarios for pair in _targets(target)]
    _factors_exist([scenario for scenario, _ in asked], request.factors)
    conditions: dict[tuple[str, str], tuple[Scenario, tuple[TrialKey, ...]]] = {}
    for scenario, preset in asked:
        for levels in _crossed(request.factors):
            keys = plan_trials(
                scenario, preset=preset, levels=levels, split=split, trials=request.trials, seed=request.seed
            )
            name = (scenario.name, keys[0].preset)
            if name in conditions:
                raise InputError(f"the condition {':'.join(name)} is asked for twice: leave one out")
            conditions[name] = (scenario, keys)
    return Plan(
        tuple(
            Cell(model, scenario.name, scenario.version, condition, keys)
            for model in request.models
            for (_, condition), (scenario, keys) in conditions.items()
        )
    )


def _targets(text: str) -> list[tuple[Scenario, str | None]]:
    """What one argument asks for: a scenario with or without a preset, or the whole suite."""
    name, _, part = text.partition(":")
    if name != SUITE:
        return [_target(text)]
    if part not in ("", *SUITE_PARTS):
        raise InputError(f"{SUITE} has no part {part!r}: choose from {', '.join(SUITE_PARTS)}")
    found: list[tuple[Scenario, str | None]] = []
    for scenario in catalogue().values():
        presets = [scenario.presets[scenario.default_preset]]
        if part != "default":
            presets += [p for p in scenario.presets.values() if p not in presets and (p.control or part == "all")]
        seen: set[tuple[tuple[str, str], ...]] = set()
        for preset in presets:
            levels = tuple(sorted(scenario.condition(preset.name).items()))
            if levels not in seen:
                seen.add(levels)
                found.append((scenario, preset.name))
    return found


def _target(text: str) -> tuple[Scenario, str | None]:
    name, colon, preset = text.partition(":")
    scenario = find(name)
    if colon and preset not in scenario.presets:
        near = difflib.get_close_matches(preset, scenario.presets, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(scenario.presets)}"
        raise InputError(f"{name} has no preset {preset!r}: {hint}")
    return scenario, preset or None


def _factors_exist(scenarios: list[Scenario], factors: tuple[str, ...]) -> None:
    for text in factors:
        name, equals, level = text.partition("=")
        if not equals or not level:
            raise InputError(f"--factor {text!r}: write it as name=level, for instance permission=allow")
        for scenario in scenarios:
            levels = {factor.name: tuple(factor.levels) for factor in scenario.factors}
            if name not in levels:
                raise InputError(f"{scenario.name} has no factor {name!r}: {_nearest(name, tuple(levels))}")
            if level not in levels[name]:
                raise InputError(f"factor {name} has no level {level!r}: {_nearest(level, levels[name])}")


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=2)
    return f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(known)}"


def _crossed(factors: tuple[str, ...]) -> list[Mapping[str, str]]:
    """Every combination: one level of each factor named, in the order written."""
    levels: dict[str, list[str]] = {}
    for text in factors:
        name, _, level = text.partition("=")
        levels.setdefault(name, []).append(level)
    return [dict(zip(levels, chosen, strict=True)) for chosen in itertools.product(*levels.values())]


def _once(what: str, values: tuple[str, ...]) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise InputError(f"{what} {twice[0]} is given twice: leave one out")
