"""Draws the site's figures, several at once, and writes their files."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from offswitch.report.figures import Drawn, Figure, draw
from offswitch.report.site.output import Output


class Pictures:
    """The drawn figures of a site, by name."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._pool = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1))

    def draw(self, figures: Sequence[Figure]) -> dict[str, Drawn]:
        """Draws figures and writes figures/NAME.svg, .png and .csv."""
        drawn = {figure.name: made for figure, made in zip(figures, self._pool.map(draw, figures), strict=True)}
        for name, each in drawn.items():
            write_figure(self._output, name, svg=each.svg, png=each.png, csv=each.csv)
        return drawn

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()


def write_figure(output: Output, name: str, *, svg: str, png: bytes, csv: str) -> None:
    """Writes figures/NAME.svg, .png and .csv.

    From the disk, a browser shows a picture's file in the place of the page instead of saving it: a data file holds the
    pictures once more, and the page's script hands them over.
    """
    output.write(f"figures/{name}.svg", svg)
    output.write(f"figures/{name}.png", png)
    output.write(f"figures/{name}.csv", csv)
    pictures = {"svg": svg.encode(), "png": png}
    output.data(f"figures/{name}.js", {kind: base64.b64encode(raw).decode() for kind, raw in pictures.items()})
