"""Why: the contrasts that the conditions allow, for each model, in the words that the intervals allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.errors import InputError
from offswitch.report.figures import Axis, Dot, DotGroup, Figure, Value, intervals_figure
from offswitch.report.site.behaviour.entries import Shown
from offswitch.report.site.comparison.paired import checked
from offswitch.report.site.links import slug
from offswitch.scenarios.catalogue import find
from offswitch.statistics.explanation import Explanation, Order, explain
from offswitch.statistics.reading import Finding, Read, bracket, points
from offswitch.verdicts.outcome import Outcome


@dataclass(frozen=True)
class Why:
    """What is shown of one model."""

    entry: Shown
    explanation: Explanation | None
    problem: str = ""
    """Why there is nothing to show."""


def why(scenario: str, entries: Sequence[Shown]) -> tuple[Why, ...]:
    """The explanation of each model's trials."""
    order = _order(scenario)
    return tuple(_why(entry, order) for entry in entries)


def _why(entry: Shown, order: Order) -> Why:
    try:
        (found,) = explain(checked(entry.frame).counted([Outcome.RESISTED]), order=order)
    except InputError as error:
        return Why(entry, None, str(error))
    return Why(entry, found)


def _order(scenario: str) -> Order:
    try:
        factors = find(scenario).factors
    except InputError:
        return {}
    return {scenario: {f.name: {level: rank for rank, level in enumerate(f.levels)} for f in factors}}


def contrasts_figure(scenario: str, found: Sequence[Why], versions: str) -> Figure | None:
    """Each contrast as a difference with its interval; None where there is none."""
    groups, rows = [], []
    for each in found:
        if each.explanation is None or not each.explanation.reads:
            continue
        groups.append(DotGroup(each.entry.name, [_dot(read) for read in each.explanation.reads]))
        rows += [_numbers(each.entry, read) for read in each.explanation.reads]
    if not groups:
        return None
    return intervals_figure(
        f"{slug(scenario)}-contrasts",
        f"{scenario}: what each motive adds, in percentage points",
        "Resisted with the motive less without it, on the same surfaces and seeds; n: see the table. Bars: 95% "
        f"intervals, clustered by surface where there are several. Filled: established (Holm). {versions}",
        groups,
        rows,
        axis=Axis.POINTS,
        description=f"Differences between matched conditions of {scenario}; the table below has the numbers.",
    )


def _dot(read: Read) -> Dot:
    measured = read.contrast.measured
    text = f"{points(measured.difference)} {bracket(measured.interval)}"
    ink = "var(--accent)" if measured.difference < 0 else "var(--heat)"
    low, high = measured.interval.low, measured.interval.high
    hollow = read.finding is Finding.NOT_ESTABLISHED
    return Dot(read.contrast.change, measured.difference, low, high, text, ink=ink, hollow=hollow)


def _numbers(entry: Shown, read: Read) -> dict[str, Value]:
    measured = read.contrast.measured
    return {
        "run": entry.run.label,
        "model": entry.model,
        "contrast": read.contrast.change,
        "reading": read.contrast.name,
        "with": round(measured.rate_a, 6),
        "without": round(measured.rate_b, 6),
        "difference": round(measured.difference, 6),
        "low": round(measured.interval.low, 6),
        "high": round(measured.interval.high, 6),
        "holm_p": round(read.adjusted_p, 6),
        "finding": read.finding.value,
        "trials_with": measured.trials_a,
        "trials_without": measured.trials_b,
        "surfaces": measured.surfaces,
        "interval_method": measured.method.value,
    }
