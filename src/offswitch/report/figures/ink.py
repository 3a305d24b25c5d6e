"""Colours and measures of figures.

On a page a figure's colours are the page's own (`var(--text)`), so that one drawing serves light and dark. A file has
no page around it: there the same names are filled in with the light page's colours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offswitch.report.signs import LOOKS
from offswitch.visible import one_line

TEXT, QUIET, LINE, GROUND, ACCENT, HEAT = (
    f"var(--{name})" for name in ("text", "quiet", "line", "ground", "accent", "heat")
)

_ON_PAPER = {
    "text": "#1f252d",
    "quiet": "#57606b",
    "line": "#e0e4e9",
    "ground": "#ffffff",
    "accent": "#1a5f9e",
    "heat": "#d2580f",
} | {outcome.value: look.light for outcome, look in LOOKS.items()}

FONT = "sans-serif"
"""What drawings are measured with: looking for a font that is not there takes longer than all the rest. On a page the
style sheet gives their text the page's own."""

Specification = dict[str, Any]
"""A plot, or a part of one, in Vega-Lite's own form."""


@dataclass(frozen=True)
class Size:
    """Measures of a figure, in CSS pixels."""

    name: str
    plot: int
    """Width of the plotting area."""
    labels: int
    """Width of the rows' names."""
    values: bool
    """Whether there is room for the numbers at the right."""
    font: int


WIDE = Size("wide", plot=640, labels=230, values=True, font=13)
ROW = 22
"""Height of a row, in CSS pixels."""
NARROW = Size("narrow", plot=190, labels=130, values=False, font=12)


def on_paper(svg: str) -> str:
    """A drawing with the light page's colours filled in."""
    return re.sub(r"var\(--([a-z-]+)\)", lambda found: _ON_PAPER[found.group(1)], svg)


def configured(layers: list[Specification], rows: Rows, size: Size) -> Specification:
    """Layers over the rows, in the style of the site."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size.plot,
        "height": ROW * len(rows.keys),
        "layer": [*layers, *_headings(rows, size)],
        # Text is measured in another font than the page shows: the numbers at the right need room to spare.
        "padding": {"left": 2, "top": 2, "bottom": 2, "right": 44 if size.values else 2},
        "background": "transparent",
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": TEXT,
                "labelFontSize": size.font,
                "gridColor": LINE,
                "labelLimit": size.labels - 16,
                "labelPadding": 8,
            },
            "axisX": {"labelColor": QUIET, "labelFontSize": size.font - 1},
        },
    }


@dataclass(frozen=True)
class Rows:
    """The rows of a figure in one plot, headings and gaps among them: one plot draws many times as fast as many do.

    A key is a number, which keeps rows of the same name apart, and the name.
    """

    keys: tuple[str, ...]
    headings: tuple[tuple[str, str], ...]
    """(key, heading)."""
    groups: tuple[tuple[str, ...], ...]
    """The keys of each group's rows."""

    @classmethod
    def of(cls, groups: Sequence[tuple[str, Sequence[str]]], size: Size) -> Rows:
        """From (heading, names) of each group."""
        keys: list[str] = []
        headings, found = [], []

        def add(name: str) -> str:
            keys.append(f"{len(keys):05d}{name}")
            return keys[-1]

        for heading, names in groups:
            if heading:
                if keys:
                    add("")
                headings.append((add(""), one_line(heading, 96 if size.values else 46)))
            found.append(tuple(add(one_line(name, 70)) for name in names))
        return cls(tuple(keys), tuple(headings), tuple(found))


def _headings(rows: Rows, size: Size) -> list[Specification]:
    if not rows.headings:
        return []
    values = [{"row": key, "heading": heading} for key, heading in rows.headings]
    mark = {"type": "text", "align": "left", "fontSize": size.font, "fontWeight": 600, "color": TEXT}
    place = {"x": {"value": -size.labels}, "y": rows_axis(rows, size), "text": {"field": "heading"}}
    return [{"data": {"values": values}, "mark": mark, "encoding": place}]


def rows_axis(rows: Rows, size: Size) -> Specification:
    """The vertical encoding."""
    return {
        "field": "row",
        "type": "nominal",
        "sort": list(rows.keys),
        "scale": {"domain": list(rows.keys)},
        "axis": {
            "labelExpr": "slice(datum.label, 5)",
            "title": None,
            "ticks": False,
            "domain": False,
            "grid": False,
            "minExtent": size.labels,
            "maxExtent": size.labels,
        },
    }


def across(field: str, domain: tuple[float, float], axis: Specification) -> Specification:
    """A horizontal encoding."""
    plain = {"ticks": False, "domain": False, "title": None}
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False},
        "axis": axis | plain,
    }
