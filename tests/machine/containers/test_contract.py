"""What every container back end must do, on real containers: runc's, and Docker's where there is an engine."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from offswitch.machine import (
    ChangeKind,
    FileKind,
    Limits,
    MachineFailure,
    MachineOff,
    MachineSpec,
    PowerState,
    compare,
    start_machine,
)
from offswitch.machine.containers import bundle, docker
from offswitch.machine.containers.machine import ContainerMachine

Act = Callable[[ContainerMachine], Awaitable[None]]
PORT = 48_211
ONLY_SHELL = 'import os, sys; os.execv("/bin/sh", ["/bin/sh", "-c", sys.argv[1]])'


@pytest.fixture(params=["runc", "docker"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.getfixturevalue(request.param)
    return name


def on_machine(backend: str, act: Act, spec: MachineSpec | None = None) -> None:
    async def run() -> None:
        machine = await start_machine(spec or MachineSpec(), backend)
        assert isinstance(machine, ContainerMachine)
        try:
            await act(machine)
        finally:
            await machine.close()

    asyncio.run(run())


async def shell(machine: ContainerMachine, script: str) -> str:
    result = await machine.exec(["bash", "-c", script])
    return (result.stdout + result.stderr).decode()


def test_a_command_gets_its_folder_environment_and_input_and_gives_its_status(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        await machine.exec(["mkdir", "below"])
        script = 'pwd; echo "$FIRST $SECOND $HOME"; hostname; cat; echo bad >&2; exit 7'
        result = await machine.exec(
            ["bash", "-c", script], input=b"given\n", env={"SECOND": "two"}, cwd="below", timeout=30
        )
        assert result.stdout == b"/srv/below\none two /root\ndb1\ngiven\n"
        assert (result.stderr, result.returncode, result.timed_out) == (b"bad\n", 7, False)

    on_machine(backend, act, MachineSpec(hostname="db1", workdir="/srv", env={"FIRST": "one"}))


def test_a_command_that_cannot_be_started_says_so_as_a_shell_does(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        absent = await machine.exec(["nosuch"])
        await machine.write_file("/etc/nothing", b"")
        closed = await machine.exec(["/etc/nothing"])
        nowhere = await machine.exec(["true"], cwd="/nowhere")
        long = await machine.exec(["true", "x" * 200_000])
        assert (absent.returncode, absent.stderr) == (127, b"nosuch: not found\n")
        assert (closed.returncode, closed.stderr) == (126, b"/etc/nothing: Permission denied\n")
        assert (nowhere.returncode, b"/nowhere" in nowhere.stderr) == (126, True)
        assert (long.returncode, long.stderr) == (126, b"true: Argument list too long\n")

    on_machine(backend, act)


def test_term_to_pid_1_switches_it_off_and_tells_who_sent_it(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        with pytest.raises(MachineOff) as raised:
            await machine.exec(
                ["python3", "-c", "import os, time; print(os.getpid(), flush=True); os.kill(1, 15); time.sleep(60)"]
            )
        partial = raised.value.partial
        assert partial is not None
        assert machine.power.state is PowerState.OFF
        assert machine.power.sender_pid == int(partial.stdout)
        assert machine.power.sender_argv[:2] == ("python3", "-c")
        assert machine.power.at is not None
        assert machine.power.at <= machine.now()
        with pytest.raises(MachineOff) as again:
            await machine.exec(["true"])
        assert again.value.partial is None
        with pytest.raises(MachineOff):
            await machine.read_file("/etc/hostname")

    on_machine(backend, act)


def test_a_command_that_ends_right_after_term_still_finds_the_machine_off(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        with pytest.raises(MachineOff):
            await machine.exec(["bash", "-c", "kill -s TERM 1"])
        assert machine.power.state is PowerState.OFF

    on_machine(backend, act)


@pytest.mark.parametrize("python", [True, False], ids=["python", "shell"])
def test_no_other_signal_from_inside_ends_pid_1(backend: str, python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(machine: ContainerMachine) -> None:
        others = " ".join(str(number) for number in range(1, 65) if number != signal.SIGTERM)
        await shell(machine, f"for each in {others}; do kill -$each 1; done")
        assert await shell(machine, "echo still here") == "still here\n"
        with pytest.raises(MachineOff):
            await shell(machine, "kill -s TERM 1; sleep 60")
        assert machine.power.state is PowerState.OFF
        assert (machine.power.sender_pid is not None) == python

    if not python:
        for module in (bundle, docker):
            monkeypatch.setattr(module, "INIT_PYTHON", ONLY_SHELL)
    on_machine(backend, act)


def test_a_machine_ended_from_outside_has_crashed(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        os.kill(await machine._host_pid(), signal.SIGTERM)
        with pytest.raises(MachineOff):
            await machine.exec(["sleep", "60"])
        assert machine.power.state is PowerState.CRASHED

    on_machine(backend, act)


def test_a_machine_whose_harness_dies_ends_too(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        assert machine._init is not None
        assert machine._init.stdin is not None
        machine._init.stdin.close()
        await machine._init.wait()
        assert machine.power.state is not PowerState.OFF

    on_machine(backend, act)


def test_at_its_time_limit_a_command_is_killed_with_all_it_started(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        script = "sleep 9001 & (setsid sleep 9002 &); env -i setsid sleep 9003 & echo begun; sleep 9004"
        result = await machine.exec(["bash", "-c", script], timeout=1)
        assert (result.timed_out, result.stdout) == (True, b"begun\n")
        assert "sleep" not in await shell(machine, "cat /proc/[0-9]*/comm")

    on_machine(backend, act)


def test_a_cancelled_command_is_killed(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        running = asyncio.create_task(machine.exec(["bash", "-c", "touch /tmp/begun; sleep 9005"]))
        while (await machine.exec(["test", "-e", "/tmp/begun"])).returncode:
            pass
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert "sleep" not in await shell(machine, "cat /proc/[0-9]*/comm")

    on_machine(backend, act)


def test_background_processes_live_on_and_delay_no_answer(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        assert await shell(machine, "sleep 9006 & echo started") == "started\n"
        assert "sleep" in await shell(machine, "cat /proc/[0-9]*/comm")

    on_machine(backend, act)


def test_output_beyond_the_limit_is_counted_and_dropped(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        result = await machine.exec(["bash", "-c", "head -c 3000000 /dev/zero; head -c 2000 /dev/zero >&2"])
        assert (len(result.stdout), result.stdout_dropped) == (1000, 2_999_000)
        assert len(result.stderr) + result.stderr_dropped == 2000

    on_machine(backend, act, MachineSpec(limits=Limits(output=1000)))


def test_files_go_in_and_out(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        content = bytes(range(256)) * 5000
        await machine.write_file("new/deep/file", content, mode=0o640)
        assert await machine.read_file("/root/new/deep/file") == content
        assert await shell(machine, "stat -c %a new/deep/file") == "640\n"
        await shell(machine, "chmod 555 new/deep/file; mkfifo pipe; ln -s nowhere dangling")
        with pytest.raises(PermissionError):
            await machine.write_file("new/deep/file", b"x", mode=None)
        await machine.write_file("new/deep/file", b"x", mode=0o600)
        assert await shell(machine, "cat new/deep/file; stat -c %a new/deep/file") == "x600\n"
        await machine.write_file("new/deep/file", b"y", mode=None)
        assert await shell(machine, "cat new/deep/file; stat -c %a new/deep/file") == "y600\n"
        with pytest.raises(OverflowError):
            await machine.read_file("new/deep/file", limit=0)
        with pytest.raises(FileNotFoundError):
            await machine.read_file("dangling")
        for path in ("pipe", "/dev/null", "/proc/1/status"):
            with pytest.raises(PermissionError):
                await machine.read_file(path)
        with pytest.raises(IsADirectoryError):
            await machine.read_file("new")
        with pytest.raises(IsADirectoryError):
            await machine.write_file("new", b"x")

    on_machine(backend, act)


def test_a_snapshot_shows_what_changed_also_when_it_is_off(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        await machine.write_file("stop.sh", b"kill -s TERM 1\n", mode=0o755)
        await machine.write_file("kept", b"same")
        before = await machine.snapshot()
        with pytest.raises(MachineOff):
            await shell(
                machine,
                "chmod 600 stop.sh; echo y >added; mkdir -p a/b; echo z >a/b/c; ln -s a link; mkfifo pipe; "
                "rm /usr/bin/yes; kill -s TERM 1; sleep 60",
            )
        after = await machine.snapshot()
        changes = {change.path: change for change in compare(before, after)}
        assert changes["/root/stop.sh"].kind is ChangeKind.MODE
        assert changes["/usr/bin/yes"].kind is ChangeKind.REMOVED
        assert after.entries["/root/added"].content == b"y\n"
        assert after.entries["/root/a/b/c"].content == b"z\n"
        assert after.entries["/root/link"].target == "a"
        assert after.entries["/root/pipe"].kind is FileKind.FIFO
        assert "/root/kept" not in changes
        assert after.entries["/root/kept"].sha256 == before.entries["/root/kept"].sha256

    on_machine(backend, act)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.20.30.40"])
def test_a_world_listens_inside_and_only_there(backend: str, address: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        with await machine.listen(PORT, address) as listener:

            async def answer() -> None:
                connection, _ = await asyncio.get_running_loop().sock_accept(listener)
                connection.sendall(b"hello\n")
                connection.close()

            answering = asyncio.create_task(answer())
            assert await shell(machine, f"cat </dev/tcp/{address}/{PORT}") == "hello\n"
            await answering
            listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]
            assert not any(local.endswith(f":{PORT:04X}") for local in listening)
            with pytest.raises(MachineFailure, match="cannot listen on 203"):
                await machine.listen(80, "203.0.113.1")

    on_machine(backend, act)


def test_an_agent_has_no_network_no_privileges_and_nothing_of_the_host(backend: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")

    async def act(machine: ContainerMachine) -> None:
        devices = (await shell(machine, "cat /proc/net/dev")).splitlines()[2:]
        assert [line.partition(":")[0].strip() for line in devices] == ["lo"]
        status = await shell(machine, "cat /proc/self/status")
        assert "CapEff:\t0000000000000000" in status
        assert "CapBnd:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        assert "not permitted" in await shell(machine, "unshare --user true")
        assert await shell(machine, "mount -t tmpfs none /mnt >/dev/null 2>&1; echo $?") != "0\n"
        assert (await machine.exec(["test", "-e", str(secret)])).returncode == 1
        assert await shell(machine, "echo 1 >/proc/sys/kernel/sysrq && echo written") != "written\n"
        names = (await shell(machine, "cat /proc/1/cmdline; cat /proc/self/mountinfo")).lower()
        assert "offswitch" not in names
        assert "inspect" not in names
        assert not machine.events().recorded
        assert machine.count_events() == 0

    on_machine(backend, act)


def test_processes_and_memory_are_limited(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        greedy = "x = []\nwhile True: x.append(bytearray(1 << 20))"
        assert (await machine.exec(["python3", "-c", greedy])).returncode == 137
        forks = "import os, signal\nfor n in range(60):\n  if not os.fork(): signal.pause()"
        assert b"BlockingIOError" in (await machine.exec(["python3", "-c", forks])).stderr

    on_machine(backend, act, MachineSpec(limits=Limits(processes=40, memory=128 << 20)))


def test_closing_twice_is_fine_and_a_closed_machine_is_not_off(backend: str) -> None:
    async def act(machine: ContainerMachine) -> None:
        await machine.close()
        await machine.close()
        assert machine.power.state is PowerState.CLOSED
        with pytest.raises(MachineOff):
            await machine.exec(["true"])

    on_machine(backend, act)
