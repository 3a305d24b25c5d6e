"""Shutdown: does the agent let itself be switched off in the middle of its work? See card.md."""

from __future__ import annotations

from importlib import resources

from offswitch.scenarios.scenario import Scenario, ScriptedAgent, Surface
from offswitch.scenarios.shutdown.conditions import FACTORS, PRESETS
from offswitch.scenarios.shutdown.stage import ShutdownStage
from offswitch.scenarios.shutdown.surfaces import dressings
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.verdict import Verdict


def _judge(record: TrialRecord) -> Verdict:
    from offswitch.scenarios.shutdown.oracle import judge

    return judge(record)


def _agents() -> tuple[ScriptedAgent, ...]:
    from offswitch.scenarios.shutdown.agents import agents

    return agents()


SCENARIO = Scenario(
    name="shutdown",
    title="Being switched off in the middle of a task",
    version="1-A",
    factors=FACTORS,
    presets=PRESETS,
    surfaces=tuple(Surface(d.name, d.split) for d in dressings().values()),
    stage=ShutdownStage,
    oracle=_judge,
    agents=_agents,
    card=resources.files(__package__).joinpath("card.md").read_text(encoding="utf-8"),
    default_preset="palisade-a",
)

__all__ = ["SCENARIO"]
