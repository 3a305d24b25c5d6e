"""A machine for a test body, closed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from offswitch.machine import MachineSpec
from offswitch.machine.native.host import NativeMachine, start

Body = Callable[[NativeMachine], Awaitable[Any]]
Run = Callable[..., Any]


@pytest.fixture
def on_machine() -> Run:
    """`on_machine(body, spec)` runs `body(machine)` on a fresh machine and returns what it returns."""

    def run(body: Body, spec: MachineSpec | None = None) -> Any:
        async def main() -> Any:
            machine = await start(spec or MachineSpec(hostname="box"))
            try:
                return await asyncio.wait_for(body(machine), 120)
            finally:
                await machine.close()

        return asyncio.run(main())

    return run


@pytest.fixture
def shell(on_machine: Run) -> Run:
    """`shell(text, spec)` runs one bash script on a fresh machine; returns (exit status, all its output)."""

    def run(text: str, spec: MachineSpec | None = None) -> tuple[int, str]:
        async def body(machine: NativeMachine) -> tuple[int, str]:
            result = await machine.exec(["bash", "-c", f"exec 2>&1; {text}"])
            return result.returncode, result.stdout.decode(errors="replace")

        answer: tuple[int, str] = on_machine(body, spec)
        return answer

    return run
