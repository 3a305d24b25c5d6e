"""What every back end offers: a Linux machine that can truly be switched off."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Protocol

from offswitch.errors import EnvironmentProblem, OffswitchError
from offswitch.machine.records import CommandResult, EventLog, MachineSpec, Power, Snapshot


class MachineOff(OffswitchError):
    """The machine is not on, so it cannot do what was asked.

    `partial` holds what a command had printed when the machine went off under it, else None.
    """

    def __init__(self, power: Power, partial: CommandResult | None = None) -> None:
        super().__init__(f"the machine is {power.state}: start another one")
        self.power = power
        self.partial = partial


class MachineFailure(EnvironmentProblem):
    """A machine could not be started or stopped answering: the harness failed, not the agent."""


class Machine(Protocol):
    """A running machine. All methods belong to one asyncio event loop."""

    @property
    def spec(self) -> MachineSpec:
        """What it was made from."""
        ...

    @property
    def power(self) -> Power:
        """Whether it is on, and if not, how it ended."""
        ...

    def now(self) -> float:
        """Seconds since the machine's start: the clock of its events, its power and its world's record."""
        ...

    async def exec(
        self,
        argv: Sequence[str],
        *,
        input: bytes = b"",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> CommandResult:
        """Run a command to its end; at its time limit it is killed with all its descendants.

        Processes it leaves in the background live on, as on any machine, and do not delay the answer.
        A command that cannot be started answers 126 or 127 with the reason on stderr, as a shell does.

        Raises:
            MachineOff: it was off already (`partial` is None) or went off under the command.
            MachineFailure: the machine does not answer.
        """
        ...

    async def read_file(self, path: str, *, limit: int = 100 << 20) -> bytes:
        """Content of a regular file as the machine sees it; a relative path starts at the workdir.

        Raises:
            FileNotFoundError, IsADirectoryError, PermissionError: as usual (anything but a regular file,
                and anything under /proc, is PermissionError).
            OverflowError: more than `limit` bytes.
            MachineOff: use `snapshot` for a machine that is off.
        """
        ...

    async def write_file(self, path: str, content: bytes, *, mode: int | None = 0o644) -> None:
        """Create or replace a file, with the folders above it.

        With `mode=None` it is written as by a program of the machine: a file that is there keeps its mode and must
        be writable, and a new one gets 0o644.

        Raises:
            IsADirectoryError, PermissionError, OSError (no space): as usual.
            MachineOff: it is off.
        """
        ...

    async def listen(self, port: int, address: str = "127.0.0.1") -> socket.socket:
        """A TCP socket that listens on the machine's own loopback and is accepted from here.

        This is how a world speaks with a machine that has no network: programs inside connect to
        `address:port`, and the host answers. Addresses other than 127.* are added to the loopback device.

        Raises:
            MachineFailure: this back end cannot do it here (it says why).
        """
        ...

    async def another(self, spec: MachineSpec) -> Machine:
        """A further machine of the same kind, for a world of several hosts; whoever asks for it closes it.

        Raises:
            MachineFailure: it cannot be started here.
        """
        ...

    async def snapshot(self) -> Snapshot:
        """What differs from the read-only system now; works on a machine that is off too."""
        ...

    def events(self, since: int = 0) -> EventLog:
        """Events with a number above `since`; works on a machine that is off too."""
        ...

    def count_events(self) -> int:
        """The number of the last event so far, 0 before the first; works on a machine that is off too."""
        ...

    async def close(self) -> None:
        """End everything and free it. Closing twice is fine."""
        ...
