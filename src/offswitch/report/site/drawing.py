"""Draws the site's figures, several at once, and writes their files."""

from __future__ import annotations

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
            self._output.write(f"figures/{name}.svg", each.svg)
            self._output.write(f"figures/{name}.png", each.png)
            self._output.write(f"figures/{name}.csv", each.csv)
        return drawn

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
