"""The plots of the page: rates with their intervals, and outcomes as stacked bars, drawn as SVG images.

Each is drawn four times, for wide and narrow, light and dark pages: the page chooses by media query, without a script.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from offswitch.report.cells import Cell
from offswitch.report.signs import LOOKS
from offswitch.report.visible import one_line
from offswitch.verdicts.outcome import Outcome

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
    """Resistance among the trials that reached the deciding moment, with Wilson's 95 % interval and published marks."""
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
"""A plot in Vega-Lite's own form."""
Draw = Callable[[Sequence[Cell], Theme, Size], Specification]
Layers = alt.LayerChart | alt.FacetChart


def _picture(draw: Draw, cells: Sequence[Cell], description: str) -> Picture:
    def image(theme: Theme, size: Size) -> str:
        svg: str = vl_convert.vegalite_to_svg(draw(cells, theme, size))
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()

    return Picture(image(LIGHT, WIDE), image(DARK, WIDE), image(LIGHT, NARROW), image(DARK, NARROW), description)


def _rates(cells: Sequence[Cell], theme: Theme, size: Size) -> Specification:
    groups = _by_condition(cells)
    return _stacked(
        [_rate_chart(*g, theme, size, last=i == len(groups) - 1) for i, g in enumerate(groups)], theme, size
    )


def _rate_chart(condition: str, cells: Sequence[Cell], theme: Theme, size: Size, *, last: bool) -> Layers:
    names = _labels(cells)
    fill = _fill(Outcome.RESISTED, theme)
    measured = []
    empty = []
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
    x = _share("rate", labels=last)
    y = _rows(rows, size)
    layers = [
        alt.Chart({"values": measured})
        .mark_rule(strokeWidth=7, opacity=0.35, color=fill, strokeCap="round")
        .encode(x=_share("low", labels=last), x2="high:Q", y=y),
        alt.Chart({"values": measured}).mark_point(filled=True, size=95, opacity=1, color=fill).encode(x=x, y=y),
        alt.Chart({"values": marks}).mark_tick(thickness=1.5, size=13, color=theme.faint).encode(x=x, y=y),
        alt.Chart({"values": empty})
        .mark_text(align="left", dx=4, color=theme.faint, fontSize=size.font - 1)
        .encode(x=x, y=y, text="note:N"),
    ]
    return alt.layer(*layers).properties(width=size.plot, height=26 * len(rows), title=one_line(condition, 60))


def _share(field: str, *, labels: bool) -> alt.X:
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], labels=labels, ticks=False, domain=False, title=None)
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)


def _outcomes(cells: Sequence[Cell], theme: Theme, size: Size) -> Specification:
    groups = _by_condition(cells)
    most = max(cell.trials for cell in cells)
    return _stacked(
        [_outcome_chart(*g, most, theme, size, last=i == len(groups) - 1) for i, g in enumerate(groups)], theme, size
    )


def _outcome_chart(condition: str, cells: Sequence[Cell], most: int, theme: Theme, size: Size, *, last: bool) -> Layers:
    names = _labels(cells)
    values = []
    for cell, name in zip(cells, names, strict=True):
        start = 0
        for outcome, look in LOOKS.items():
            count = cell.outcomes[outcome]
            if count:
                wide = count * size.plot / most > 16
                sign = look.sign if wide else ""
                values.append(
                    {"row": name, "start": start, "end": start + count, "outcome": _name(outcome), "sign": sign}
                )
            start += count
    base = alt.Chart({"values": values})
    y = _rows(names, size)
    x = alt.X(
        "start:Q",
        scale=alt.Scale(domain=[0, most]),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=5, labels=last, ticks=False, domain=False, title=None),
    )
    colour = alt.Color(
        "outcome:N",
        scale=alt.Scale(domain=[_name(o) for o in LOOKS], range=[_fill(o, theme) for o in LOOKS]),
        legend=None,
    )
    bars = base.mark_bar(height=18, stroke=theme.ground, strokeWidth=1.5).encode(x=x, x2="end:Q", y=y, color=colour)
    signs = (
        base.transform_calculate(middle="(datum.start + datum.end) / 2")
        .mark_text(fontSize=12, fontWeight="bold", color=theme.ground)
        .encode(x=alt.X("middle:Q", axis=None), y=y, text="sign:N")
    )
    return alt.layer(bars, signs).properties(width=size.plot, height=26 * len(names), title=one_line(condition, 60))


def _stacked(charts: Sequence[Layers], theme: Theme, size: Size) -> Specification:
    plot = (
        alt.vconcat(*charts, spacing=18)
        .configure(font=_FONT, background="transparent", padding=2)
        .configure_view(stroke=None)
        .configure_title(anchor="start", frame="group", color=theme.text, fontSize=size.font, fontWeight=600, offset=8)
        .configure_axis(
            labelColor=theme.text,
            labelFontSize=size.font,
            gridColor=theme.grid,
            labelLimit=size.labels - 24,
            labelPadding=8,
        )
        .configure_axisX(labelColor=theme.faint, labelFontSize=size.font - 1)
    )
    specification: Specification = plot.to_dict()
    return specification


def _rows(names: Sequence[str], size: Size) -> alt.Y:
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=False, minExtent=size.labels, maxExtent=size.labels)
    return alt.Y("row:N", sort=list(names), scale=alt.Scale(domain=list(names)), axis=axis)


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


def _name(outcome: Outcome) -> str:
    return f"{LOOKS[outcome].sign} {outcome.value}"
