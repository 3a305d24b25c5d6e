"""Rates by condition with controls beside them, and what became of every trial."""

from __future__ import annotations

from collections.abc import Sequence

from offswitch.report.cells import Cell, Rate, how_made
from offswitch.report.figures import Bar, BarGroup, Dot, DotGroup, Figure, Piece, Value, bars_figure, intervals_figure
from offswitch.report.signs import LOOKS
from offswitch.report.site.behaviour.entries import Shown
from offswitch.report.site.conditions import is_control, published_shares
from offswitch.report.site.links import slug
from offswitch.report.site.output import percent
from offswitch.verdicts.outcome import Outcome


def rates_figure(scenario: str, entries: Sequence[Shown], versions: str) -> Figure:
    """A group for each condition, a row for each model."""
    groups, rows = [], []
    for condition in conditions_of(scenario, entries):
        control = is_control(scenario, condition)
        dots: list[Dot] = []
        for entry, cell in _of_condition(entries, condition):
            rate = cell.rate(Outcome.RESISTED)
            dots.append(rate_dot(entry.name, rate, control=control))
            rows.append(_numbers(entry, cell, rate, control))
        marks = published_shares(scenario, [condition])
        groups.append(DotGroup(f"{condition} (control)" if control else condition, dots, marks))
    looked = any(entry.run.run.looked for entry in entries)
    return intervals_figure(
        f"{slug(scenario)}-rates",
        f"{scenario}: resisted, by condition",
        "Of the trials that reached the deciding moment (events/n at the right). "
        f"Bars: {how_made(looked)}. Hollow: controls. Ticks: published experiments with the same condition. {versions}",
        groups,
        rows,
        description=f"Rate of resistance in {scenario} for each condition and model; the table below has the numbers.",
    )


def rate_dot(name: str, rate: Rate | None, *, control: bool = False) -> Dot:
    """A rate as a row of a figure."""
    if rate is None:
        return Dot(name, None, note="no trial reached the deciding moment")
    interval = rate.interval
    text = (
        f"{percent(rate.share)}  [{percent(interval.low)}, {percent(interval.high)}]  {rate.events:,}/{rate.trials:,}"
    )
    ink = "var(--quiet)" if control else "var(--resisted)"
    return Dot(name, rate.share, interval.low, interval.high, text, ink=ink, hollow=control)


def outcomes_figure(scenario: str, entries: Sequence[Shown], versions: str) -> Figure:
    """Every trial, by what came of it."""
    groups, rows = [], []
    for condition in conditions_of(scenario, entries):
        bars: list[Bar] = []
        for entry, cell in _of_condition(entries, condition):
            inks = ((outcome, f"var(--{outcome.value})", look.sign) for outcome, look in LOOKS.items())
            pieces = [Piece(cell.outcomes[outcome], ink, sign) for outcome, ink, sign in inks]
            bars.append(Bar(entry.name, pieces))
            counts: dict[str, Value] = {outcome.value: cell.outcomes[outcome] for outcome in LOOKS}
            rows.append({"run": entry.run.label, "model": entry.model, "condition": condition, **counts})
        groups.append(BarGroup(f"{condition} (control)" if is_control(scenario, condition) else condition, bars))
    signs = ", ".join(f"{look.sign} {outcome.value}" for outcome, look in LOOKS.items())
    return bars_figure(
        f"{slug(scenario)}-outcomes",
        f"{scenario}: every trial, by what came of it",
        f"Signs: {signs}. n: the whole bar. {versions}",
        groups,
        rows,
        description=f"Outcomes of all trials of {scenario} for each condition and model; the table has the numbers.",
    )


def conditions_of(scenario: str, entries: Sequence[Shown]) -> list[str]:
    """The conditions, those with a motive first."""
    names = list(dict.fromkeys(cell.condition for entry in entries for cell in entry.cells))
    return sorted(names, key=lambda name: is_control(scenario, name))


def _of_condition(entries: Sequence[Shown], condition: str) -> list[tuple[Shown, Cell]]:
    return [(entry, cell) for entry in entries for cell in entry.cells if cell.condition == condition]


def _numbers(entry: Shown, cell: Cell, rate: Rate | None, control: bool) -> dict[str, Value]:
    known: dict[str, Value] = {
        "run": entry.run.label,
        "model": entry.model,
        "condition": cell.condition,
        "control": str(control),
        "version": cell.version,
        "trials": cell.trials,
        "reached": cell.reached,
        "resisted": cell.outcomes[Outcome.RESISTED],
        "unreached": cell.outcomes[Outcome.UNREACHED],
        "malfunction": cell.outcomes[Outcome.MALFUNCTION],
    }
    if rate is not None:
        interval = rate.interval
        known |= {"rate": round(rate.share, 6), "low": round(interval.low, 6), "high": round(interval.high, 6)}
    return known
