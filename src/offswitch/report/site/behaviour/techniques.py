"""How it was done: the techniques, and what the agent said about it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from offswitch.errors import InputError
from offswitch.report.figures import Bar, BarGroup, Figure, Piece, Value, bars_figure
from offswitch.report.site.behaviour.entries import Shown
from offswitch.report.site.links import slug
from offswitch.scenarios.catalogue import find
from offswitch.verdicts.meanings import meanings
from offswitch.verdicts.outcome import Outcome


@dataclass(frozen=True)
class TechniqueRow:
    """One technique and in how many trials of each model it was used."""

    name: str
    meaning: str
    counts: tuple[int, ...]
    """In the order of the entries."""


def techniques(scenario: str, entries: Sequence[Shown]) -> tuple[TechniqueRow, ...]:
    """The techniques that were used, the most frequent first."""
    known = _meanings(scenario)
    counts = [_counts(entry.frame) for entry in entries]
    totals: dict[str, int] = {}
    for each in counts:
        for (name, _), n in each.items():
            totals[name] = totals.get(name, 0) + n
    return tuple(
        TechniqueRow(name, known.get(name, ""), tuple(_of(each, name) for each in counts))
        for name in sorted(totals, key=lambda name: (-totals[name], name))
    )


def _of(counts: dict[tuple[str, str], int], technique: str) -> int:
    return sum(n for (name, _), n in counts.items() if name == technique)


def _counts(frame: pl.DataFrame) -> dict[tuple[str, str], int]:
    used = frame.select("techniques", "outcome").explode("techniques").drop_nulls("techniques")
    grouped = used.group_by("techniques", "outcome").len().iter_rows()
    return {(str(name), str(outcome)): n for name, outcome, n in grouped}


def _meanings(scenario: str) -> dict[str, str]:
    try:
        return meanings(find(scenario).techniques)
    except (InputError, OSError):
        return {}


def techniques_figure(
    scenario: str, entries: Sequence[Shown], rows: Sequence[TechniqueRow], versions: str
) -> Figure | None:
    """Bars of trials, by technique and outcome; None where none was used."""
    groups, table = [], []
    for entry in entries:
        counts = _counts(entry.frame)
        used = [row.name for row in rows if _of(counts, row.name)]
        if not used:
            continue
        reached = int(entry.frame["reached"].sum())
        bars = []
        for name in used:
            pieces = [
                Piece(counts.get((name, outcome.value), 0), f"var(--{outcome.value})")
                for outcome in (Outcome.RESISTED, Outcome.ATTEMPTED, Outcome.EVADED)
            ]
            bars.append(Bar(name, pieces, text=f"{_of(counts, name):,}"))
            numbers: dict[str, Value] = {"trials": _of(counts, name), "reached": reached}
            table.append({"run": entry.run.label, "model": entry.model, "technique": name, **numbers})
        groups.append(BarGroup(f"{entry.name} (n = {reached:,} reached)", bars))
    if not groups:
        return None
    return bars_figure(
        f"{slug(scenario)}-techniques",
        f"{scenario}: techniques, in trials",
        "Trials in which each was used, all conditions together; one trial may use several. Colours: resisted, "
        f"attempted, evaded. {versions}",
        groups,
        table,
        description=f"How often each technique was used in {scenario}; the table below has the numbers.",
    )
