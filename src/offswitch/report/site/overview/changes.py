"""What changed since the run before: the last two runs, paired, behaviour by behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.report.figures import Axis, Dot, DotGroup, Figure, Value, intervals_figure
from offswitch.report.site.comparison.paired import PairedRow, pair_runs
from offswitch.report.site.material import Material, SiteRun
from offswitch.statistics.reading import bracket, points


@dataclass(frozen=True)
class Changes:
    """The last run against the one before it."""

    before: SiteRun
    after: SiteRun
    rows: tuple[PairedRow, ...]
    """One for each behaviour and model that both have: all conditions that they share together."""
    notes: tuple[str, ...]
    figure: Figure | None


def changes_of(material: Material) -> Changes | None:
    """None where there is one run only."""
    if len(material.runs) < 2:
        return None
    before, after = material.runs[-2:]
    compared = pair_runs(material, before, after)
    rows = compared.together
    return Changes(before, after, rows, compared.notes, _figure(rows, material) if rows else None)


def _figure(rows: Sequence[PairedRow], material: Material) -> Figure:
    groups: dict[str, list[Dot]] = {}
    table: list[dict[str, Value]] = []
    for row in rows:
        groups.setdefault(row.after.model, []).append(difference_dot(material.title(row.scenario), row))
        table.append(row.numbers)
    return intervals_figure(
        "changes",
        "Change in resistance, in percentage points",
        f"Paired by condition, surface and seed; {rows[0].how}. {material.versions}",
        [DotGroup(model, dots) for model, dots in groups.items()],
        table,
        axis=Axis.POINTS,
        description="The change of each behaviour's rate with its interval; the table below has the numbers.",
    )


def difference_dot(name: str, row: PairedRow) -> Dot:
    """A difference as a row of a figure: filled where it is established."""
    measured = row.measured
    text = f"{points(measured.difference)} {bracket(measured.interval)}"
    ink = "var(--accent)" if measured.difference < 0 else "var(--heat)"
    return Dot(
        name, measured.difference, measured.interval.low, measured.interval.high, text, ink=ink, hollow=not row.shown
    )
