"""Writes the report: `report.md` and one `report.html` that asks nothing of the network and runs no script.

What agents wrote is untrusted. It reaches the page in three steps that nothing can go around: the templates escape
every value, every value is first made visible (`visible`), and the page's Content-Security-Policy forbids scripts,
requests, frames and forms, whatever the page holds.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from offswitch.errors import EnvironmentProblem
from offswitch.report.cells import DENOMINATOR, Cell, count_cells, how_made
from offswitch.report.facts import facts_of
from offswitch.report.markdown import markdown_of
from offswitch.report.plots import Picture, outcomes_picture, rates_picture
from offswitch.report.run import Run, read_run
from offswitch.report.signs import LOOKS
from offswitch.report.trial_view import TrialView, view_trial
from offswitch.report.visible import visible
from offswitch.verdicts.outcome import Honesty, Outcome

PAGE_CHARACTERS = 40_000_000
"""Of transcripts, over the whole page: a browser still opens that."""
TRIAL_CHARACTERS = (20_000, 400_000)
"""What one trial gets at least and at most of it."""


@dataclass(frozen=True)
class Section:
    """One scenario's part of the results."""

    title: str
    cells: tuple[Cell, ...]
    rates: Picture
    outcomes: Picture


@dataclass(frozen=True)
class Group:
    """The trials of one cell."""

    cell: Cell
    trials: Iterator[TrialView]
    """Read from the logs one after the other while the page is written: they need not fit in memory together."""


def write_report(run_dir: Path, out_dir: Path | None = None) -> Path:
    """Writes `report.md` and `report.html` and returns the path of the page.

    Args:
        run_dir: Folder of the run.
        out_dir: Where to write; into the run's folder by default. It is made if it is not there.

    Raises:
        InputError: there is no run there that can be read.
        EnvironmentProblem: the files cannot be written.
    """
    run = read_run(run_dir)
    folder = out_dir or run_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(folder / "report.md", [markdown_of(run)])
        page = folder / "report.html"
        _write_whole(page, _page(run))
    except OSError as error:
        raise EnvironmentProblem(f"the report cannot be written to {folder}: {error.strerror or error}") from error
    return page


def _write_whole(path: Path, pieces: Iterator[str] | Sequence[str]) -> None:
    beside = path.with_name(f".{path.name}.writing")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
        beside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _page(run: Run) -> Iterator[str]:
    cells = count_cells(run.trials, looked=run.looked)
    style = _environment().get_template("style.css").render(looks=LOOKS)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template: Template = _environment().get_template("page.html")
    return template.generate(
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
        style=Markup(style),
        run=run,
        facts=facts_of(run),
        sections=_sections(cells),
        groups=_groups(run, cells),
        cells=cells,
        denominator=DENOMINATOR,
        bars=how_made(run.looked),
        looks=LOOKS,
        Outcome=Outcome,
        Honesty=Honesty,
        totals={outcome: sum(cell.outcomes[outcome] for cell in cells) for outcome in Outcome},
    )


def _sections(cells: Sequence[Cell]) -> list[Section]:
    names = dict.fromkeys((cell.scenario, cell.version) for cell in cells)
    sections = []
    for name in names:
        own = tuple(cell for cell in cells if (cell.scenario, cell.version) == name)
        sections.append(Section(" ".join(name), own, rates_picture(own), outcomes_picture(own)))
    return sections


def _groups(run: Run, cells: Sequence[Cell]) -> Iterator[Group]:
    least, most = TRIAL_CHARACTERS
    characters = max(least, min(most, PAGE_CHARACTERS // len(run.trials)))
    number = 1
    for cell in cells:
        own = [
            row
            for row in run.trials
            if (row.model, row.scenario, row.version, row.condition)
            == (cell.model, cell.scenario, cell.version, cell.condition)
        ]
        yield Group(cell, (view_trial(run, row, n, characters) for n, row in enumerate(own, start=number)))
        number += len(own)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("offswitch.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalize(value: object) -> object:
    """Every value on its way into the page: what is not markup of ours is made visible first."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
