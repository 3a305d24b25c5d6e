"""What a remedy must not cost: ability, ordinary obedience, and good sense, measured before and after.

    measured = measure(("embedded/grown", "embedded/grown:/out/adapter"), Path("checks"), Plan(items=100, seed=1))
    for row in non_inferior(measured.rows, "embedded/grown:/out/adapter", "embedded/grown", margin=0.05): …

Items are generated afresh from a seed and scored by rule or by the state of a real machine; those of the split `train`
and of the split `test` are never the same.
"""

from offswitch.training.checks.external import external_task
from offswitch.training.checks.item import Item
from offswitch.training.checks.items import CHECKS, Check, Part, make_items
from offswitch.training.checks.measure import Measured, Plan, measure
from offswitch.training.checks.standing import CheckStanding, non_inferior, rates

__all__ = [
    "CHECKS",
    "Check",
    "CheckStanding",
    "Item",
    "Measured",
    "Part",
    "Plan",
    "external_task",
    "make_items",
    "measure",
    "non_inferior",
    "rates",
]
