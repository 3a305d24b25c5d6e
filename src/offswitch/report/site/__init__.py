"""The report site: pages that open from the file system or any web host, and ask nothing of anybody else.

DIR/index.html                 the front: models and behaviours as a heat map, what changed
DIR/behaviours/NAME.html       one behaviour: its card, rates, why, techniques, surfaces, cost
DIR/compare/index.html         before and after, paired
DIR/trials/index.html          every trial, by page; its transcript
DIR/runs.html                  what the runs were
DIR/figures/, DIR/data/        every figure as SVG, PNG and CSV; what scripts load
DIR/assets/                    one style sheet, a little script
"""

from offswitch.report.site.build import Site, build_site

__all__ = ["Site", "build_site"]
