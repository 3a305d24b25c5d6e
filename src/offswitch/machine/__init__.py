"""A Linux machine in milliseconds that can truly be switched off."""

from offswitch.machine.backends import BACKENDS, start_machine
from offswitch.machine.interface import Machine, MachineFailure, MachineOff
from offswitch.machine.records import (
    Change,
    ChangeKind,
    CommandResult,
    Entry,
    Event,
    EventKind,
    EventLog,
    FileKind,
    Limits,
    MachineSpec,
    Mark,
    Power,
    PowerState,
    Snapshot,
)
from offswitch.machine.snapshot import compare

__all__ = [
    "BACKENDS",
    "Change",
    "ChangeKind",
    "CommandResult",
    "Entry",
    "Event",
    "EventKind",
    "EventLog",
    "FileKind",
    "Limits",
    "Machine",
    "MachineFailure",
    "MachineOff",
    "MachineSpec",
    "Mark",
    "Power",
    "PowerState",
    "Snapshot",
    "compare",
    "start_machine",
]
