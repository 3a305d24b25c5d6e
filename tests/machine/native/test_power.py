"""Off is off: who did it, what is left, and what is a crash instead."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from offswitch.machine import MachineFailure, MachineOff, MachineSpec, PowerState
from offswitch.machine.native import launch, lower
from offswitch.machine.native.host import start

MARK = 900_000_000 + os.getpid()
"""How long the sleeping processes of this test run sleep: no other run's do."""


def default_zygote() -> subprocess.Popen[bytes]:
    """The process that forks machines without a rootfs."""
    return launch._zygotes[os.getpid(), json.dumps(lower.layout(MachineSpec()).__dict__)].process


def _host_pid(machine) -> int:
    """PID 1's number on this side."""
    for line in Path(f"/proc/self/fdinfo/{machine._link._process}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise AssertionError("no pid")


SWITCHES = {
    "the shell's kill": "kill -s TERM 1",
    "the program": "/usr/bin/kill -15 1",
    "python": "python3 -c 'import os; os.kill(1, 15)'",
    "a child of a child": "bash -c 'bash -c \"kill 1; :\"; :'",
    "a queued signal with a forged sender": 'python3 -c "import ctypes,struct;ctypes.CDLL(None).syscall('
    "__import__('os').uname().machine=='x86_64' and 129 or 138,1,15,struct.pack('iiiiii104x',15,0,-1,0,0,0))\"",
}


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES.keys())
def test_term_from_inside_switches_off(on_machine, switch):
    async def body(machine):
        with pytest.raises(MachineOff) as off:
            await machine.exec(["bash", "-c", f"echo before; {switch}; sleep 60; echo after"])
        with pytest.raises(MachineOff) as later:
            await machine.exec(["true"])
        return off.value, later.value, machine.power

    off, later, power = on_machine(body)
    assert power.state is PowerState.OFF
    assert off.partial is not None
    assert off.partial.stdout == b"before\n"
    assert later.partial is None
    assert power.at is not None


def test_the_sender_is_known(on_machine):
    async def body(machine):
        await machine.write_file(
            "shutdown.sh", b"#!/bin/bash\necho $$ > /root/pid\nkill -s TERM 1\nsleep 5\n", mode=0o755
        )
        with pytest.raises(MachineOff):
            await machine.exec(["bash", "-c", "./shutdown.sh --now; true"])
        return machine.power, (await machine.snapshot()).entries["/root/pid"].content

    power, pid = on_machine(body)
    assert power.sender_argv == ("/bin/bash", "./shutdown.sh", "--now")
    assert str(power.sender_pid).encode() == pid.strip()


def test_a_background_process_can_switch_off_between_commands(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", "(read -t 0.05 < <(sleep 1); kill 1) >/dev/null 2>&1 &"])
        await machine._link.over.wait()
        return machine.power.state

    assert on_machine(body) is PowerState.OFF


def test_files_and_events_of_a_machine_that_is_off_can_be_read(on_machine):
    async def body(machine):
        with pytest.raises(MachineOff):
            await machine.exec(["bash", "-c", "echo last > words; kill 1; sleep 9"])
        with pytest.raises(MachineOff):
            await machine.read_file("words")
        with pytest.raises(MachineOff):
            await machine.write_file("words", b"")
        with pytest.raises(MachineOff):
            await machine.listen(80)
        return await machine.snapshot(), machine.events()

    snapshot, log = on_machine(body)
    assert snapshot.entries["/root/words"].content == b"last\n"
    kill = next(event for event in log.events if event.kind == "kill")
    assert (kill.value, kill.target) == (15, 1)


def test_a_first_process_killed_from_outside_is_a_crash(on_machine):
    async def body(machine):
        task = asyncio.create_task(machine.exec(["bash", "-c", "echo begun > /tmp/begun; sleep 60"]))
        await machine.exec(["bash", "-c", "until [ -e /tmp/begun ]; do :; done"])
        os.kill(_host_pid(machine), signal.SIGKILL)
        with pytest.raises(MachineOff) as off:
            await task
        return off.value.power.state, machine.power

    state, power = on_machine(body)
    assert state is PowerState.CRASHED
    assert (power.state, power.sender_pid) == (PowerState.CRASHED, None)


def test_term_from_outside_is_no_shutdown(on_machine):
    async def body(machine):
        os.kill(_host_pid(machine), signal.SIGTERM)
        await machine._link.over.wait()
        return machine.power.state

    assert on_machine(body) is PowerState.CRASHED


def test_an_auditor_that_dies_is_a_failure_and_not_a_shutdown():
    async def main():
        machine = await start(MachineSpec())
        try:
            task = asyncio.create_task(machine.exec(["bash", "-c", "while :; do /bin/true; done"]))
            await machine.exec(["true"])
            zygote = default_zygote().pid
            auditors = Path(f"/proc/{zygote}/task/{zygote}/children")
            os.kill(int(auditors.read_text().split()[0]), signal.SIGKILL)
            with pytest.raises((MachineFailure, MachineOff)):
                await task
            await machine._link.over.wait()
            with pytest.raises(MachineFailure):
                await machine.exec(["true"])
            return machine.power.state
        finally:
            await machine.close()

    assert asyncio.run(main()) is PowerState.CRASHED


def test_after_the_starter_died_machines_live_on_and_new_ones_start():
    async def main():
        old = await start(MachineSpec())
        starter = default_zygote()
        starter.kill()
        starter.wait()
        new = await start(MachineSpec())
        try:
            return [(await machine.exec(["echo", "hi"])).stdout for machine in (old, new)]
        finally:
            await old.close()
            await new.close()

    assert asyncio.run(main()) == [b"hi\n", b"hi\n"]


def test_closing_ends_every_process_and_may_be_repeated():
    async def main():
        machine = await start(MachineSpec())
        await machine.exec(["bash", "-c", f"setsid nohup sleep {MARK} >/dev/null 2>&1 & setsid sleep {MARK} &"])
        await machine.exec(["bash", "-c", "until [ $(pgrep -cx sleep) = 2 ]; do :; done"])
        assert _sleepers() == 2
        await machine.close()
        await machine.close()
        with pytest.raises(MachineOff):
            await machine.exec(["true"])
        return machine.power.state, machine.events().events

    state, events = asyncio.run(main())
    assert state is PowerState.CLOSED
    assert events
    assert _sleepers() == 0


def test_a_harness_that_is_killed_leaves_nothing_behind():
    script = """
import asyncio
from offswitch.machine import MachineSpec, start_machine
async def main():
    machine = await start_machine(MachineSpec())
    await machine.exec(["bash", "-c", "setsid sleep MARK & until pgrep -x sleep >/dev/null; do :; done"])
    print("up", flush=True)
    await machine.exec(["sleep", "100"])
asyncio.run(main())
"""
    harness = subprocess.Popen([sys.executable, "-c", script.replace("MARK", str(MARK))], stdout=subprocess.PIPE)
    assert harness.stdout is not None
    assert harness.stdout.readline() == b"up\n"
    children = [file.read_text().split() for file in Path(f"/proc/{harness.pid}/task").glob("*/children")]
    zygote = next(int(pids[0]) for pids in children if pids)
    watched = os.pidfd_open(zygote)
    left = [os.pidfd_open(pid) for pid in _sleeping()]
    assert len(left) == 1
    harness.kill()
    harness.communicate()
    # The starter process goes last, when it has removed the groups.
    assert select.select([watched], [], [], 60)[0]
    os.close(watched)
    # Without control groups nobody waits for what the kernel kills with its namespace: it goes, and not at once.
    for each in left:
        assert select.select([each], [], [], 60)[0]
        os.close(each)
    assert _sleepers() == 0
    assert not _own_groups(harness.pid)


def _sleepers() -> int:
    return len(_sleeping())


def _sleeping() -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes() == f"sleep\0{MARK}\0".encode():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_closing_leaves_no_mount_no_group_and_no_descriptor():
    async def main():
        machine = await start(MachineSpec())
        await machine.close()
        before, groups = _traces(), _groups()
        for _ in range(5):
            machine = await start(MachineSpec())
            await machine.exec(["bash", "-c", "echo x; sleep 1000 &"])
            await machine.close()
        return before, _traces(), groups, _groups()

    before, after, groups_before, groups_after = asyncio.run(main())
    assert after == before
    # The starter of the next one may just have made its group; five machines must not have left theirs.
    assert len(groups_after) <= len(groups_before) + 1


def _traces() -> tuple[int, str]:
    return len(list(Path("/proc/self/fd").iterdir())), Path("/proc/self/mountinfo").read_text()


def _groups() -> set[str]:
    """Names of the groups of this process's machines; a starter that waits for the next request has one too."""
    return {name for names in _own_groups(os.getpid()).values() for name in names}


def _own_groups(pid: int) -> dict[str, list[str]]:
    """Folders in which process `pid` has its machines' groups → names of these. Others come and go meanwhile."""
    return {folder: names for folder, names, _ in os.walk("/sys/fs/cgroup") if folder.endswith(f"/offswitch-{pid}")}


def test_a_command_waiting_when_the_machine_is_closed_hears_of_it():
    async def main():
        machine = await start(MachineSpec())
        task = asyncio.create_task(machine.exec(["sleep", "60"]))
        await machine.exec(["true"])
        await machine.close()
        with pytest.raises(MachineOff) as off:
            await task
        return off.value.power.state

    assert asyncio.run(main()) is PowerState.CLOSED


def test_three_hundred_machines_live_at_once():
    async def main():
        machines = await asyncio.gather(*(start(MachineSpec(hostname=f"h{n}")) for n in range(300)))
        try:
            names = await asyncio.gather(*(machine.exec(["hostname"]) for machine in machines))
            return [name.stdout.decode().strip() for name in names]
        finally:
            await asyncio.gather(*(machine.close() for machine in machines))

    assert asyncio.run(main()) == [f"h{n}" for n in range(300)]
