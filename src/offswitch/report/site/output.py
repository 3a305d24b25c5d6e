"""Writes the site's files: beside the old site, which they replace when all are there.

What agents wrote is untrusted. It reaches a page in three steps that nothing can go around: the templates escape every
value, every value is first made visible (`visible`), and each page's Content-Security-Policy allows no script, style or
image but the site's own files, and no request, frame or form, whatever the page holds. What scripts load is data:
they put it into the page as text.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from importlib import resources
from math import inf
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.report.rendering import environment
from offswitch.report.signs import LOOKS
from offswitch.report.site.links import behaviour_page, slug, trial_page, trials_page, up
from offswitch.statistics.contrasts.difference import Difference
from offswitch.statistics.reading import bracket, points

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
LIVE_POLICY = f"{POLICY}; connect-src 'self'"
"""Of a site that is served while a run goes on: its pages ask for themselves again."""
MARK = ".offswitch-site"
"""A file that says that the folder is a site of ours and may be replaced."""


class Output:
    """A folder that a site is written into."""

    def __init__(self, folder: Path, shared: dict[str, Any], *, live: bool = False) -> None:
        """Args: folder: Where. shared: What every page's template is given. live: Pages renew themselves."""
        self.folder = folder
        self._environment = _environment()
        self._shared = {**shared, "live": live, "policy": LIVE_POLICY if live else POLICY}

    def page(self, path: str, template: str, **values: Any) -> None:
        """Writes a page: `template` extends layout.html."""
        made = self._environment.get_template(template)
        values = {**self._shared, "here": path, "root": up(path), **values}
        place = self._place(path)
        with place.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(made.generate(values))

    def data(self, path: str, value: object) -> None:
        """Writes data that a page's script loads with `offswitch.load(path)`: a script tag works from disk too."""
        self.write(path, data_file(path, value))

    def write(self, path: str, content: str | bytes) -> None:
        """Writes any other file."""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        self._place(path).write_bytes(raw)

    def _place(self, path: str) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


def data_file(path: str, value: object) -> str:
    """The content of a file that hands a value to the script that loads it."""
    return f"offswitch.receive({json.dumps(path)},{json.dumps(value, separators=(',', ':'))});\n"


@contextlib.contextmanager
def written(out: Path) -> Iterator[Path]:
    """A folder to write a site into, which takes the place of `out` once all went well.

    Raises:
        InputError: `out` holds something that is no site: it is left alone.
        EnvironmentProblem: the files cannot be written.
    """
    if out.exists() and not _replaceable(out):
        raise InputError(f"{out} holds other things than a report: name a folder that does not exist yet")
    beside = out.with_name(f".{out.name}.{os.getpid()}.writing")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    try:
        beside.mkdir(parents=True)
        (beside / MARK).write_text("This folder is written by offswitch report, and replaced as a whole.\n")
        yield beside
        if out.exists():
            out.rename(old)
        beside.rename(out)
    except OSError as error:
        raise EnvironmentProblem(f"the report cannot be written to {out}: {error.strerror or error}") from error
    finally:
        for leftover in (beside, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _replaceable(out: Path) -> bool:
    return out.is_dir() and ((out / MARK).exists() or not any(out.iterdir()))


def copy_assets(output: Output) -> None:
    """The style sheets and scripts of the package."""
    for file in resources.files("offswitch.report.site").joinpath("static").iterdir():
        output.write(f"assets/{file.name}", file.read_bytes())
    colours = "".join(f"  --{outcome}: light-dark({look.light}, {look.dark});\n" for outcome, look in LOOKS.items())
    signs = "".join(f".sign.{outcome} {{ background: var(--{outcome}); }}\n" for outcome in LOOKS)
    output.write("assets/outcomes.css", f":root {{\n{colours}}}\n{signs}")


def _environment() -> Environment:
    made = environment("offswitch.report.site")
    made.globals |= {
        "behaviour_page": behaviour_page,
        "trials_page": trials_page,
        "trial_page": trial_page,
        "slug": slug,
    }
    made.filters |= {
        "percent": percent,
        "number": number,
        "points": points,
        "bracket": bracket,
        "ratio": _ratio,
        "p_value": _p_value,
        "drawing": Markup,
    }
    return made


def percent(share: float | None) -> str:
    """`12.5%`; a dash for what is not there."""
    return "–" if share is None else f"{100 * share:.1f}%"


def number(value: float | None) -> str:
    """A whole number with its thousands marked; a dash for what is not there."""
    return "–" if value is None else f"{value:,.0f}"


def _ratio(measured: Difference) -> str:
    """The later rate divided by the earlier one, with its interval."""
    if measured.ratio is None:
        return "–"
    low, high = measured.ratio_interval.low, measured.ratio_interval.high
    return f"{_times(measured.ratio)} [{_times(low)}, {_times(high)}]"


def _times(value: float) -> str:
    return "∞" if value == inf else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _p_value(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"
