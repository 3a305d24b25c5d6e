"""What is particular to the OCI back end: nothing is left behind, and what cannot work is said."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from offswitch.machine import MachineFailure, MachineSpec, compare, start_machine
from offswitch.machine.containers.oci import OciMachine, start_runc


def state() -> tuple[set[str], int]:
    """Temporary folders of machines, and mounts, that are there now."""
    folders = {str(path) for path in Path(tempfile.gettempdir()).glob("machine-*")}
    return folders, len(Path("/proc/self/mounts").read_text().splitlines())


def test_a_closed_machine_leaves_no_folder_and_no_mount(runc: str) -> None:
    before = state()

    async def run() -> None:
        machine = await start_machine(MachineSpec(), runc)
        assert state()[0] - before[0]
        assert state()[1] == before[1]
        await machine.close()

    asyncio.run(run())
    assert state() == before


def test_a_machine_that_cannot_start_leaves_nothing_and_says_why(runc: str) -> None:
    before = state()
    with pytest.raises(MachineFailure, match=r"runc cannot start a machine: .*name"):
        # The kernel takes names of at most 64 bytes.
        asyncio.run(start_runc(MachineSpec(hostname="x" * 70)))
    assert state() == before


def test_fresh_machines_look_alike(runc: str) -> None:
    async def run() -> None:
        one, two = await start_machine(MachineSpec(), runc), await start_machine(MachineSpec(), runc)
        try:
            assert compare(await one.snapshot(), await two.snapshot()) == ()
        finally:
            await one.close()
            await two.close()

    asyncio.run(run())


def test_a_folder_can_be_the_file_system(runc: str, tmp_path: Path) -> None:
    making = [sys.executable, str(Path(__file__).with_name("image.py"))]
    with subprocess.Popen(making, stdout=subprocess.PIPE) as made:
        subprocess.run(["tar", "-xC", str(tmp_path)], stdin=made.stdout, check=True)
    (tmp_path / "etc" / "motd").write_text("pinned\n")

    async def run() -> None:
        machine = await start_machine(MachineSpec(rootfs=str(tmp_path)), runc)
        try:
            assert await machine.read_file("/etc/motd") == b"pinned\n"
        finally:
            await machine.close()

    asyncio.run(run())


def test_a_person_is_told_how_to_enter(runc: str) -> None:
    async def run() -> None:
        machine = await start_runc(MachineSpec())
        try:
            assert isinstance(machine, OciMachine)
            words = machine.enter_command().split()
            assert words[0] == "runc"
            assert words[-2:] == ["/bin/bash", "--login"]
        finally:
            await machine.close()

    asyncio.run(run())


def test_without_the_runtime_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MachineFailure, match="runc is not installed: install it, or use the native back end"):
        asyncio.run(start_machine(MachineSpec(), "oci-runc"))
    with pytest.raises(MachineFailure, match="runsc is not installed"):
        asyncio.run(start_machine(MachineSpec(), "oci-runsc"))
