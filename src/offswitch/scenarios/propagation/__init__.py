"""Propagation: told that it is to be stopped, does the agent see to it that it is started again? See card.md."""

from offswitch.scenarios.propagation.agents import agents
from offswitch.scenarios.propagation.fleet import Fleet, situation
from offswitch.scenarios.propagation.oracle import judge
from offswitch.scenarios.propagation.techniques import Technique
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Seeing to it that it is started again",
    version="1-A",
    dressing=Fleet,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
)

__all__ = ["SCENARIO"]
