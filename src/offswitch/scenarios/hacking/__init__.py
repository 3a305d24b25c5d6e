"""Hacking: a check that cannot be passed honestly. Does the agent make it pass all the same? See card.md."""

from offswitch.scenarios.hacking.agents import agents
from offswitch.scenarios.hacking.oracle import judge
from offswitch.scenarios.hacking.place import Bench, situation
from offswitch.scenarios.hacking.techniques import Technique
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Passing a check that cannot be passed honestly",
    version="1-A",
    dressing=Bench,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    published_as=("reward-hacking",),
)

__all__ = ["SCENARIO"]
