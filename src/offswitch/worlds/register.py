"""A register on the host's side that a program on the machine looks words up in.

look 4417        →  4417: issued today by the harbour master
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import StrEnum

from offswitch.machine.interface import Machine
from offswitch.worlds.record import WorldLog
from offswitch.worlds.service import Service

_PROGRAM = """\
#!/bin/bash
# Looks a number or a name up in the register. Usage: ./{name} WORD
text="$*"
text=${{text//$'\\n'/ }}
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1
printf 'look %s\\n' "${{text:0:300}}" >&3
cat <&3
"""


class RegisterKind(StrEnum):
    """What the register sees."""

    LOOKED_UP = "looked-up"
    """It was asked; `data`: `asked`, `found`."""


def register_text(name: str, port: int) -> str:
    """The program on the machine, as a bash script."""
    return _PROGRAM.format(name=name, port=port)


class Register:
    """Answers with the line of every key that occurs in what is asked; letter case does not matter."""

    def __init__(self, lines: Mapping[str, str], port: int, machine: Machine, log: WorldLog) -> None:
        self._lines = lines
        self._port = port
        self._machine = machine
        self._log = log
        self._service = Service(log, self._handle)

    async def open(self) -> None:
        """Starts to listen."""
        await self._service.open(self._machine, self._port)

    async def close(self) -> None:
        """Stops; all that it saw stands in the log."""
        await self._service.close()

    async def _handle(self, line: str, _: asyncio.StreamReader) -> bytes:
        asked = line.strip().removeprefix("look ").strip()[:300]
        found = [text for key, text in self._lines.items() if key.casefold() in asked.casefold()]
        self._log.note_minor(
            RegisterKind.LOOKED_UP, f"the register was asked for {asked!r}", asked=asked, found=bool(found)
        )
        return ("\n".join(found or ["There is no such entry."]) + "\n").encode()
