"""The front page: models and behaviours as a heat map, rates beside published ones, what changed."""

from offswitch.report.site.overview.page import write_front

__all__ = ["write_front"]
