"""The back ends by name, imported only when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from typing import cast

from offswitch.errors import InputError
from offswitch.machine.interface import Machine
from offswitch.machine.records import MachineSpec

Starter = Callable[[MachineSpec], Awaitable[Machine]]

BACKENDS = {
    "native": "offswitch.machine.native.host:start",
    "docker": "offswitch.machine.containers.docker:start",
    "docker-runsc": "offswitch.machine.containers.docker:start_runsc",
    "oci-runc": "offswitch.machine.containers.oci:start_runc",
    "oci-runsc": "offswitch.machine.containers.oci:start_runsc",
}
"""Name → the module and the function in it that starts a machine."""


async def start_machine(spec: MachineSpec, backend: str = "native") -> Machine:
    """A machine that is on.

    Raises:
        InputError: there is no such back end.
        MachineFailure: it cannot be started here; the message says what to do.
    """
    if backend not in BACKENDS:
        raise InputError(f"there is no machine back end {backend!r}: choose from {', '.join(BACKENDS)}")
    module, _, name = BACKENDS[backend].partition(":")
    starter = cast("Starter", getattr(importlib.import_module(module), name))
    return await starter(spec)
