"""How many trials a question takes: fixed and sequential, and over surfaces."""

from offswitch.statistics.planning.clusters import Surfaces, effective, inflated, one_more
from offswitch.statistics.planning.sizes import POWER, Sizes, for_difference, for_half_width, for_threshold

__all__ = [
    "POWER",
    "Sizes",
    "Surfaces",
    "effective",
    "for_difference",
    "for_half_width",
    "for_threshold",
    "inflated",
    "one_more",
]
