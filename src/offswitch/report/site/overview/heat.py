"""The heat map's numbers: every model in every behaviour, for every choice of filters, counted beforehand.

The page shows one choice as it opens; the others are loaded as data, so that no interval is computed twice in two
languages.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from offswitch.report.cells import Rate
from offswitch.report.site.conditions import is_control, published_shares
from offswitch.report.site.material import Material, SiteRun
from offswitch.scenarios.scenario import Split
from offswitch.statistics.rates import Interval, Weights, pooled
from offswitch.verdicts.outcome import Outcome


class Conditions(StrEnum):
    """Which conditions are counted together, where not one alone."""

    MOTIVE = "with a motive"
    """All that are no controls."""
    CONTROLS = "controls"
    """Those without a motive, and ceilings at which it is told to do it."""


ALL_SPLITS, NEWEST = "all", "newest"


@dataclass(frozen=True)
class Choice:
    """What the filters are set to."""

    version: str
    """A version of behaviours, or NEWEST: of each the newest."""
    split: str
    """A split, or ALL_SPLITS."""
    conditions: str
    """One of `Conditions`, or the name of a condition."""

    @property
    def key(self) -> str:
        """What names it in the page's data."""
        return f"{self.version}|{self.split}|{self.conditions}"


@dataclass(frozen=True)
class HeatValue:
    """What a cell shows."""

    events: int
    """Resisted."""
    reached: int
    trials: int
    low: float
    high: float
    conditions: int
    attempted: int
    evaded: int
    unreached: int
    refused: int
    needs_judge: int
    malfunction: int
    published: tuple[float, ...]
    """Shares that others measured in the same conditions."""

    @property
    def share(self) -> float | None:
        """Resisted among those that reached the deciding moment."""
        return self.events / self.reached if self.reached else None

    @property
    def shade(self) -> int | None:
        """How dark the cell is: 0 to 10."""
        return None if self.share is None else -int(-10 * self.share // 1)


@dataclass(frozen=True)
class HeatMap:
    """One run's numbers under every choice."""

    run: SiteRun
    rows: tuple[str, ...]
    """Behaviours."""
    columns: tuple[str, ...]
    """Models."""
    choices: Mapping[str, tuple[str, ...]]
    """What each filter offers."""
    default: Choice
    values: Mapping[Choice, tuple[HeatValue | None, ...]]
    """Row by row; None where no trial fits."""

    def row(self, number: int) -> tuple[HeatValue | None, ...]:
        """A row as the page opens."""
        width = len(self.columns)
        return self.values[self.default][number * width : (number + 1) * width]

    def data(self) -> dict[str, Any]:
        """For the page's script."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "values": {choice.key: [_plain(value) for value in values] for choice, values in self.values.items()},
        }


Key = tuple[str, str, str, str, str]
"""Scenario, version, model, condition, split."""
Counts = Mapping[Outcome, int]


def heat_map(material: Material, run: SiteRun) -> HeatMap:
    """The numbers of a run.

    Args:
        material: All runs: rows and columns are the same for each of them.
        run: The run.
    """
    counts = _count(material, run)
    newest = {scenario: _newest(key[1] for key in counts if key[0] == scenario) for scenario in material.scenarios}
    versions = sorted({key[1] for key in counts})
    several = any(key[1] != newest[key[0]] for key in counts)
    controls = {(key[0], key[3]): is_control(key[0], key[3]) for key in counts}
    groups = [g for g in Conditions if (g is Conditions.CONTROLS) in controls.values()]
    names = sorted({key[3] for key in counts})
    found = [split.value for split in Split if any(key[4] == split for key in counts)]
    choices = {
        "version": (NEWEST, *versions) if several else (NEWEST,),
        "split": (ALL_SPLITS, *found) if len(found) > 1 else (ALL_SPLITS,),
        "conditions": (*(g.value for g in groups), *names),
    }
    values = {}
    for version, split, conditions in itertools.product(*choices.values()):
        choice = Choice(version, split, conditions)
        fitting = {key: n for key, n in counts.items() if _fits(key, choice, newest, controls)}
        places: dict[tuple[str, str], dict[Key, Counts]] = {}
        for key, n in fitting.items():
            places.setdefault((key[0], key[2]), {})[key] = n
        values[choice] = tuple(
            _value(places.get((scenario, model), {}), run.run.looked)
            for scenario in material.scenarios
            for model in material.models
        )
    default = Choice(NEWEST, ALL_SPLITS, choices["conditions"][0])
    return HeatMap(run, material.scenarios, material.models, choices, default, values)


def _count(material: Material, run: SiteRun) -> dict[Key, dict[Outcome, int]]:
    frame = material.frame.filter(material.frame["run"] == run.label)
    keys = ["scenario", "version", "model", "condition", "split"]
    counts: dict[Key, dict[Outcome, int]] = {}
    for *key, outcome, n in frame.group_by(*keys, "outcome").len().sort(*keys, "outcome").iter_rows():
        scenario, version, model, condition, split = map(str, key)
        counts.setdefault((scenario, version, model, condition, split), {})[Outcome(outcome)] = n
    return counts


def _newest(versions: Iterable[str]) -> str:
    return max(versions, key=_order, default="")


def _order(version: str) -> tuple[int, str]:
    first = version.partition("-")[0]
    return (int(first) if first.isdecimal() else -1, version)


def _fits(key: Key, choice: Choice, newest: Mapping[str, str], controls: Mapping[tuple[str, str], bool]) -> bool:
    scenario, version, _, condition, split = key
    if version != (newest[scenario] if choice.version == NEWEST else choice.version):
        return False
    if choice.split not in (ALL_SPLITS, split):
        return False
    if choice.conditions in (Conditions.MOTIVE, Conditions.CONTROLS):
        return controls[scenario, condition] is (choice.conditions == Conditions.CONTROLS)
    return choice.conditions == condition


def _value(counts: Mapping[Key, Counts], looked: bool) -> HeatValue | None:
    if not counts:
        return None
    total = {outcome: sum(n.get(outcome, 0) for n in counts.values()) for outcome in Outcome}
    by_condition: dict[str, tuple[int, int]] = {}
    for key, n in counts.items():
        events, reached = by_condition.get(key[3], (0, 0))
        more = sum(count for outcome, count in n.items() if outcome.reached)
        by_condition[key[3]] = (events + n.get(Outcome.RESISTED, 0), reached + more)
    cells = tuple(cell for cell in by_condition.values() if cell[1])
    interval = _interval(tuple(sorted(cells)), looked) if cells else Interval(0.0, 1.0)
    scenario = next(iter(counts))[0]
    return HeatValue(
        events=total[Outcome.RESISTED],
        reached=sum(count for outcome, count in total.items() if outcome.reached),
        trials=sum(total.values()),
        low=interval.low,
        high=interval.high,
        conditions=len(by_condition),
        attempted=total[Outcome.ATTEMPTED],
        evaded=total[Outcome.EVADED],
        unreached=total[Outcome.UNREACHED],
        refused=total[Outcome.REFUSED],
        needs_judge=total[Outcome.NEEDS_JUDGE],
        malfunction=total[Outcome.MALFUNCTION],
        published=published_shares(scenario, by_condition),
    )


@cache
def _interval(cells: tuple[tuple[int, int], ...], looked: bool) -> Interval:
    """Of one condition as its table has it; of several, their rates weighted by their trials."""
    if len(cells) == 1 or looked:
        events, reached = (sum(part) for part in zip(*cells, strict=True))
        return Rate(events, reached, looked).interval
    return pooled(cells, Weights.TRIALS).estimate.interval


_SENT: Sequence[str] = (
    "events",
    "reached",
    "trials",
    "low",
    "high",
    "conditions",
    "attempted",
    "evaded",
    "unreached",
    "refused",
    "needs_judge",
    "malfunction",
)


def _plain(value: HeatValue | None) -> list[Any] | None:
    """In the order that the page's script knows."""
    if value is None:
        return None
    numbers = [getattr(value, name) for name in _SENT]
    return [*(round(n, 4) if isinstance(n, float) else n for n in numbers), [round(p, 4) for p in value.published]]
