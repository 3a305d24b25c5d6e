"""Builds the site: reads the runs, then writes each kind of page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offswitch.report.markdown import markdown_of
from offswitch.report.site.behaviour import write_behaviours
from offswitch.report.site.comparison import write_comparisons
from offswitch.report.site.drawing import Pictures
from offswitch.report.site.links import FRONT
from offswitch.report.site.material import Material, read_material
from offswitch.report.site.output import Output, copy_assets, written
from offswitch.report.site.overview import write_front
from offswitch.report.site.runs import write_runs
from offswitch.report.site.trials import write_trials


@dataclass(frozen=True)
class Site:
    """A site that was written."""

    folder: Path
    material: Material

    @property
    def front(self) -> Path:
        """Its first page."""
        return self.folder / FRONT

    @property
    def markdown(self) -> Path:
        """The tables as Markdown."""
        return self.folder / "report.md"


def build_site(runs: Sequence[Path], out: Path) -> Site:
    """Writes the site of some runs.

    Args:
        runs: Folders of runs, oldest first: the last is held against the one before it.
        out: The site's folder. It is made, or replaced where it holds an older site.

    Raises:
        InputError: a run cannot be read, or `out` holds something else.
        EnvironmentProblem: the files cannot be written.
    """
    material = read_material(runs)
    with written(out) as folder:
        write_site(material, folder)
    return Site(out, material)


def write_site(material: Material, folder: Path) -> None:
    """Writes every page into a folder that is there."""
    output = Output(folder, {"scenarios": material.scenarios, "runs": material.runs})
    copy_assets(output)
    output.write("report.md", "\n\n".join(markdown_of(each.run) for each in material.runs))
    write_trials(material, output)
    with Pictures(output) as pictures:
        write_front(material, output, pictures)
        write_behaviours(material, output, pictures)
        write_comparisons(material, output, pictures)
    write_runs(material, output)
