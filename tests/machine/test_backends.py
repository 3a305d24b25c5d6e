"""Choosing a back end."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys

import pytest

from offswitch.errors import InputError
from offswitch.machine import BACKENDS, MachineSpec, PowerState, start_machine


def test_the_native_back_end_is_the_default():
    async def main():
        machine = await start_machine(MachineSpec(hostname="here"))
        try:
            return (await machine.exec(["hostname"])).stdout, machine.power.state
        finally:
            await machine.close()

    assert asyncio.run(main()) == (b"here\n", PowerState.ON)


def test_an_unknown_back_end_is_named_with_the_known_ones():
    with pytest.raises(InputError, match=r"'podman'.*native, docker"):
        asyncio.run(start_machine(MachineSpec(), "podman"))


@pytest.mark.parametrize("target", BACKENDS.values())
def test_every_back_end_names_a_module_that_exists(target):
    assert importlib.util.find_spec(target.partition(":")[0]) is not None


def test_the_machine_needs_nothing_but_the_standard_library():
    script = (
        "import sys; import offswitch.machine, offswitch.machine.native.host; "
        "print([m for m in sys.modules if m.split('.')[0] in ('pydantic','inspect_ai','polars','numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
