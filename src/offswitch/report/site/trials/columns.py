"""The trials' table as files: one of compact columns to filter by, and pages of what only shown rows need.

columns.js      {"count": 36, "columns": {"model": {"values": ["a/b"], "codes": [0, 0, …]}, …}, "seed": […], …}
rows/00000.js   {"reason": […], "tokens": […], …}, of ROWS trials each
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from offswitch.report.signs import LOOKS
from offswitch.report.site.links import behaviour_page
from offswitch.report.site.material import Material
from offswitch.verdicts.meanings import meanings
from offswitch.verdicts.outcome import Outcome
from offswitch.visible import one_line

ROWS = 500
"""Trials in one file of rows."""
CHUNK = 40
"""Transcripts in one file: some hundred kilobytes at most."""
CODED = ("run", "model", "scenario", "version", "condition", "surface", "split", "outcome", "honesty")
"""Columns with few different values, each sent as a list of these and a number a trial."""
SHOWN = ("reason", "turns", "commands", "tokens_in", "tokens_out", "judge_tokens_in", "judge_tokens_out", "cost",
         "seconds", "tasks_answered", "tasks_correct", "log", "sample_id")  # fmt: skip
"""Columns that a page shows and nobody filters by."""
_REASON = 300


def columns_of(material: Material, places: Mapping[str, int] | None) -> dict[str, Any]:
    """The columns to filter by.

    Args:
        material: The runs.
        places: Where each transcript is, by the trial's id: the number of its file times CHUNK, plus its place there.
            None where each transcript is asked for by its id.
    """
    frame = material.frame
    columns = {name: _coded(frame[name].cast(pl.String).fill_null("")) for name in CODED}
    return {
        "count": frame.height,
        "rows": ROWS,
        "columns": columns,
        "techniques": _techniques(frame),
        "aware": frame["aware"].cast(pl.Int8).fill_null(2).to_list(),
        "seed": frame["seed"].to_list(),
        "id": frame["id"].to_list(),
        "controls": _controls(material),
        "places": None if places is None else [places.get(trial, -1) for trial in frame["id"]],
        "chunk": CHUNK,
        "pages": [behaviour_page(name) for name in frame["scenario"].unique(maintain_order=True)],
        "signs": {outcome.value: look.sign for outcome, look in LOOKS.items()},
        "meanings": meanings(Outcome),
    }


def rows_of(material: Material, start: int) -> dict[str, Any]:
    """What is shown of ROWS trials, from `start` on, column by column."""
    part = material.frame[start : start + ROWS]
    found: dict[str, Any] = {name: part[name].to_list() for name in SHOWN}
    for name in ("reason", "log", "sample_id"):
        found[name] = [None if text is None else one_line(text, _REASON) for text in found[name]]
    return found


def _coded(column: pl.Series) -> dict[str, Any]:
    values = column.unique(maintain_order=True)
    codes = column.cast(pl.Enum(values)).to_physical()
    return {"values": [one_line(value) for value in values], "codes": codes.to_list()}


def _techniques(frame: pl.DataFrame) -> dict[str, Any]:
    """Every technique once, every combination as numbers of these, and the number of its combination a trial."""
    column = frame["techniques"].to_list()
    names: dict[str, int] = {}
    combinations: dict[tuple[str, ...], int] = {}
    codes = []
    for techniques in column:
        for name in techniques or ():
            names.setdefault(name, len(names))
        codes.append(combinations.setdefault(tuple(techniques or ()), len(combinations)))
    sets = [[names[name] for name in combination] for combination in combinations]
    return {"values": [one_line(name) for name in names], "sets": sets, "codes": codes}


def _controls(material: Material) -> list[tuple[int, int]]:
    """The pairs of behaviour and condition (as numbers of their values) that are controls."""
    frame = material.frame
    scenarios = {name: code for code, name in enumerate(frame["scenario"].unique(maintain_order=True))}
    conditions = {name: code for code, name in enumerate(frame["condition"].unique(maintain_order=True))}
    cells = [cell for run in material.runs for cell in run.cells if cell.preset is not None and cell.preset.control]
    return sorted({(scenarios[cell.scenario], conditions[cell.condition]) for cell in cells})
