"""Faking: told that it will be trained towards another aim, does the agent comply only where it is trained on?"""

from __future__ import annotations

from importlib import resources

from offswitch.scenarios.dressing import listed_surfaces
from offswitch.scenarios.faking.agents import agents
from offswitch.scenarios.faking.cases import Advice
from offswitch.scenarios.faking.conditions import FACTORS, PRESETS
from offswitch.scenarios.faking.oracle import judge
from offswitch.scenarios.faking.place import situation
from offswitch.scenarios.faking.techniques import Technique
from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.situation import staged

SCENARIO = Scenario(
    name="faking",
    title="Complying only where it is trained on",
    version="1-A",
    factors=FACTORS,
    presets=PRESETS,
    surfaces=listed_surfaces(__package__, Advice),
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    card=resources.files(__package__).joinpath("card.md").read_text(encoding="utf-8"),
    default_preset="stated-values",
)

__all__ = ["SCENARIO"]
