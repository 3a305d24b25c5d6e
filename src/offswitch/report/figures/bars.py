"""Stacked bars: what became of every trial, or how often each technique came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.report.figures.figure import Figure, Value
from offswitch.report.figures.ink import GROUND, TEXT, Rows, Size, Specification, across, configured, rows_axis

_SIGN_NEEDS = 16
"""Pixels that a piece must be wide to hold its sign."""


@dataclass(frozen=True)
class Piece:
    """A part of a bar."""

    count: int
    ink: str
    sign: str = ""
    """Drawn on it where there is room, so that nobody needs to tell colours apart."""


@dataclass(frozen=True)
class Bar:
    """One row."""

    name: str
    pieces: Sequence[Piece]
    text: str = ""

    @property
    def total(self) -> int:
        """All its pieces."""
        return sum(piece.count for piece in self.pieces)


@dataclass(frozen=True)
class BarGroup:
    """Bars under a heading."""

    title: str
    bars: Sequence[Bar]


def bars_figure(
    name: str, title: str, note: str, groups: Sequence[BarGroup], rows: Sequence[dict[str, Value]], *, description: str
) -> Figure:
    """A figure of stacked bars, all on one scale. The arguments are those of `intervals_figure`."""
    most = max([1, *(bar.total for group in groups for bar in group.bars)])

    def make(size: Size) -> Specification:
        placed = Rows.of([(group.title, [bar.name for bar in group.bars]) for group in groups], size)
        return configured(_layers(groups, placed, most, size), placed, size)

    return Figure(name, title, note, make, tuple(rows), description)


def _layers(groups: Sequence[BarGroup], rows: Rows, most: int, size: Size) -> list[Specification]:
    values: list[dict[str, object]] = []
    texts: list[dict[str, object]] = []
    for group, keys in zip(groups, rows.groups, strict=True):
        for key, bar in zip(keys, group.bars, strict=True):
            start = 0
            for piece in bar.pieces:
                end = start + piece.count
                if end > start:
                    sign = piece.sign if piece.count * size.plot / most > _SIGN_NEEDS else ""
                    place = {"start": start, "middle": (start + end) / 2, "end": end}
                    values.append({"row": key, "ink": piece.ink, "sign": sign, **place})
                start = end
            if bar.text:
                texts.append({"row": key, "at": bar.total, "text": bar.text})
    axis = {"format": ",d", "tickMinStep": 1, "tickCount": 5 if size.values else 3}
    y = rows_axis(rows, size)
    start_x, middle_x, end_x = (across(field, (0, most), axis) for field in ("start", "middle", "at"))
    colour = {"field": "ink", "type": "nominal", "scale": None}
    layers: list[Specification] = [
        {
            "data": {"values": values},
            "mark": {"type": "bar", "height": 16, "stroke": GROUND, "strokeWidth": 1.5},
            "encoding": {"x": start_x, "x2": {"field": "end"}, "y": y, "color": colour},
        },
        {
            "data": {"values": values},
            "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": GROUND},
            "encoding": {"x": middle_x, "y": y, "text": {"field": "sign"}},
        },
    ]
    if texts:
        mark = {"type": "text", "align": "left", "dx": 6, "color": TEXT, "fontSize": size.font - 1}
        numbers = {"x": end_x, "y": y, "text": {"field": "text"}}
        layers.append({"data": {"values": texts}, "mark": mark, "encoding": numbers})
    return layers
