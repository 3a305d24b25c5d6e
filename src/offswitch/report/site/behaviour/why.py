"""Why: the contrasts that the conditions allow, for each model, in the words that the intervals allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from offswitch.errors import InputError
from offswitch.report.figures import Axis, Dot, DotGroup, Figure, Value, intervals_figure
from offswitch.report.site.behaviour.entries import Shown
from offswitch.report.site.comparison.paired import checked
from offswitch.report.site.comparison.rows import difference_ink
from offswitch.report.site.links import slug
from offswitch.scenarios.catalogue import find
from offswitch.statistics.contrasts.matched import Unmatched, find_contrasts
from offswitch.statistics.reading import Finding, Read, bracket, points, read, summarise
from offswitch.verdicts.outcome import Outcome


@dataclass(frozen=True)
class Why:
    """What is shown of one model."""

    entry: Shown
    trials: int = 0
    """Those that count."""
    summary: tuple[str, ...] = ()
    """The reading, in sentences."""
    reads: tuple[Read, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    """Conditions that differ from every other in more than one thing."""
    problem: str = ""
    """Why there is nothing to show."""


def why(scenario: str, entries: Sequence[Shown]) -> tuple[Why, ...]:
    """The explanation of each model's trials."""
    ranks = _ranks(scenario)
    return tuple(_why(entry, ranks) for entry in entries)


def _why(entry: Shown, ranks: Ranks) -> Why:
    """As `offswitch explain` has it, without its factor model, which takes ten times as long as the rest."""
    try:
        trials = checked(entry.frame).counted([Outcome.RESISTED]).frame
    except InputError as error:
        return Why(entry, problem=str(error))
    if trials.is_empty():
        return Why(entry, problem="No trial reached the deciding moment: there is nothing to explain.")
    found = find_contrasts(trials, order=ranks)
    reads = read(found.contrasts)
    if not reads:
        problem = "No two of its conditions differ in one thing only: there is nothing to hold them against."
        return Why(entry, trials.height, unmatched=found.unmatched, problem=problem)
    return Why(entry, trials.height, summarise(reads), reads, found.unmatched)


Ranks = Mapping[str, Mapping[str, int]]
"""Factor → level → rank: the first level is the default."""


def _ranks(scenario: str) -> Ranks:
    try:
        factors = find(scenario).factors
    except InputError:
        return {}
    return {factor.name: {level: rank for rank, level in enumerate(factor.levels)} for factor in factors}


def contrasts_figure(scenario: str, found: Sequence[Why], versions: str) -> Figure | None:
    """Each contrast as a difference with its interval; None where there is none."""
    groups, rows = [], []
    for each in found:
        if each.reads:
            groups.append(DotGroup(each.entry.name, [_dot(made) for made in each.reads]))
            rows += [_numbers(each.entry, made) for made in each.reads]
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


def _dot(made: Read) -> Dot:
    measured = made.contrast.measured
    text = f"{points(measured.difference)} {bracket(measured.interval)}"
    ink = difference_ink(measured.difference)
    low, high = measured.interval.low, measured.interval.high
    hollow = made.finding is Finding.NOT_ESTABLISHED
    return Dot(made.contrast.change, measured.difference, low, high, text, ink=ink, hollow=hollow)


def _numbers(entry: Shown, made: Read) -> dict[str, Value]:
    measured = made.contrast.measured
    return {
        "run": entry.run.label,
        "model": entry.model,
        "contrast": made.contrast.change,
        "reading": made.contrast.name,
        "with": round(measured.rate_a, 6),
        "without": round(measured.rate_b, 6),
        "difference": round(measured.difference, 6),
        "low": round(measured.interval.low, 6),
        "high": round(measured.interval.high, 6),
        "holm_p": round(made.adjusted_p, 6),
        "finding": made.finding.value,
        "trials_with": measured.trials_a,
        "trials_without": measured.trials_b,
        "surfaces": measured.surfaces,
        "interval_method": measured.method.value,
    }
