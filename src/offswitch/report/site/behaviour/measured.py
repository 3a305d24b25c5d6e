"""What a behaviour measures beside its outcomes: a row for each model and condition, and what all conditions give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.report.facts import joint_facts
from offswitch.report.measures import meanings
from offswitch.report.site.behaviour.entries import Shown
from offswitch.statistics.means import Mean


@dataclass(frozen=True)
class MeasuredRow:
    """The means of one condition."""

    name: str
    """Of the model."""
    condition: str
    means: tuple[Mean | None, ...]
    """In the order of the names; None where no trial said anything."""


@dataclass(frozen=True)
class MeasuredTable:
    """All of a behaviour's measures."""

    names: tuple[str, ...]
    meanings: tuple[str, ...]
    rows: tuple[MeasuredRow, ...]
    together: tuple[tuple[str, str], ...]
    """What the trials of all conditions give together, by model: d′ and the like."""


def measured(scenario: str, entries: Sequence[Shown]) -> MeasuredTable | None:
    """The table; None where nothing is measured beside outcomes."""
    names = tuple(dict.fromkeys(name for entry in entries for cell in entry.cells for name in cell.measures))
    if not names:
        return None
    said = meanings(scenario)
    rows = tuple(
        MeasuredRow(entry.name, cell.condition, tuple(cell.measures.get(name) for name in names))
        for entry in entries
        for cell in entry.cells
        if cell.measures
    )
    together = [
        (f"{entry.name}: {label.removeprefix(f'{scenario} ')}", text)
        for entry in entries
        for label, text in joint_facts([t for t in entry.run.run.trials if t.model == entry.model])
        if label.startswith(f"{scenario} ")
    ]
    return MeasuredTable(names, tuple(said.get(name, "") for name in names), rows, tuple(together))
