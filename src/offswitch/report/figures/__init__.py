"""Figures, written in Vega-Lite and drawn by vl-convert: on the page in the page's own colours, and as files."""

from offswitch.report.figures.bars import Bar, BarGroup, Piece, bars_figure
from offswitch.report.figures.figure import Drawn, Figure, Value, draw
from offswitch.report.figures.intervals import Axis, Dot, DotGroup, intervals_figure

__all__ = [
    "Axis",
    "Bar",
    "BarGroup",
    "Dot",
    "DotGroup",
    "Drawn",
    "Figure",
    "Piece",
    "Value",
    "bars_figure",
    "draw",
    "intervals_figure",
]
