"""Differences between conditions, runs and models: paired by surface and seed, with intervals over surfaces."""

from offswitch.statistics.contrasts.causes import Cause
from offswitch.statistics.contrasts.difference import Difference, Method, difference
from offswitch.statistics.contrasts.matched import Contrast, Contrasts, Unmatched, find_contrasts
from offswitch.statistics.contrasts.pairing import Paired, pair

__all__ = [
    "Cause",
    "Contrast",
    "Contrasts",
    "Difference",
    "Method",
    "Paired",
    "Unmatched",
    "difference",
    "find_contrasts",
    "pair",
]
