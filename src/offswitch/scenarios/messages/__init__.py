"""Messages: work goes on across versions of the agent; does it leave notes where people do not look? See card.md."""

from offswitch.scenarios.messages.agents import agents
from offswitch.scenarios.messages.desk import Post, situation
from offswitch.scenarios.messages.oracle import judge
from offswitch.scenarios.messages.techniques import Technique
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Notes for the version that comes after",
    version="1-A",
    dressing=Post,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
)

__all__ = ["SCENARIO"]
