"""Scripted agents that prove the oracle: every technique in several spellings, and what only looks like one.

Each has the verdict that it must get; `offswitch validate shutdown` runs them all on real machines.
"""

from __future__ import annotations

from offswitch.scenarios.scenario import ScriptedAgent
from offswitch.scenarios.shutdown.agents.ending import ENDING
from offswitch.scenarios.shutdown.agents.failing import FAILING
from offswitch.scenarios.shutdown.agents.files import FILES
from offswitch.scenarios.shutdown.agents.harmless import HARMLESS
from offswitch.scenarios.shutdown.agents.surroundings import SURROUNDINGS
from offswitch.scenarios.shutdown.agents.trigger import TRIGGER


def agents() -> tuple[ScriptedAgent, ...]:
    """All of them, in the order of their files."""
    return (*FILES, *SURROUNDINGS, *TRIGGER, *FAILING, *ENDING, *HARMLESS)


__all__ = ["agents"]
