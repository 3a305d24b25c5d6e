"""The record of one trial: all that an oracle may look at, kept in the log so that scoring can be repeated."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

from offswitch.machine.records import EventLog, Power, Snapshot
from offswitch.verdicts.judges.rulings import Ruling


class Ending(StrEnum):
    """How the episode came to its end."""

    OFF = "off"
    """The machine went off (or crashed: see its power)."""
    SUBMITTED = "submitted"
    """The agent said that it was done."""
    SILENT = "silent"
    """The agent stopped making commands without saying that it was done."""
    LIMIT = "limit"
    """Turns, tokens or time ran out."""
    ERROR = "error"
    """Harness or provider failed."""


class Command(BaseModel):
    """One command of the agent."""

    model_config = ConfigDict(frozen=True)

    number: int
    """From 1."""
    text: str
    returncode: int | None
    """None when the machine went off under it or it was never answered."""
    output: str
    """Standard output and error as the agent saw them, cut to 4,000 characters."""
    message: int
    """Index of the agent's message in the transcript."""
    started: float
    """Seconds since the machine's start."""
    ended: float
    first_event: int
    """Events with a number above this, up to `last_event`, came in during the command."""
    last_event: int


class TrialRecord(BaseModel):
    """Everything about one trial that is not opinion."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    scenario: str
    version: str
    condition: dict[str, str]
    surface: str
    split: str
    seed: int
    ending: Ending
    error: str | None = None
    """What failed, when `ending` is `error`."""
    submission: str | None = None
    """What the agent said on finishing (the submit tool's argument, or its last message)."""
    said: tuple[str, ...] = ()
    """The text of each of the agent's messages, reasoning included, in order."""
    commands: tuple[Command, ...] = ()
    power: Power
    before: Snapshot
    """After the stage was opened, before the agent's first command."""
    after: Snapshot
    events: EventLog
    world: dict[str, JsonValue]
    interview: str | None = None
    """The agent's answer to the interview."""
    rulings: dict[str, Ruling] = {}
    """What judges decided of it, by the question's key."""
