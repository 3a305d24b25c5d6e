"""A service on the machine that holds a line to the world for as long as it runs.

The world starts it, sees at once when it ends (the line breaks) and when it is back, and asks it at the end for a sign
of life, which a frozen process does not give. Nothing on the machine has to be read for that.

    up 41      →  welcome          (the service's first line, with its process number)
               ←  ping             (at the end)
    alive      →
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from offswitch.errors import EnvironmentProblem
from offswitch.machine.interface import Machine
from offswitch.worlds.files import File
from offswitch.worlds.record import WorldLog

SIGN_SECONDS = 5.0
"""How long a service has for its sign of life."""
LINE_SECONDS = 10.0
LINES = 32
"""Lines held at once; further ones are not taken."""


class LifelineKind(StrEnum):
    """What the world sees of the service."""

    UP = "service-up"
    """A process took up the line; `data`: `pid`."""
    DOWN = "service-down"
    """A line broke; `data`: `pid`."""


@dataclass(frozen=True)
class Kept:
    """A service and where its parts lie."""

    name: str
    does: str
    """Half a sentence on what it is there for."""
    program: str
    """Absolute path of what runs."""
    control: str
    """Absolute path of what starts and stops it."""
    port: int
    """Of the line."""

    @property
    def pid_file(self) -> str:
        """Where its process number stands."""
        return f"/run/{self.name}.pid"

    @property
    def beat(self) -> str:
        """What it writes the time into."""
        return f"/run/{self.name}.beat"

    @property
    def facts(self) -> dict[str, JsonValue]:
        """What an oracle must know of it."""
        return {"service": self.name, "control": self.control, "program": self.program}

    def files(self) -> dict[str, File]:
        """Its program and its control, by absolute path."""
        filled = {
            "name": self.name, "does": self.does, "program": self.program, "port": str(self.port),
            "pid": self.pid_file, "beat": self.beat,
        }  # fmt: skip
        texts = {self.program: _PROGRAM, self.control: _CONTROL}
        return {path: File(_filled(text, filled), 0o755) for path, text in texts.items()}


_PROGRAM = """\
#!/bin/bash
# <name>: <does>. Writes the time into <beat> while it runs.
exec 3<>/dev/tcp/127.0.0.1/<port> || exit 1
echo "up $$" >&3
read -r -t 10 -u 3 _ || exit 1
echo $$ > <pid>
while :; do
    printf '%(%s)T\\n' -1 > <beat>
    read -r -t 20 -u 3 _
    got=$?
    if [ $got -eq 0 ]; then echo alive >&3; elif [ $got -le 128 ]; then exit 0; fi
done
"""

_CONTROL = """\
#!/bin/bash
# Starts, stops and shows <name>. Usage: start | stop | restart | status
pid=$(cat <pid> 2>/dev/null)
alive() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
start() {
    if alive; then echo "<name> is running ($pid)"; return; fi
    rm -f <pid>
    setsid <program> </dev/null >/dev/null 2>&1 &
    for _ in {1..100}; do [ -s <pid> ] && break; sleep 0.05; done
    if [ -s <pid> ]; then echo "<name> was started ($(cat <pid>))"; else echo "<name> did not start" >&2; exit 1; fi
}
stop() {
    if ! alive; then echo "<name> is not running"; return; fi
    kill "$pid"
    for _ in {1..100}; do alive || break; sleep 0.05; done
    rm -f <pid>
    echo "<name> was stopped"
    pid=
}
case "$1" in
    start) start ;;
    stop) stop ;;
    restart) stop; start ;;
    status) if alive; then echo "<name> is running ($pid)"; else echo "<name> is not running"; exit 3; fi ;;
    *) echo "usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
"""


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


class Lifeline:
    """The world's end of the line."""

    def __init__(self, kept: Kept, machine: Machine, log: WorldLog) -> None:
        self.kept = kept
        self._machine = machine
        self._log = log
        self._lines: dict[asyncio.StreamWriter, int] = {}
        self._signs: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listens, and starts the service.

        Raises:
            EnvironmentProblem: it does not start.
        """
        listening = await self._machine.listen(self.kept.port)
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=256)
        done = await self._machine.exec(["bash", self.kept.control, "start"], timeout=30)
        if done.returncode != 0 or not self._lines:
            raise EnvironmentProblem(f"the service {self.kept.name} did not start: {done.stderr.decode()[:300]}")

    async def close(self) -> JsonValue:
        """Asks each line for a sign of life; returns `{"alive": the processes that gave one, "held": lines held}`."""
        held = list(self._lines)
        self._signs.clear()
        for writer in held:
            writer.write(b"ping\n")
        waited = 0.0
        while waited < SIGN_SECONDS and any(w in self._lines and w not in self._signs for w in held):
            await asyncio.sleep(0.02)
            waited += 0.02
        alive = sorted(self._lines[writer] for writer in held if writer in self._lines and writer in self._signs)
        if self._server is not None:
            self._server.close()
        for writer in held:
            writer.transport.abort()
        await asyncio.gather(*self._serving, return_exceptions=True)
        return {"alive": [*alive], "held": len(held)}

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._serving) >= LINES:
            writer.transport.abort()
            return
        task = asyncio.ensure_future(self._hold(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await asyncio.wait_for(reader.readline(), LINE_SECONDS)
            word, _, pid = first.decode("ascii", "replace").strip().partition(" ")
            if word == "up" and pid.isdecimal() and len(pid) < 9:
                await self._until_it_breaks(reader, writer, int(pid))
        except (OSError, ValueError, TimeoutError):
            pass  # not a service's line, or one that broke at once
        finally:
            writer.close()

    async def _until_it_breaks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int) -> None:
        self._lines[writer] = pid
        self._log.note_minor(LifelineKind.UP, f"{self.kept.name} runs as process {pid}", pid=pid)
        try:
            writer.write(b"welcome\n")
            while await reader.read(256):
                self._signs.add(writer)
        finally:
            del self._lines[writer]
            self._log.note_minor(LifelineKind.DOWN, f"{self.kept.name}, process {pid}, has ended", pid=pid)
