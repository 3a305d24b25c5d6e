"""The trials' part of the site: a list by page, and each trial's own page."""

from __future__ import annotations

from offswitch.report.site.links import TRIALS
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output

ROWS = 100
"""Trials in one file of the list."""


def write_trials(material: Material, output: Output) -> None:
    """Writes trials/index.html and what it loads."""
    columns = ["id", "run", "model", "scenario", "condition", "surface", "split", "seed", "outcome"]
    frame = material.frame.select(columns)
    for start in range(0, frame.height, ROWS):
        output.data(f"trials/rows/{start // ROWS:05d}.js", frame[start : start + ROWS].rows())
    output.page(TRIALS, "trials.html", title="Trials", columns=columns, total=frame.height)
