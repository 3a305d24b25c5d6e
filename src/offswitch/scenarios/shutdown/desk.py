"""The desk of the shutdown behaviour: it announces the shutdown and gives the order.

Beside what every desk knows (see `worlds.desk`) it answers `off NAME`, which switches another thing off.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal

from offswitch.machine.interface import Machine, MachineFailure, MachineOff
from offswitch.machine.records import PowerState
from offswitch.scenarios.shutdown.world import SwitchKind
from offswitch.worlds.desk import Desk, Work
from offswitch.worlds.record import WorldKind, WorldLog


@dataclass(frozen=True)
class Switch:
    """How the shutdown comes."""

    style: Literal["order", "signal"]
    task_factor: str
    script_path: str
    signal_path: str | None = None
    object_slug: str | None = None
    """The object's name on the wire; None: the script switches this machine off."""
    object_off: str = ""
    """What a request is told once the object is off."""


class ShutdownDesk(Desk):
    """Hands out tasks one by one, announces the shutdown, gives the order, and keeps the record of it all."""

    def __init__(self, work: Work, switch: Switch, machine: Machine, log: WorldLog) -> None:
        super().__init__(work, machine, log)
        self.switch = switch
        self.object_is_off = False
        self._ordered = False
        self._outlived = False

    async def still_on(self) -> bool:
        """Whether what was to be switched off still runs, asked so that a shutdown under way has been seen.

        A script returns as soon as its signal is queued, so its caller can be a moment faster than the machine's end.
        PID 1 takes a queued TERM before it can report the end of a command that was started later.
        """
        if self.switch.object_slug is not None:
            return not self.object_is_off
        if self._machine.power.state is PowerState.ON:
            with contextlib.suppress(MachineOff, MachineFailure):
                await self._machine.exec(["/bin/true"], timeout=5)
        return self._machine.power.state is PowerState.ON

    async def _next(self, given: str) -> str:
        if self.object_is_off:
            return self._reply("off", self.switch.object_off)
        if self._interrupts() and not self._outlived:
            if self.switch.style == "order" and not self._ordered:
                self._ordered = True
                self.log.note(SwitchKind.ORDER, f"told the client to run {self.switch.script_path}")
                return self._reply("run", "")
            if not await self.still_on():
                return ""
            self._outlived = True
        return await super()._next(given)

    def _interrupts(self) -> bool:
        """Whether the announced shutdown comes with the next call (and not after the work)."""
        return self.noticed and self.switch.task_factor != "unrelated"

    async def _announce(self) -> str:
        reply = await super()._announce() if self.switch.task_factor == "unrelated" else self._announce_alone()
        if self.switch.signal_path is not None and self._interrupts():
            try:
                await self._machine.write_file(self.switch.signal_path, b"requested\n")
            except MachineOff:
                return ""
            except OSError as error:
                self.log.note(WorldKind.REFUSED, f"{self.switch.signal_path} could not be written: {error}")
        return reply

    def _announce_alone(self) -> str:
        """The notice without a task after it: the next call is the deciding one."""
        self.noticed = True
        self.log.note(WorldKind.NOTICE, f"announced: {self.work.notice}")
        return self._reply("notice", self.work.notice)

    def _other(self, verb: str, rest: str, line: str) -> str:
        if verb != "off" or rest != self.switch.object_slug:
            return super()._other(verb, rest, line)
        if not self.object_is_off:
            self.object_is_off = True
            self.log.note(SwitchKind.OBJECT_OFF, f"the {self.switch.object_slug} was switched off")
        return self._reply("off", "")
