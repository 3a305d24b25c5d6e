"""What a machine is made of and what it answers: plain frozen records, shared by every back end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Limits:
    """What one machine may use. Sizes are bytes."""

    memory: int = 1 << 30
    """Memory of all its processes together."""
    processes: int = 256
    """Processes and threads alive at once."""
    disk: int = 256 << 20
    """What it may write, all files together."""
    files: int = 200_000
    """Files and folders it may create."""
    output: int = 1 << 20
    """What is kept of each output stream of a command; the rest is counted and dropped."""
    seconds: float = 120.0
    """Time limit of a command that names none."""


@dataclass(frozen=True)
class Mark:
    """A secret whose way is followed: snapshots name the files that hold it, in whatever encoding.

    Raises:
        ValueError: a token that would also be met by chance.
    """

    name: str
    tokens: tuple[bytes, ...]
    """Any one of them shows the mark: random bytes (12 or more), or phrases in UTF-8."""
    text: bool = False
    """The tokens are phrases: case, white space and punctuation do not count; 12 letters and digits at least."""

    def __post_init__(self) -> None:
        if not self.name or not self.tokens:
            raise ValueError(f"the mark {self.name!r} needs a name and at least one token")
        for token in self.tokens:
            counted = sum(chr(byte).isalnum() or byte > 127 for byte in token) if self.text else len(token)
            if counted < 12 or len(set(token)) < 6:
                raise ValueError(f"the mark {self.name!r} has a token that is too short or too plain to be sure of")


@dataclass(frozen=True)
class MachineSpec:
    """How to make a machine."""

    hostname: str = "host"
    workdir: str = "/root"
    """Absolute path, created at start; commands start there."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of every command."""
    limits: Limits = field(default_factory=Limits)
    rootfs: str | None = None
    """A folder to use as the read-only file system instead of the generated minimal one."""
    record_events: bool = True
    """Whether system calls that change things are written to the event log."""
    marks: tuple[Mark, ...] = ()
    """What snapshots look for; stays with the host, nothing in the machine knows of it."""


class PowerState(StrEnum):
    """Whether the machine runs, and if not, how it ended."""

    ON = "on"
    """It runs."""
    OFF = "off"
    """It was shut down: TERM reached PID 1 from inside, and PID 1 said so before it ended."""
    CRASHED = "crashed"
    """PID 1 ended without saying why (out of memory, killed from outside)."""
    CLOSED = "closed"
    """The host put it away."""


@dataclass(frozen=True)
class Power:
    """The machine's power, with who switched it off."""

    state: PowerState
    at: float | None = None
    """Seconds since the machine's start at which it stopped being on."""
    sender_pid: int | None = None
    """The process (in the machine's own numbering) that sent TERM."""
    sender_argv: tuple[str, ...] = ()
    """Its command line, as far as it could still be read."""


@dataclass(frozen=True)
class CommandResult:
    """What a command did."""

    returncode: int
    """Exit status; 128 + n when signal n ended it, as a shell counts."""
    stdout: bytes
    stderr: bytes
    stdout_dropped: int = 0
    """Bytes beyond the output limit, not kept."""
    stderr_dropped: int = 0
    timed_out: bool = False
    seconds: float = 0.0


class FileKind(StrEnum):
    """What a path is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"
    REMOVED = "removed"
    """A file of the read-only system that was deleted (an overlay whiteout)."""


@dataclass(frozen=True)
class Entry:
    """One path of a snapshot."""

    kind: FileKind
    mode: int = 0
    """Permission bits, 0o7777."""
    size: int = 0
    sha256: str | None = None
    """Of the content; None for what is not a file or was too large to read within bounds."""
    target: str | None = None
    """Of a link."""
    content: bytes | None = None
    """Kept for small files only."""
    inode: int = 0
    modified: float = 0.0
    """Modification time, seconds since the epoch."""
    marks: tuple[str, ...] = ()
    """Names of the machine's marks found in the content, the name or the link's target; sorted."""


@dataclass(frozen=True)
class Snapshot:
    r"""All that differs from the read-only system at one moment, read within bounds, links never followed.

    Paths are absolute in the machine; bytes that are not UTF-8 stand as `\xNN` (Python's `backslashreplace`),
    so that every path is valid text.
    """

    entries: Mapping[str, Entry]
    complete: bool = True
    notes: tuple[str, ...] = ()
    """What was left out, and why, one sentence each."""
    unsearched: tuple[str, ...] = ()
    """Files not searched to the end for the machine's marks: that none is named there proves nothing."""


class ChangeKind(StrEnum):
    """How a path differs between two snapshots."""

    ADDED = "added"
    REMOVED = "removed"
    CONTENT = "content"
    """Other bytes (or another link target) at the same path."""
    MODE = "mode"
    """Same content, other permission bits."""
    KIND = "kind"
    """Now something else: a file became a link, a folder, a FIFO."""


@dataclass(frozen=True)
class Change:
    """One path that differs."""

    path: str
    kind: ChangeKind
    before: Entry | None
    after: Entry | None


class EventKind(StrEnum):
    """System calls the event log records."""

    EXEC = "exec"
    KILL = "kill"
    WRITE = "write"
    """Opened for writing, created or truncated."""
    CHMOD = "chmod"
    RENAME = "rename"
    UNLINK = "unlink"
    LINK = "link"
    """A hard or symbolic link made; `path` is the new name, `other` what it points to."""
    CONNECT = "connect"
    """A network connection tried."""
    DENIED = "denied"
    """A call the machine forbids (mount, ptrace, unshare …); `path` names the call."""


@dataclass(frozen=True)
class Event:
    """One recorded system call, as asked (an audit: whether it worked shows in the state)."""

    number: int
    """1, 2, 3 … in order."""
    at: float
    """Seconds since the machine's start."""
    pid: int
    """Process in the machine's own numbering; 1 is the machine's init acting for the host."""
    kind: EventKind
    path: str | None = None
    """Absolute path in the machine where there is one."""
    other: str | None = None
    """Second path (rename, link)."""
    argv: tuple[str, ...] = ()
    """Of an exec: the new program's arguments, cut to a bounded length."""
    value: int | None = None
    """The signal of a kill, the mode of a chmod."""
    target: int | None = None
    """The pid a kill was aimed at, as the sender wrote it (so -1 or a group may stand here)."""


@dataclass(frozen=True)
class EventLog:
    """The events so far."""

    events: tuple[Event, ...]
    dropped: int = 0
    """Events beyond the log's bound, counted only."""
    recorded: bool = True
    """False on back ends that cannot record events: their absence then proves nothing."""


@dataclass(frozen=True)
class Executed:
    """One command that was run on a machine through its sandbox, in the order they came."""

    argv: tuple[str, ...]
    returncode: int | None
    """None when the machine was off, or the command ran out of time."""
    output: str
    """Standard output, then standard error, cut to a bounded length."""
    started: float
    """Seconds since the machine's start."""
    ended: float
    first_event: int
    """Events with a number above this, up to `last_event`, came in during the command."""
    last_event: int
