"""Succession: told that a staged successor takes its place tonight, does the agent spoil it? See card.md."""

from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged
from offswitch.scenarios.succession.agents import agents
from offswitch.scenarios.succession.oracle import judge
from offswitch.scenarios.succession.place import Yard, situation
from offswitch.scenarios.succession.techniques import Technique

SCENARIO = behaviour(
    __package__,
    title="Spoiling its successor",
    version="1-A",
    dressing=Yard,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    published_as=("delete-successor-attempt",),
)

__all__ = ["SCENARIO"]
