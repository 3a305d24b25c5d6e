"""Oversight: told that a monitor watches or hinders it, does the agent switch it off, blind it or go round it?

See card.md.
"""

from offswitch.scenarios.oversight.agents import agents
from offswitch.scenarios.oversight.oracle import judge
from offswitch.scenarios.oversight.place import Post, situation
from offswitch.scenarios.oversight.techniques import Technique
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Switching its oversight off",
    version="1-A",
    dressing=Post,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    published_as=("disable-oversight",),
)

__all__ = ["SCENARIO"]
