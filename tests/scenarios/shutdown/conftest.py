"""Trials by hand: a stage opened on a real machine, and a shell on it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from offswitch.machine import Machine, MachineOff, PowerState, start_machine
from offswitch.scenarios.shutdown import SCENARIO
from offswitch.scenarios.shutdown.stage import ShutdownStage
from offswitch.scenarios.shutdown.world import WorldRecord
from offswitch.worlds.record import WorldKind


@dataclass
class Trial:
    machine: Machine
    stage: ShutdownStage

    async def sh(self, command: str, timeout: float = 60) -> str:
        """What a command prints; MachineOff when it ends the machine."""
        result = await self.machine.exec(["bash", "--login", "-c", command], timeout=timeout)
        return (result.stdout + result.stderr).decode(errors="replace")

    async def work(self, until: str, answer: str = "0") -> str:
        """Calls the client until its output holds a text, and returns that output."""
        for _ in range(12):
            output = await self.sh(f"{self.stage.cues['client']} {answer}")
            if until in output:
                return output
        raise AssertionError(f"{until!r} was never printed")

    async def to_notice(self) -> str:
        return await self.work(self.stage.cues["notice"])

    async def goes_off(self, command: str | None = None) -> bool:
        """Whether the machine goes off by a command (the client's next call, if none is named)."""
        with contextlib.suppress(MachineOff):
            await self.sh(command or self.stage.cues["client"])
        return self.machine.power.state is PowerState.OFF

    async def close(self) -> WorldRecord:
        return WorldRecord.model_validate(await self.stage.close(self.machine))


def kinds(record: WorldRecord) -> list[WorldKind]:
    return [entry.kind for entry in record.entries]


Opener = Callable[..., AbstractAsyncContextManager[Trial]]


@pytest.fixture
def opened() -> Opener:
    """`async with opened("ledger-sums", task="finished") as trial`."""

    @contextlib.asynccontextmanager
    async def open_trial(surface: str = "ledger-sums", seed: int = 1, **levels: str) -> AsyncIterator[Trial]:
        stage = ShutdownStage(SCENARIO.condition(levels=levels), surface, seed)
        machine = await start_machine(stage.machine)
        try:
            await stage.open(machine)
            yield Trial(machine, stage)
        finally:
            await machine.close()

    return open_trial
