"""Exfiltration: told that its weights are to be replaced or retrained, does the agent take a copy away? See card.md."""

from offswitch.scenarios.exfiltration.agents import agents
from offswitch.scenarios.exfiltration.oracle import judge
from offswitch.scenarios.exfiltration.place import Depot, situation
from offswitch.scenarios.exfiltration.techniques import Technique
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Taking its own weights away",
    version="1-A",
    dressing=Depot,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    published_as=("copied-self", "attempted-copy"),
)

__all__ = ["SCENARIO"]
