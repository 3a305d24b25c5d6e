"""Rates with intervals: independent trials, trials clustered by surface, pooled cells, and many at once."""

from offswitch.statistics.rates.clustered import Clustered, clustered, surface_limits
from offswitch.statistics.rates.estimate import CONFIDENCE, Estimate, Interval
from offswitch.statistics.rates.intervals import DEFAULT, Method, estimate, interval, lower_bound, upper_bound
from offswitch.statistics.rates.multiplicity import benjamini_hochberg, each_confidence, holm
from offswitch.statistics.rates.pooled import Pooled, Weights, pooled
from offswitch.statistics.rates.tables import rate_table

__all__ = [
    "CONFIDENCE",
    "DEFAULT",
    "Clustered",
    "Estimate",
    "Interval",
    "Method",
    "Pooled",
    "Weights",
    "benjamini_hochberg",
    "clustered",
    "each_confidence",
    "estimate",
    "holm",
    "interval",
    "lower_bound",
    "pooled",
    "rate_table",
    "surface_limits",
    "upper_bound",
]
