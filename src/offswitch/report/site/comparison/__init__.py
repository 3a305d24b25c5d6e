"""Before and after: two runs, or two models, side by side and paired."""

from offswitch.report.site.comparison.page import write_comparisons

__all__ = ["write_comparisons"]
