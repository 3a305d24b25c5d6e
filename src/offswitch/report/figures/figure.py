"""A figure and how it is drawn: into the page, and as SVG, PNG and CSV files beside it."""

from __future__ import annotations

import csv
import html
import io
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import vl_convert

from offswitch.report.figures.ink import FONT, NARROW, WIDE, Size, Specification, on_paper
from offswitch.visible import one_line, visible

Value = str | int | float | None
"""What a cell of a table file holds."""

_SCALE, _PIXELS = 2.0, 1_600_000
"""Of a PNG: pixels for each CSS pixel, and about how many there may be in all: a tall figure gets fewer for each."""
_MARGIN = 24
_LINE = 16
_CHARACTER = 6.3
"""Mean width of a character of the notes, in CSS pixels."""
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


@dataclass(frozen=True)
class Figure:
    """What is to be drawn."""

    name: str
    """Stem of its files."""
    title: str
    note: str
    """n, method and versions."""
    make: Callable[[Size], Specification]
    rows: tuple[dict[str, Value], ...]
    """The numbers behind it."""
    description: str
    """For those who cannot see it."""


@dataclass(frozen=True)
class Drawn:
    """What was drawn of a figure."""

    figure: Figure
    wide: str
    """SVG for the page, in the page's colours."""
    narrow: str
    svg: str
    """A file of its own: title and note included, on white."""
    png: bytes
    csv: str


def draw(figure: Figure) -> Drawn:
    """Draws a figure in all its forms; may be called from several threads."""
    wide, narrow = (as_svg(figure.make(size)) for size in (WIDE, NARROW))
    paper = framed(wide, figure.title, [figure.note])
    return Drawn(figure, wide, narrow, paper, as_png(paper), table_file(figure.rows, figure.note))


def as_svg(specification: Specification) -> str:
    """A drawing in the page's colours."""
    # The page names and describes a figure once; a name for every mark would be read out one after the other.
    return _ROLES.sub("", vl_convert.vegalite_to_svg(specification))


def as_png(svg: str) -> bytes:
    """A drawing as a picture."""
    width, height = _measures(svg)
    return bytes(vl_convert.svg_to_png(svg, scale=max(1.0, min(_SCALE, sqrt(_PIXELS / (width * height))))))


def _measures(svg: str) -> tuple[float, float]:
    """Width and height of a drawing, in CSS pixels."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    return (float(found.group(1)), float(found.group(2))) if found else (640.0, 400.0)


def framed(svg: str, title: str, notes: Sequence[str]) -> str:
    """A drawing as a file of its own: with its title above, its notes below, on white."""
    width, height = _measures(svg)
    inner = max(width, 520)
    heading = _wrapped(title, inner / 7.4)
    below_it = [line for note in notes for line in _wrapped(note, inner / _CHARACTER)]
    top = _MARGIN + 19 * len(heading) + 8
    below = top + height + 12
    total_height = below + _LINE * len(below_it) + _MARGIN / 2
    lines = [
        *(_text(line, _MARGIN + 19 * n + 8, 15, "text", weight=600) for n, line in enumerate(heading)),
        *(_text(line, below + _LINE * n + 8, 11.5, "quiet") for n, line in enumerate(below_it)),
    ]
    return on_paper(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{inner + 2 * _MARGIN:g}" height="{total_height:g}" font-family="{html.escape(FONT)}">'
        f'<rect width="100%" height="100%" fill="var(--ground)"/>{"".join(lines)}'
        f'<g transform="translate({_MARGIN},{top})">{svg}</g></svg>\n'
    )


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(one_line(text, 1200), int(width), break_on_hyphens=False)


def _text(line: str, y: float, size: float, ink: str, weight: int = 400) -> str:
    return (
        f'<text x="{_MARGIN}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="var(--{ink})">'
        f"{html.escape(line)}</text>"
    )


def table_file(rows: Sequence[dict[str, Value]], note: str) -> str:
    """The numbers as CSV; every row says how they were made.

    A text that a spreadsheet would take for a formula gets a quotation mark before it.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*columns, "how"], lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()} | {"how": one_line(note, 1200)})
    return buffer.getvalue()


def _cell(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_ACTIVE) else text
