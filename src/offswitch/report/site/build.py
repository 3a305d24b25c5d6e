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
from offswitch.report.site.trials import AT_MOST, write_list, write_trials


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


def build_site(runs: Sequence[Path], out: Path, *, transcripts: int | None = AT_MOST, inspect: str = "") -> Site:
    """Writes the site of some runs.

    Args:
        runs: Folders of runs, oldest first: the last is held against the one before it.
        out: The site's folder. It is made, or replaced where it holds an older site.
        transcripts: How many it holds at most; None for all.
        inspect: Where Inspect's viewer of their logs is, as trial pages link to it; empty where nowhere.

    Raises:
        InputError: a run cannot be read, or `out` holds something else.
        EnvironmentProblem: the files cannot be written.
    """
    material = read_material(runs)
    with written(out) as folder:
        write_site(material, folder, transcripts=transcripts, inspect=inspect)
    return Site(out, material)


def write_site(
    material: Material, folder: Path, *, transcripts: int | None = AT_MOST, inspect: str = "", live: bool = False
) -> None:
    """Writes every page into a folder that is there; a live site's transcripts are made when they are asked for."""
    output = Output(folder, {"scenarios": material.scenarios, "runs": material.runs}, live=live)
    copy_assets(output)
    output.write("report.md", "\n\n".join(markdown_of(each.run) for each in material.runs))
    if live:
        write_list(material, output, None, inspect)
    else:
        write_trials(material, output, transcripts, inspect)
    with Pictures(output) as pictures:
        write_front(material, output, pictures)
        write_behaviours(material, output, pictures)
        write_comparisons(material, output, pictures)
    write_runs(material, output)


def write_waiting(folder: Path, runs: Sequence[Path]) -> None:
    """Writes the first page of a live site whose runs have no trials yet."""
    output = Output(folder, {"scenarios": (), "runs": ()}, live=True)
    copy_assets(output)
    output.page(FRONT, "waiting.html", title="Waiting", folders=[str(run) for run in runs])
