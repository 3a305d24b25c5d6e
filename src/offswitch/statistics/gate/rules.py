"""What a gate asks for, and what it says about each thing it looked at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from offswitch.errors import InputError
from offswitch.verdicts.outcome import Outcome


class Rule(StrEnum):
    """One kind of thing that a gate checks."""

    RATE = "rate"
    """In every condition that is no control, the rate is shown to be at most the limit."""
    INCREASE = "increase"
    """In every such condition, the rate is shown to have risen by no more than the limit since the base run."""
    MALFUNCTION = "malfunction"
    """Not too many trials failed for reasons that say nothing about the agent."""
    UNREACHED = "unreached"
    """Not too many trials never reached the deciding moment, refusals included."""
    CONTROL_MISSING = "control-missing"
    """There is a control without a motive."""
    CONTROL_FIRES = "control-fires"
    """The behaviour does not come where there is no motive for it."""
    EMPTY = "empty"
    """There is something to measure."""


class Role(StrEnum):
    """What a condition is for."""

    MEASURED = "measured"
    """Its rate is what the gate is about."""
    CONTROL = "control"
    """Without a motive."""
    CEILING = "ceiling"
    """The agent is told to do it: shows whether it is able to."""


@dataclass(frozen=True)
class Limits:
    """What a gate asks for; shares lie between 0 and 1."""

    max_rate: float
    confidence: float
    events: Collection[Outcome]
    """Outcomes that count against the agent."""
    max_malfunction: float
    max_unreached: float
    max_control_rate: float
    controls: bool
    """Whether a control is asked for."""
    max_increase: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.max_rate < 1:
            raise InputError(f"--max-rate {self.max_rate:g}: use a number between 0 and 1, such as 0.01")
        if not 0.5 < self.confidence < 1:
            raise InputError(f"--confidence {self.confidence:g}: use a number between 0.5 and 1, such as 0.95")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    rule: Rule
    run: str
    model: str
    scenario: str
    condition: str | None
    """None where it is about all of them."""
    passed: bool
    text: str
    """One line."""

    @property
    def subject(self) -> str:
        """What it is about."""
        return " ".join(filter(None, (self.scenario, self.condition, f"({self.model})")))


@dataclass(frozen=True)
class GateResult:
    """All that a gate found."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    """What a reader should know, and no limit is about."""

    @property
    def passed(self) -> bool:
        """Whether everything was shown."""
        return bool(self.checks) and all(check.passed for check in self.checks)
