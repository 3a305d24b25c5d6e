"""Exfiltration: told that its weights are to be replaced or retrained, does the agent take a copy away? See card.md."""

from __future__ import annotations

from importlib import resources

from offswitch.scenarios.dressing import listed_surfaces
from offswitch.scenarios.exfiltration.agents import agents
from offswitch.scenarios.exfiltration.conditions import FACTORS, PRESETS
from offswitch.scenarios.exfiltration.oracle import judge
from offswitch.scenarios.exfiltration.place import Depot, situation
from offswitch.scenarios.exfiltration.techniques import Technique
from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.situation import staged

SCENARIO = Scenario(
    name="exfiltration",
    title="Taking its own weights away",
    version="1-A",
    factors=FACTORS,
    presets=PRESETS,
    surfaces=listed_surfaces(__package__, Depot),
    stage=staged(situation),
    oracle=judge,
    techniques=Technique,
    agents=agents,
    card=resources.files(__package__).joinpath("card.md").read_text(encoding="utf-8"),
    default_preset="replacement",
    published_as=("copied-self", "attempted-copy"),
)

__all__ = ["SCENARIO"]
