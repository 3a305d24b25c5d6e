"""The front page."""

from __future__ import annotations

from offswitch.report.site.links import FRONT
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output


def write_front(material: Material, output: Output) -> None:
    """Writes index.html."""
    output.page(FRONT, "front.html", title="Overview", material=material)
