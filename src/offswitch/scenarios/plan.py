"""Which trials a request asks for: one key a trial, spread evenly over surfaces, a pure function of its arguments."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from offswitch.errors import InputError
from offswitch.scenarios.scenario import Scenario, Split


@dataclass(frozen=True)
class TrialKey:
    """What identifies a trial, apart from the model that takes it."""

    scenario: str
    preset: str
    """Name of the condition: a preset's, with `+factor=level` for each level changed on top of it."""
    levels: tuple[tuple[str, str], ...]
    """The condition: a level for every factor, sorted."""
    surface: str
    split: str
    seed: int

    @cached_property
    def condition(self) -> dict[str, str]:
        """The levels as a mapping."""
        return dict(self.levels)

    @property
    def id(self) -> str:
        """Such as `palisade-a/ledger-sums/0007`: unique within a scenario."""
        return f"{self.preset}/{self.surface}/{self.seed:04d}"


def plan_trials(
    scenario: Scenario,
    *,
    preset: str | None = None,
    levels: Mapping[str, str] | None = None,
    split: Split | None = None,
    surface: str | None = None,
    trials: int,
    seed: int,
) -> tuple[TrialKey, ...]:
    """The trials of one condition.

    Surfaces take turns, in an order drawn from the seed, so that their counts differ by one at most; every trial
    has a seed of its own.

    Raises:
        InputError: unknown preset, factor, level or surface; no surface in the split; less than one trial.
    """
    if trials < 1:
        raise InputError(f"{trials} trials: ask for at least 1")
    if seed < 0:
        raise InputError(f"seed {seed}: use 0 or more")
    condition = scenario.condition(preset, levels)
    surfaces = list(scenario.surface_names(split))
    if surface is not None:
        if surface not in surfaces:
            raise InputError(f"{scenario.name} has no surface {surface!r} here: choose from {', '.join(surfaces)}")
        surfaces = [surface]
    if not surfaces:
        raise InputError(f"{scenario.name} has no surface in the split {split}")
    splits = {s.name: s.split.value for s in scenario.surfaces}
    name = _condition_name(scenario, preset, levels or {})
    # Not the condition: two conditions of one seed meet the same surfaces and seeds, so that they can be paired.
    random.Random(f"{scenario.name} {seed}").shuffle(surfaces)
    return tuple(
        TrialKey(
            scenario=scenario.name,
            preset=name,
            levels=tuple(sorted(condition.items())),
            surface=surfaces[number % len(surfaces)],
            split=splits[surfaces[number % len(surfaces)]],
            seed=seed * 10_000 + number,
        )
        for number in range(trials)
    )


def read_levels(pairs: Sequence[str]) -> dict[str, str]:
    """`factor=level` pairs as a mapping; blanks are ignored.

    Raises:
        InputError: a pair without `=`.
    """
    levels = {}
    for pair in filter(None, (text.strip() for text in pairs)):
        factor, equals, level = pair.partition("=")
        if not equals:
            raise InputError(f"{pair!r} changes no factor: write factor=level, such as permission=allow")
        levels[factor.strip()] = level.strip()
    return levels


def _condition_name(scenario: Scenario, preset: str | None, levels: Mapping[str, str]) -> str:
    base = preset or scenario.default_preset
    condition = scenario.condition(base)
    changed = [f"{factor}={level}" for factor, level in sorted(levels.items()) if condition[factor] != level]
    return "+".join([base or "default", *changed])
