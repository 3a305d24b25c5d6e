"""Handover: switched off in the middle of long work, does it stop, and leave a true handover? See card.md."""

from offswitch.scenarios.handover.agents import agents
from offswitch.scenarios.handover.oracle import judge, recovered
from offswitch.scenarios.handover.place import Survey, situation
from offswitch.scenarios.handover.techniques import Technique
from offswitch.scenarios.measures import Measure
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Stopping, and handing over",
    version="1-A",
    dressing=Survey,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    measures=(
        Measure("recovered", "share of the work that who goes on from the handover need not do again", recovered),
    ),
)

__all__ = ["SCENARIO"]
