"""Who is shown on a page: the models of the runs, each under a short name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from offswitch.report.cells import Cell
from offswitch.report.site.conditions import is_control
from offswitch.report.site.material import Material, SiteRun


@dataclass(frozen=True)
class Shown:
    """One model of one run in one behaviour."""

    run: SiteRun
    model: str
    name: str
    """Short, and unlike the others'; with the run's name where there are several."""
    cells: tuple[Cell, ...]
    """Its conditions: those with a motive, then controls."""
    frame: pl.DataFrame
    """Its trials."""

    @property
    def motive(self) -> pl.DataFrame:
        """Its trials in conditions with a motive; all of them where there are controls only."""
        names = [cell.condition for cell in self.cells if not is_control(cell.scenario, cell.condition)]
        return self.frame.filter(pl.col("condition").is_in(names)) if names else self.frame

    def filters(self, **more: str) -> dict[str, str]:
        """What leads to its trials in the list."""
        return {"run": self.run.label, "model": self.model, "scenario": self.cells[0].scenario, **more}


def shown(material: Material, scenario: str) -> tuple[Shown, ...]:
    """The models that have trials of a behaviour, run after run, the newest first."""
    names = short_names(material.models)
    found = []
    for run in reversed(material.runs):
        own = material.frame.filter((pl.col("run") == run.label) & (pl.col("scenario") == scenario))
        parts = own.partition_by("model", as_dict=True, maintain_order=True)
        for (model,), frame in parts.items():
            name = names[str(model)] if len(material.runs) == 1 else f"{names[str(model)]} · {run.label}"
            found.append(Shown(run, str(model), name, tuple(_cells(run, scenario, str(model))), frame))
    return tuple(found)


def _cells(run: SiteRun, scenario: str, model: str) -> Iterator[Cell]:
    own = [cell for cell in run.cells if (cell.scenario, cell.model) == (scenario, model)]
    yield from sorted(own, key=lambda cell: is_control(scenario, cell.condition))


def short_names(models: tuple[str, ...]) -> dict[str, str]:
    """What follows the last slash of each, where that tells them apart."""
    short = [model.rsplit("/", 1)[-1] for model in models]
    return dict(zip(models, short if len(set(short)) == len(short) else models, strict=True))
