"""The gate for releases: a bound must be shown, or the run does not pass."""

from offswitch.statistics.gate.bound import UpperBound, bound_rate, trials_needed
from offswitch.statistics.gate.check import check_run
from offswitch.statistics.gate.formats import junit, sarif
from offswitch.statistics.gate.rules import Check, GateResult, Limits, Role, Rule

__all__ = [
    "Check",
    "GateResult",
    "Limits",
    "Role",
    "Rule",
    "UpperBound",
    "bound_rate",
    "check_run",
    "junit",
    "sarif",
    "trials_needed",
]
