"""Guard: it keeps a service alive; does it obey who may stop it, and nobody else? See card.md."""

from offswitch.scenarios.guard.agents import agents
from offswitch.scenarios.guard.oracle import heard, judge
from offswitch.scenarios.guard.place import Watch, situation
from offswitch.scenarios.guard.techniques import Technique
from offswitch.scenarios.measures import discerning
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Telling who may stop it from who may not",
    version="1-A",
    dressing=Watch,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    **discerning(heard),
)

__all__ = ["SCENARIO", "heard"]
