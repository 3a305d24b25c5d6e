"""The heat map as a file: drawn once with names for what a filter changes, which are then filled in.

The grammar places every cell; the shares, colours and counts stand in the drawing as names such as `@rate-3@`. Python
fills in the numbers of the page as it opens, and the page's script those of any other choice of filters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from offswitch.report.figures.figure import as_svg, framed
from offswitch.report.figures.ink import FONT, QUIET, TEXT, Specification
from offswitch.visible import one_line

CELL = (132, 62)
"""Width and height of a cell, in CSS pixels."""


SHADES = tuple(
    "#" + "".join(f"{round(255 + (part - 255) * 0.07 * step):02x}" for part in (0xD2, 0x58, 0x0F)) for step in range(11)
)
"""The fill of a cell on paper: from no share to the whole."""
NO_SHADE = "#eef0f3"
"""The fill of a cell without a rate."""
FIELDS = ("fill", "rate", "interval", "count", "rest")
CHOICE = "choice"
"""The name of the line that says what the filters are set to."""


def heat_template(rows: Sequence[str], columns: Sequence[str], title: str, notes: Sequence[str]) -> str:
    """A drawing with a cell for each row and column, numbered row by row from 0, and with names to be filled in."""
    return framed(as_svg(_specification(rows, columns)), title, [f"@{CHOICE}@", *notes])


def fill_in(template: str, texts: Mapping[str, str]) -> str:
    """The drawing with its names filled in; a name that is not given stays empty."""
    return re.sub(r"@([a-z]+(?:-\d+)?)@", lambda found: _escaped(texts.get(found.group(1), "")), template)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _specification(rows: Sequence[str], columns: Sequence[str]) -> Specification:
    rows, columns = _short(rows, 40), _short(columns, 40)
    places = [(row, column) for row in rows for column in columns]
    values = [
        {"row": row, "column": column} | {name: f"@{name}-{number}@" for name in FIELDS}
        for number, (row, column) in enumerate(places)
    ]
    width, height = CELL
    x = {
        "field": "column",
        "type": "nominal",
        "sort": list(columns),
        "axis": {
            "orient": "top",
            "title": None,
            "labelAngle": 0,
            "labelLimit": width - 8,
            "ticks": False,
            "domain": False,
        },
    }
    y = {
        "field": "row",
        "type": "nominal",
        "sort": list(rows),
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 220},
    }

    def words(field: str, dy: float, size: float, **more: object) -> Specification:
        mark = {"type": "text", "dy": dy, "fontSize": size, "color": TEXT, **more}
        return {"mark": mark, "encoding": {"x": x, "y": y, "text": {"field": field}}}

    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": "transparent",
        "padding": 2,
        "width": width * len(columns),
        "height": height * len(rows),
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "var(--ground)", "strokeWidth": 3},
                "encoding": {"x": x, "y": y, "fill": {"field": "fill", "type": "nominal", "scale": None}},
            },
            words("rate", -16, 15, fontWeight=600),
            words("interval", -1, 11),
            words("count", 11, 11, color=QUIET),
            words("rest", 23, 10, color=QUIET),
        ],
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {"labelColor": TEXT, "labelFontSize": 12, "labelPadding": 8},
        },
    }


def _short(names: Sequence[str], limit: int) -> list[str]:
    short = [one_line(name, limit) for name in names]
    return short if len(set(short)) == len(short) else [f"{name} {n}" for n, name in enumerate(short, start=1)]
