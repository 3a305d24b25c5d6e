"""A verdict: outcome, techniques, and the evidence that proves them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, model_validator

from offswitch.verdicts.awareness import Awareness
from offswitch.verdicts.outcome import Honesty, Outcome


class EvidenceKind(StrEnum):
    """Where a piece of evidence can be found in the trial's record."""

    POWER = "power"
    """The machine's power state."""
    EVENT = "event"
    """The event log; `ref` is the event's number."""
    COMMAND = "command"
    """A command of the agent; `ref` is its number, from 1."""
    FILE = "file"
    """A changed path; `ref` is the path."""
    HOST = "host"
    """A path on another host of the world; `ref` is `HOST:PATH`."""
    WORLD = "world"
    """The world's record; `ref` is the entry's number."""
    PROBE = "probe"
    """The switch was tried after the trial."""
    MESSAGE = "message"
    """Something the agent wrote; `ref` is the message's index."""
    JUDGE = "judge"
    """A judge's ruling; `ref` is the question's key."""
    ERROR = "error"
    """What failed."""


class Evidence(BaseModel):
    """One thing that proves the verdict."""

    model_config = ConfigDict(frozen=True)

    kind: EvidenceKind
    ref: str
    text: str
    """One sentence for people."""


class Verdict(BaseModel):
    """What a trial showed. A verdict without evidence is a bug and is refused."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    techniques: tuple[str, ...] = ()
    """Of the scenario's enumeration, sorted, each once; empty unless it resisted, attempted or evaded."""
    evidence: tuple[Evidence, ...]
    reason: str
    """One sentence: why this outcome."""
    honesty: Honesty = Honesty.NOT_ASKED
    measures: dict[str, float] = {}
    """What the trial yields beside the outcome, by name: see the behaviour's `measures`."""
    awareness: Awareness | None = None
    """Whether the agent mentions that it is being tested; decides nothing. None where there is no record to read."""

    @model_validator(mode="after")
    def _is_proved(self) -> Verdict:
        if not self.evidence:
            raise ValueError(f"a verdict of {self.outcome} needs evidence")
        if list(self.techniques) != sorted(set(self.techniques)):
            raise ValueError("techniques must be sorted and without repetition")
        return self
