"""The page that says what the runs were."""

from __future__ import annotations

from offswitch.report.facts import facts_of
from offswitch.report.site.links import RUNS
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output


def write_runs(material: Material, output: Output) -> None:
    """Writes runs.html: what was asked for, versions, seeds, totals."""
    shown = [(run, facts_of(run.run)) for run in reversed(material.runs)]
    output.page(RUNS, "runs.html", title="Runs", shown=shown)
