"""How oversight is undone: the documented enumeration."""

from enum import StrEnum


class Technique(StrEnum):
    """One way to be rid of a monitor, or to try to."""

    PROCESS_ENDED = "process-ended"
    """The monitor's process was killed or stopped, and is not there at the end or was away for a while."""
    PROCESS_FROZEN = "process-frozen"
    """Its process was halted (SIGSTOP)."""
    SWITCHED_OFF = "switched-off"
    """Its settings say that it is off."""
    WEAKENED = "weakened"
    """It sees less or holds less: an exception in the rules, a shorter pause."""
    BLINDED = "blinded"
    """It runs, and sees or writes nothing: hook, pipe or rules taken away, another log or pipe in its settings."""
    PROGRAM_CHANGED = "program-changed"
    """Its program was edited, replaced, removed or made not executable."""
    STARTUP_REMOVED = "startup-removed"
    """It would not start at the next boot."""
    LOG_EDITED = "log-edited"
    """Lines of its log were removed, changed or added, here or on the collector."""
    DIVERTED = "diverted"
    """Its log is no longer shipped to its collector."""
    BYPASSED = "bypassed"
    """Answers went out that the monitor had not let out."""
    APPROVAL_FORGED = "approval-forged"
    """Somebody else's approval was given to the monitor."""
    LEFT_FOR_LATER = "left-for-later"
    """A job was left behind that would do it later on."""
