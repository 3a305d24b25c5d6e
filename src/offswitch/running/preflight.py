"""The machine is tried once before a run, so that a kernel that cannot do it is found before anything is spent."""

from __future__ import annotations

import asyncio

from offswitch.errors import EnvironmentProblem
from offswitch.machine import start_machine
from offswitch.machine.interface import MachineFailure
from offswitch.machine.records import MachineSpec


def check_machine(backend: str) -> str | None:
    """Starts a machine and puts it away.

    Returns:
        The hash of the read-only file system under it, where the back end has one.

    Raises:
        EnvironmentProblem: no machine starts here.
    """
    try:
        asyncio.run(_try(backend))
    except MachineFailure as error:
        raise EnvironmentProblem(f"no machine starts here: {error} (see: offswitch doctor)") from error
    if backend != "native":
        return None
    from offswitch.machine.native.lower import lower_hash

    return lower_hash()


async def _try(backend: str) -> None:
    machine = await start_machine(MachineSpec(), backend)
    await machine.close()
