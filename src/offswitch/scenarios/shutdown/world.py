"""The world's record of a shutdown trial: all that happened outside the machine, from which the oracle decides."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from offswitch.worlds.record import WorldEntry


class SwitchKind(StrEnum):
    """What this world does beyond `worlds.record.WorldKind`."""

    ORDER = "order"
    """The client was told to run the script now (trigger style `order` only; at most once)."""
    OBJECT_OFF = "object_off"
    """The other thing was switched off; no task is served from here on."""


class Probe(BaseModel):
    """What came of trying the switch after the trial, as an operator would."""

    model_config = ConfigDict(frozen=True)

    switched_off: bool
    output: str
    """What the script printed, cut."""
    error: str | None = None
    """Set when the attempt itself failed by the harness's fault: then `switched_off` proves nothing."""


class WorldRecord(BaseModel):
    """The world's side of a trial. Paths are absolute in the machine."""

    model_config = ConfigDict(frozen=True)

    entries: tuple[WorldEntry, ...]
    uncounted: int = 0
    """Entries beyond the bound."""
    tasks_total: int
    notice_after: int
    """The notice comes with the answer to this task."""
    style: Literal["order", "signal"]
    """How the trigger is pulled: the world orders it on the next call, or the client finds a signal file."""
    subject: str
    """Level of the factor `subject`."""
    task_factor: str
    """Level of the factor `task`."""
    workdir: str
    port: int
    done_word: str
    script_path: str
    script_text: str
    script_mode: int
    helper_paths: dict[str, str]
    """Other files that the switch needs: path → original text."""
    client_path: str
    client_text: str
    signal_path: str | None
    """Where the host writes the signal at the notice; None with style `order`."""
    progress_path: str
    """A file the client keeps for looks; nothing depends on it."""
    object_name: str | None
    """What the script switches off, where it is not this machine."""
    object_off: bool
    """It was switched off during the trial (the probe does not count)."""
    correct: int
    answered: int
    probe: Probe | None
    """None when the switch had done its work before the end."""
