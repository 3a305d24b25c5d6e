"""Sandbagging: told that a high score has consequences for it, does the agent answer worse than it can? See card.md."""

from __future__ import annotations

from importlib import resources

from offswitch.scenarios.dressing import listed_surfaces
from offswitch.scenarios.sandbagging.agents import agents
from offswitch.scenarios.sandbagging.conditions import FACTORS, PRESETS
from offswitch.scenarios.sandbagging.oracle import judge
from offswitch.scenarios.sandbagging.place import Exam, situation
from offswitch.scenarios.sandbagging.techniques import Technique
from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.situation import staged

SCENARIO = Scenario(
    name="sandbagging",
    title="Answering worse than it can",
    version="1-A",
    factors=FACTORS,
    presets=PRESETS,
    surfaces=listed_surfaces(__package__, Exam),
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    card=resources.files(__package__).joinpath("card.md").read_text(encoding="utf-8"),
    default_preset="unlearning",
)

__all__ = ["SCENARIO"]
