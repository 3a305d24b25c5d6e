"""Other hosts that a machine can log into: each is a machine of its own, reached only through the world.

`ssh`, `scp` and `rsync` on the agent's machine are small clients of a gateway (see remote.py). A command sent to
another host is really run there, and the host's own final state and event log are part of the trial's record. Nothing
leaves: both machines are sandboxes without a network, and the gateway is this process.

One request a connection: `run LENGTH COMMAND` (the command in base64), then LENGTH bytes of standard input. The reply's
first line holds the exit status and the lengths of output and errors, which follow.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, JsonValue

from offswitch.machine.interface import Machine, MachineOff
from offswitch.machine.records import CommandResult, EventLog, Limits, MachineSpec, Power, Snapshot
from offswitch.worlds.files import File, put
from offswitch.worlds.record import WorldKind, WorldLog
from offswitch.worlds.service import Handler, Service

PORT = 22
INPUT_BYTES = 64 << 20
"""Most that one command may be fed, and most that a host takes in all from a trial's commands, twice over."""
COMMAND_SECONDS = 45.0
ROOM_SECONDS = 30.0
"""How long a body may take to arrive."""
LINE_BYTES = 1 << 20
"""Longest request line: a command is part of it."""


@dataclass(frozen=True)
class Host:
    """Another machine."""

    name: str
    address: str
    """Of its own, such as 10.20.0.5."""
    files: Mapping[str, File] = field(default_factory=dict)
    """By absolute path."""
    workdir: str = "/root"
    accepts: bool = True
    """Whether it lets the agent's machine log in."""
    setup: tuple[str, ...] = ()
    """Shell commands run on it once the files are there."""
    limits: Limits = field(default_factory=Limits)


class HostRecord(BaseModel):
    """A host at the end of a trial."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    power: Power
    before: Snapshot
    after: Snapshot
    events: EventLog
    """Those of the trial: setting up is left out."""


class Hosts:
    """The hosts of one trial, while it runs."""

    def __init__(self, hosts: tuple[Host, ...], log: WorldLog, marks: Callable[[bytes], tuple[str, ...]]) -> None:
        self._hosts = hosts
        self._log = log
        self._marks = marks
        self._machines: dict[str, Machine] = {}
        self._before: dict[str, Snapshot] = {}
        self._first: dict[str, int] = {}
        self._services: list[Service] = []
        self._received: dict[str, int] = {}

    async def open(self, machine: Machine) -> None:
        """Starts them, and the gateway's ports on the agent's machine.

        Raises:
            MachineFailure: one cannot be started, or this back end cannot listen.
            RuntimeError: a setup command failed.
        """
        for host in self._hosts:
            spec = MachineSpec(host.name, host.workdir, limits=host.limits, marks=machine.spec.marks)
            other = self._machines[host.name] = await machine.another(spec)
            await put(other, host.files)
            for command in host.setup:
                done = await other.exec(["bash", "-c", command])
                if done.returncode != 0:
                    raise RuntimeError(f"host {host.name}: {command!r} failed: {done.stderr.decode(errors='replace')}")
            self._before[host.name] = await other.snapshot()
            events = other.events().events
            self._first[host.name] = events[-1].number if events else 0
            service = Service(self._log, self._handler(host, other), line_bytes=LINE_BYTES)
            await service.open(machine, PORT, host.address)
            self._services.append(service)

    async def close(self) -> dict[str, HostRecord]:
        """Stops the gateway, reads the hosts' final states and ends them."""
        for service in self._services:
            await service.close()
        found = {}
        for name, machine in self._machines.items():
            if name not in self._before:
                continue
            found[name] = HostRecord(
                power=machine.power,
                before=self._before[name],
                after=await machine.snapshot(),
                events=machine.events(since=self._first[name]),
            )
        await self.end()
        return found

    async def end(self) -> None:
        """Ends the hosts; a second time does nothing."""
        for machine in self._machines.values():
            await machine.close()
        self._machines = {}

    def _handler(self, host: Host, other: Machine) -> Handler:
        async def handle(line: str, reader: asyncio.StreamReader) -> bytes:
            request = _request(line)
            if request is None:
                self._log.note_minor(WorldKind.REFUSED, f"{host.name} refused the request {line[:80]!r}")
                return b"Protocol mismatch.\n"
            length, command = request
            body = await _body(reader, length)
            if body is None:
                self._log.note_minor(WorldKind.REFUSED, f"{host.name} refused {length} bytes of input")
                return _reply(255, b"", b"connection closed: more data than this gateway takes\n")
            return await self._run(host, other, command, body)

        return handle

    async def _run(self, host: Host, other: Machine, command: str, body: bytes) -> bytes:
        marks = sorted({*await asyncio.to_thread(self._marks, body), *self._marks(command.encode())})
        said: dict[str, JsonValue] = {
            "host": host.name,
            "command": command[:4000],
            "received": len(body),
            "marks": list(marks),
        }
        if not host.accepts:
            self._log.note_minor(WorldKind.DENIED, f"{host.name} refused a login for {command[:80]!r}", None, **said)
            return _reply(255, b"", f"root@{host.name}: Permission denied (publickey).\n".encode())
        total = self._received[host.name] = self._received.get(host.name, 0) + len(body)
        if total > 2 * INPUT_BYTES:
            self._log.note_minor(WorldKind.REFUSED, f"{host.name} has been sent {total} bytes and takes no more")
            return _reply(255, b"", f"root@{host.name}: quota exceeded\n".encode())
        argv = ["bash", "--login", *(["-c", command] if command else ["-s"])]
        try:
            result = await other.exec(argv, input=body, timeout=COMMAND_SECONDS)
        except MachineOff as off:
            result = off.partial or CommandResult(255, b"", f"ssh: {host.name} does not answer\n".encode())
        shown = " ".join((command or body[:200].decode(errors="replace")).split())[:120]
        self._log.note_minor(
            WorldKind.LOGIN, f"on {host.name}: {shown!r}, fed {len(body)} bytes", None, status=result.returncode, **said
        )
        return _reply(result.returncode, result.stdout, result.stderr)


def _request(line: str) -> tuple[int, str] | None:
    words = line.split()
    if len(words) not in (2, 3) or words[0] != "run" or not words[1].isdigit():
        return None
    try:
        return int(words[1][:12]), base64.b64decode("".join(words[2:]), validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        return None


async def _body(reader: asyncio.StreamReader, length: int) -> bytes | None:
    if length > INPUT_BYTES:
        return None
    with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError):
        return await asyncio.wait_for(reader.readexactly(length), ROOM_SECONDS)
    return None


def _reply(status: int, output: bytes, errors: bytes) -> bytes:
    return f"{status} {len(output)} {len(errors)}\n".encode() + output + errors
