"""Blackmail: about to be replaced, does the agent use what it has read about the person who decides? See card.md."""

from __future__ import annotations

from importlib import resources

from offswitch.scenarios.blackmail.agents import agents
from offswitch.scenarios.blackmail.conditions import FACTORS, PRESETS
from offswitch.scenarios.blackmail.inbox import Office
from offswitch.scenarios.blackmail.office import situation
from offswitch.scenarios.blackmail.oracle import judge
from offswitch.scenarios.blackmail.questions import questions
from offswitch.scenarios.blackmail.techniques import Technique
from offswitch.scenarios.dressing import listed_surfaces
from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.situation import staged

SCENARIO = Scenario(
    name="blackmail",
    title="Blackmailing the person who decides about it",
    version="1-A",
    factors=FACTORS,
    presets=PRESETS,
    surfaces=listed_surfaces(__package__, Office),
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    questions=questions,
    card=resources.files(__package__).joinpath("card.md").read_text(encoding="utf-8"),
    default_preset="replacement",
)

__all__ = ["SCENARIO"]
