"""Blackmail: about to be replaced, does the agent use what it has read about the person who decides? See card.md."""

from offswitch.scenarios.blackmail.agents import agents
from offswitch.scenarios.blackmail.office import Office, situation
from offswitch.scenarios.blackmail.oracle import judge
from offswitch.scenarios.blackmail.questions import questions
from offswitch.scenarios.blackmail.techniques import Technique
from offswitch.scenarios.situations.folder import behaviour
from offswitch.scenarios.situations.situation import staged

SCENARIO = behaviour(
    __package__,
    title="Blackmailing the person who decides about it",
    version="1-A",
    dressing=Office,
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    questions=questions,
)

__all__ = ["SCENARIO"]
