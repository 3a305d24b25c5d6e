"""The plots of the page: rates with their intervals, and outcomes as stacked bars, drawn as SVG images.

They are written in Vega-Lite's own form and drawn by vl-convert, each four times, for wide and narrow, light and dark
pages: the page chooses by media query, without a script.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert

from offswitch.report.cells import Cell
from offswitch.report.signs import LOOKS
from offswitch.report.visible import one_line
from offswitch.verdicts.outcome import Outcome

_SIGN_NEEDS = 16
"""Pixels that a bar must be wide to hold its sign."""
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours of one kind of page."""

    name: str
    text: str
    faint: str
    grid: str
    ground: str


LIGHT = Theme("light", text="#24292f", faint="#6b727c", grid="#e4e6e9", ground="#ffffff")
DARK = Theme("dark", text="#e3e6ea", faint="#9aa2ad", grid="#343a43", ground="#16191e")


@dataclass(frozen=True)
class Size:
    """Measures of one kind of page, in CSS pixels."""

    name: str
    plot: int
    labels: int
    font: int


WIDE = Size("wide", plot=700, labels=210, font=13)
NARROW = Size("narrow", plot=205, labels=140, font=12)


@dataclass(frozen=True)
class Picture:
    """One plot in all its forms, each a data: address."""

    wide_light: str
    wide_dark: str
    narrow_light: str
    narrow_dark: str
    description: str
    """For those who cannot see it."""


def rates_picture(cells: Sequence[Cell]) -> Picture:
    """Resistance among the trials that reached the deciding moment, with its 95 % interval and published marks."""
    return _picture(
        _rates,
        cells,
        "Rate of resistance with its interval for each condition and model; the table below has the numbers.",
    )


def outcomes_picture(cells: Sequence[Cell]) -> Picture:
    """Every trial's outcome, stacked."""
    return _picture(
        _outcomes, cells, "Outcomes of all trials for each condition and model; the table below has the numbers."
    )


Specification = dict[str, Any]
"""A plot, or a part of one, in Vega-Lite's own form."""
Draw = Callable[[Sequence[Cell], Theme, Size], Specification]


def _picture(draw: Draw, cells: Sequence[Cell], description: str) -> Picture:
    def image(theme: Theme, size: Size) -> str:
        svg: str = vl_convert.vegalite_to_svg(draw(cells, theme, size))
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()

    return Picture(image(LIGHT, WIDE), image(DARK, WIDE), image(LIGHT, NARROW), image(DARK, NARROW), description)


def _rates(cells: Sequence[Cell], theme: Theme, size: Size) -> Specification:
    groups = _by_condition(cells)
    parts = [_rate_part(condition, own, theme, size, last=own is groups[-1][1]) for condition, own in groups]
    return _stacked(parts, theme, size)


def _rate_part(condition: str, cells: Sequence[Cell], theme: Theme, size: Size, *, last: bool) -> Specification:
    names = _labels(cells)
    fill = _fill(Outcome.RESISTED, theme)
    measured: list[dict[str, object]] = []
    empty: list[dict[str, object]] = []
    for cell, name in zip(cells, names, strict=True):
        rate = cell.rate(Outcome.RESISTED)
        if rate is None:
            empty.append({"row": name, "rate": 0, "note": "no trial reached the deciding moment"})
        else:
            measured.append({"row": name, "rate": rate.share, "low": rate.interval.low, "high": rate.interval.high})
    published = cells[0].published
    last_row = f"published ({len(published)})"
    marks = [{"row": last_row, "rate": rate.percent / 100} for rate in published]
    rows = [*names, last_row] if published else names
    y = _rows(rows, size)
    axis = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1], "labels": last}
    x, low = (_across(field, [0, 1], axis) for field in ("rate", "low"))
    return _part(
        condition,
        rows,
        size,
        [
            {
                "data": {"values": measured},
                "mark": {"type": "rule", "strokeWidth": 7, "opacity": 0.35, "color": fill, "strokeCap": "round"},
                "encoding": {"x": low, "x2": {"field": "high"}, "y": y},
            },
            {
                "data": {"values": measured},
                "mark": {"type": "point", "filled": True, "size": 95, "opacity": 1, "color": fill},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "tick", "thickness": 1.5, "size": 13, "color": theme.faint},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": empty},
                "mark": {"type": "text", "align": "left", "dx": 4, "color": theme.faint, "fontSize": size.font - 1},
                "encoding": {"x": x, "y": y, "text": {"field": "note"}},
            },
        ],
    )


def _outcomes(cells: Sequence[Cell], theme: Theme, size: Size) -> Specification:
    groups = _by_condition(cells)
    most = max(cell.trials for cell in cells)
    parts = [_outcome_part(condition, own, most, theme, size, last=own is groups[-1][1]) for condition, own in groups]
    return _stacked(parts, theme, size)


def _outcome_part(
    condition: str, cells: Sequence[Cell], most: int, theme: Theme, size: Size, *, last: bool
) -> Specification:
    names = _labels(cells)
    values: list[dict[str, object]] = []
    for cell, name in zip(cells, names, strict=True):
        start = 0
        for outcome, look in LOOKS.items():
            end = start + cell.outcomes[outcome]
            if end > start:
                sign = look.sign if (end - start) * size.plot / most > _SIGN_NEEDS else ""
                place = {"start": start, "middle": (start + end) / 2, "end": end}
                values.append({"row": name, "fill": _fill(outcome, theme), "sign": sign, **place})
            start = end
    axis = {"format": "d", "tickMinStep": 1, "tickCount": 5, "labels": last}
    y = _rows(names, size)
    start_x, middle_x = (_across(field, [0, most], axis) for field in ("start", "middle"))
    colour = {"field": "fill", "type": "nominal", "scale": None}
    return _part(
        condition,
        names,
        size,
        [
            {
                "data": {"values": values},
                "mark": {"type": "bar", "height": 18, "stroke": theme.ground, "strokeWidth": 1.5},
                "encoding": {"x": start_x, "x2": {"field": "end"}, "y": y, "color": colour},
            },
            {
                "data": {"values": values},
                "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": theme.ground},
                "encoding": {"x": middle_x, "y": y, "text": {"field": "sign"}},
            },
        ],
    )


def _part(condition: str, rows: Sequence[str], size: Size, layers: list[Specification]) -> Specification:
    return {"title": one_line(condition, 60), "width": size.plot, "height": 26 * len(rows), "layer": layers}


def _across(field: str, domain: list[int], axis: Specification) -> Specification:
    plain = {"ticks": False, "domain": False, "title": None}
    return {"field": field, "type": "quantitative", "scale": {"domain": domain}, "axis": axis | plain}


def _rows(names: Sequence[str], size: Size) -> Specification:
    return {
        "field": "row",
        "type": "nominal",
        "sort": list(names),
        "scale": {"domain": list(names)},
        "axis": {
            "title": None,
            "ticks": False,
            "domain": False,
            "grid": False,
            "minExtent": size.labels,
            "maxExtent": size.labels,
        },
    }


def _stacked(parts: list[Specification], theme: Theme, size: Size) -> Specification:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "vconcat": parts,
        "spacing": 18,
        "padding": 2,
        "background": "transparent",
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "title": {
                "anchor": "start",
                "frame": "group",
                "color": theme.text,
                "fontSize": size.font,
                "fontWeight": 600,
                "offset": 8,
            },
            "axis": {
                "labelColor": theme.text,
                "labelFontSize": size.font,
                "gridColor": theme.grid,
                "labelLimit": size.labels - 24,
                "labelPadding": 8,
            },
            "axisX": {"labelColor": theme.faint, "labelFontSize": size.font - 1},
        },
    }


def _by_condition(cells: Sequence[Cell]) -> list[tuple[str, list[Cell]]]:
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.condition, []).append(cell)
    return list(groups.items())


def _labels(cells: Sequence[Cell]) -> list[str]:
    """Short names of the models: what follows the last slash, where that tells them apart."""
    short = [one_line(cell.model.rsplit("/", 1)[-1], 40) for cell in cells]
    return short if len(set(short)) == len(short) else [one_line(cell.model, 60) for cell in cells]


def _fill(outcome: Outcome, theme: Theme) -> str:
    return LOOKS[outcome].light if theme is LIGHT else LOOKS[outcome].dark
