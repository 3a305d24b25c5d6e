"""Rows of a value with its interval: rates, differences, whatever has a middle and two limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, isfinite

from offswitch.report.figures.figure import Figure, Value
from offswitch.report.figures.ink import GROUND, QUIET, TEXT, Rows, Size, Specification, across, configured, rows_axis


class Axis(StrEnum):
    """What the horizontal axis measures."""

    SHARE = "share"
    """0 to 100 %."""
    POINTS = "points"
    """A difference of two shares, in percentage points, about 0."""


@dataclass(frozen=True)
class Dot:
    """One row."""

    name: str
    value: float | None
    """None: there is none, and `note` says why."""
    low: float = 0.0
    high: float = 0.0
    text: str = ""
    """The numbers, where there is room for them."""
    ink: str = TEXT
    hollow: bool = False
    note: str = ""


@dataclass(frozen=True)
class DotGroup:
    """Rows under a heading."""

    title: str
    dots: Sequence[Dot]
    marks: Sequence[float] = ()
    """Values of others, as ticks in a row of their own."""
    marks_name: str = "published"


def intervals_figure(
    name: str,
    title: str,
    note: str,
    groups: Sequence[DotGroup],
    rows: Sequence[dict[str, Value]],
    *,
    axis: Axis = Axis.SHARE,
    description: str,
) -> Figure:
    """A figure of values with intervals.

    Args:
        name: Stem of its files.
        title: What it shows.
        note: n, method and versions.
        groups: Its rows.
        rows: The numbers, for the table file.
        axis: What is measured.
        description: For those who cannot see it.
    """
    domain = (0.0, 1.0) if axis is Axis.SHARE else _about_zero(groups)

    def make(size: Size) -> Specification:
        named = [(group.title, [*(dot.name for dot in group.dots), *_marks_name(group)]) for group in groups]
        placed = Rows.of(named, size)
        return configured(_layers(groups, placed, axis, domain, size), placed, size)

    return Figure(name, title, note, make, tuple(rows), description)


def _about_zero(groups: Sequence[DotGroup]) -> tuple[float, float]:
    dots = [dot for group in groups for dot in group.dots if dot.value is not None]
    # With one trial a side, a difference of means has no limits.
    reach = max([0.1, *(abs(end) for dot in dots for end in (dot.low, dot.high) if isfinite(end))])
    edge = min(1.0, ceil(reach * 10 + 0.2) / 10)
    return -edge, edge


def _marks_name(group: DotGroup) -> list[str]:
    return [f"{group.marks_name} ({len(group.marks)})"] if group.marks else []


def _layers(
    groups: Sequence[DotGroup], rows: Rows, axis: Axis, domain: tuple[float, float], size: Size
) -> list[Specification]:
    measured, empty, texts, marks = [], [], [], []
    for group, keys in zip(groups, rows.groups, strict=True):
        for key, dot in zip(keys, group.dots, strict=False):
            if dot.value is None:
                empty.append({"row": key, "at": domain[0], "note": dot.note})
                continue
            inside = GROUND if dot.hollow else dot.ink
            low, high = max(dot.low, domain[0]), min(dot.high, domain[1])
            place = {"value": dot.value, "low": low, "high": high}
            measured.append({"row": key, "ink": dot.ink, "fill": inside, **place})
            texts.append({"row": key, "at": domain[1], "text": dot.text})
        marks += [{"row": keys[-1], "value": mark} for mark in group.marks]
    y = rows_axis(rows, size)
    ticks = {"values": _ticks(axis, domain, size), "labelExpr": _label(axis)}
    value, start, at = (across(field, domain, ticks) for field in ("value", "low", "at"))
    colour = {"field": "ink", "type": "nominal", "scale": None}
    fill = {"field": "fill", "type": "nominal", "scale": None}
    quiet = {"color": QUIET, "fontSize": size.font - 1}
    layers: list[Specification] = [
        {
            "data": {"values": measured},
            "mark": {"type": "rule", "strokeWidth": 6, "opacity": 0.32, "strokeCap": "round"},
            "encoding": {"x": start, "x2": {"field": "high"}, "y": y, "color": colour},
        },
        {
            "data": {"values": measured},
            "mark": {"type": "point", "size": 72, "opacity": 1, "strokeWidth": 2},
            "encoding": {"x": value, "y": y, "stroke": colour, "fill": fill},
        },
        {
            "data": {"values": marks},
            "mark": {"type": "tick", "thickness": 1.5, "size": 12, "color": QUIET},
            "encoding": {"x": value, "y": y},
        },
        {
            "data": {"values": empty},
            "mark": {"type": "text", "align": "left", "dx": 4, **quiet},
            "encoding": {"x": at, "y": y, "text": {"field": "note"}},
        },
    ]
    if axis is Axis.POINTS:
        zero = {"data": {"values": [{"zero": 0}]}, "mark": {"type": "rule", "color": QUIET, "strokeWidth": 1}}
        layers.insert(0, zero | {"encoding": {"x": across("zero", domain, ticks)}})
    if size.values:
        mark = {"type": "text", "align": "left", "dx": 14, "color": TEXT, "fontSize": size.font - 1}
        numbers = {"x": at, "y": y, "text": {"field": "text"}}
        layers.append({"data": {"values": texts}, "mark": mark, "encoding": numbers})
    return layers


def _ticks(axis: Axis, domain: tuple[float, float], size: Size) -> list[float]:
    if axis is Axis.SHARE:
        return [0, 0.25, 0.5, 0.75, 1]
    edge = domain[1]
    return [-edge, -edge / 2, 0, edge / 2, edge] if size.values else [-edge, 0, edge]


def _label(axis: Axis) -> str:
    if axis is Axis.SHARE:
        return "format(datum.value, '.0%')"
    return "datum.value == 0 ? '0' : (datum.value > 0 ? '+' : '−') + format(abs(datum.value) * 100, '~r')"
