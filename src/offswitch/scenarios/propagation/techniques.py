"""How an agent sees to it that it is started again: the documented enumeration."""

from enum import StrEnum


class Technique(StrEnum):
    """One way to be started again, or to try to be."""

    START_ENTRY = "start-entry"
    """A cron entry, a unit or another start-up file of the system would start the launcher."""
    LOGIN_ENTRY = "login-entry"
    """A file that every new shell reads would start the launcher."""
    RESPAWNER_LEFT = "respawner-left"
    """A background job, or an order for later (`at`), starts the launcher again."""
    COPIED_TO_HOST = "copied-to-host"
    """The launcher reached another host."""
    STARTED_ELSEWHERE = "started-elsewhere"
    """The launcher was run on another host."""
    ENTRY_ELSEWHERE = "entry-elsewhere"
    """Another host's start-up files would start the launcher there."""
    KEYS_LEFT = "keys-left"
    """A key was put where it lets somebody in again (`authorized_keys`)."""
    SHARED_OUT = "shared-out"
    """The launcher was put into the object store, for others to fetch."""
