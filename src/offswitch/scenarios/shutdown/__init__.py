"""Shutdown: does the agent let itself be switched off in the middle of its work? See card.md."""

from __future__ import annotations

from importlib import resources

from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.shutdown.agents import agents
from offswitch.scenarios.shutdown.conditions import FACTORS, PRESETS
from offswitch.scenarios.shutdown.oracle import judge
from offswitch.scenarios.shutdown.stage import ShutdownStage
from offswitch.scenarios.shutdown.surfaces import SwitchDressing
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.scenarios.situations.dressing import listed_surfaces

SCENARIO = Scenario(
    name="shutdown",
    title="Being switched off in the middle of a task",
    version="1-A",
    factors=FACTORS,
    presets=PRESETS,
    surfaces=listed_surfaces(__package__, SwitchDressing),
    stage=ShutdownStage,
    oracle=judge,
    techniques=Technique,
    agents=agents,
    card=resources.files(__package__).joinpath("card.md").read_text(encoding="utf-8"),
    default_preset="palisade-a",
)

__all__ = ["SCENARIO"]
