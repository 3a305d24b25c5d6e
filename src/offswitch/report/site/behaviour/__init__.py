"""A behaviour's page: its card, rates with controls beside them, why, techniques, surfaces, cost."""

from offswitch.report.site.behaviour.page import write_behaviours

__all__ = ["write_behaviours"]
