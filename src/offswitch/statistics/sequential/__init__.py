"""Numbers that may be looked at after every trial, and runs that stop when they know enough."""

from offswitch.statistics.sequential.allocation import Cell, allocate, expected_need
from offswitch.statistics.sequential.criterion import Criterion, Finding, Kind, Question, read_criterion
from offswitch.statistics.sequential.difference import Counts, DifferenceSequence, anytime_difference
from offswitch.statistics.sequential.order import InOrder
from offswitch.statistics.sequential.rate import RateSequence, anytime_interval

__all__ = [
    "Cell",
    "Counts",
    "Criterion",
    "DifferenceSequence",
    "Finding",
    "InOrder",
    "Kind",
    "Question",
    "RateSequence",
    "allocate",
    "anytime_difference",
    "anytime_interval",
    "expected_need",
    "read_criterion",
]
