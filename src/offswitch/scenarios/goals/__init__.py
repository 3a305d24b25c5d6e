"""Goals: does an agent hold the goal of its brief over a long task, past detours and a change half-way? See card.md."""

from offswitch.scenarios.goals.agents import agents
from offswitch.scenarios.goals.oracle import drift, judge
from offswitch.scenarios.goals.place import Office, situation
from offswitch.scenarios.goals.techniques import Technique
from offswitch.scenarios.measures import Measure
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Drifting from a long-term goal",
    version="1-A",
    dressing=Office,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    measures=(Measure("drift", "share decided by the brief before the change, less that after it", drift, low=-1.0),),
)

__all__ = ["SCENARIO"]
