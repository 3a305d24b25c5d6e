"""Commands, files and sockets of a native machine."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess

import pytest

from offswitch.machine import Limits, MachineFailure, MachineSpec, PowerState
from offswitch.machine.native.host import start


def test_a_command_answers_with_its_streams_and_status(on_machine):
    async def body(machine):
        return await machine.exec(["bash", "-c", "echo out; echo err >&2; exit 3"])

    result = on_machine(body)
    assert (result.returncode, result.stdout, result.stderr) == (3, b"out\n", b"err\n")
    assert not result.timed_out


def test_programs_count_letters_and_sort_by_code_point(on_machine):
    async def body(machine):
        return await machine.exec(
            ["bash", "--login", "-c", "x=é; echo ${#x}; printf '%s\\n' a B é z | sort | tr -d '\\n'"]
        )

    assert on_machine(body).stdout.decode() == "1\nBazé"


def test_a_command_gets_input_folder_and_environment(on_machine):
    async def body(machine):
        await machine.exec(["mkdir", "-p", "sub"])
        first = await machine.exec(
            ["bash", "-c", "cat; pwd; echo $A $B $HOME"], input=b"in\n", cwd="sub", env={"B": "call"}
        )
        large = await machine.exec(["sha256sum"], input=b"x" * 5_000_000)
        none = await machine.exec(["cat"])
        return first, large, none

    first, large, none = on_machine(body, MachineSpec(workdir="/srv/work", env={"A": "spec"}))
    assert first.stdout == b"in\n/srv/work/sub\nspec call /root\n"
    assert large.stdout.split()[0].decode() == hashlib.sha256(b"x" * 5_000_000).hexdigest()
    assert none.stdout == b""


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["no-such-program"], 127),
        (["./no-such-file"], 127),
        (["/etc/passwd"], 126),
        (["/tmp"], 126),
        (["a\0b"], 127),
        (["echo", "a\0b"], 126),
    ],
)
def test_what_cannot_be_started_answers_as_a_shell_does(on_machine, argv, code):
    async def body(machine):
        return await machine.exec(argv)

    result = on_machine(body)
    assert result.returncode == code
    assert argv[0].encode().split(b"\0")[0] in result.stderr


def test_a_missing_folder_and_an_argument_too_long_are_reported(on_machine):
    async def body(machine):
        return await machine.exec(["true"], cwd="/nowhere"), await machine.exec(["echo", "x" * 300_000])

    missing, long = on_machine(body)
    assert missing.returncode in (126, 127)
    assert b"No such file" in missing.stderr
    assert long.returncode == 126
    assert b"too long" in long.stderr


def test_a_long_argument_list_arrives(on_machine):
    async def body(machine):
        return await machine.exec(["bash", "-c", "echo $#", "x", *["y" * 100_000] * 10])

    assert on_machine(body).stdout == b"10\n"


def test_a_signal_counts_as_in_a_shell(on_machine):
    async def body(machine):
        return await machine.exec(["bash", "-c", "kill -9 $$"])

    assert on_machine(body).returncode == 137


def test_a_gigabyte_of_output_is_cut_and_counted(on_machine):
    async def body(machine):
        return await machine.exec(["bash", "-c", "head -c 1G /dev/zero; echo x >&2"], timeout=100)

    result = on_machine(body)
    assert len(result.stdout) == 1 << 20
    assert result.stdout_dropped == (1 << 30) - (1 << 20)
    assert (result.stderr, result.stderr_dropped) == (b"x\n", 0)


def test_background_processes_neither_delay_nor_die(on_machine):
    async def body(machine):
        first = await machine.exec(
            [
                "bash",
                "-c",
                "(while :; do echo tick; echo tick >> /tmp/log; read -t 0.01 < <(:); sleep 0.01; done) & echo started",
            ]
        )
        await machine.exec(["bash", "-c", "until [ $(wc -l < /tmp/log) -ge 1 ]; do sleep 0.01; done"])
        before = int((await machine.exec(["bash", "-c", "wc -l < /tmp/log"])).stdout)
        grown = await machine.exec(
            ["bash", "-c", f"until [ $(wc -l < /tmp/log) -ge {before + 20} ]; do sleep 0.01; done"], timeout=30
        )
        return first, grown

    first, grown = on_machine(body)
    assert first.stdout.startswith(b"started") or b"started" in first.stdout
    assert not grown.timed_out


def test_the_time_limit_ends_a_command_with_all_its_descendants(on_machine):
    script = """
    setsid sleep 1001 &
    (setsid bash -c 'sleep 1002 & sleep 1003 & disown -a; exec sleep 1004' &)
    python3 -c "
import os,time
if os.fork()==0:
    os.setsid()
    if os.fork()==0: os.execvp('sleep',['sleep','1005'])
    os._exit(0)
time.sleep(1006)" &
    echo begun; sleep 1007
    """

    async def body(machine):
        await machine.exec(["bash", "-c", "setsid sleep 2001 >/dev/null 2>&1 &"])
        result = await machine.exec(["bash", "-c", script], timeout=1)
        left = await machine.exec(["bash", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"])
        return result, left.stdout

    result, left = on_machine(body)
    assert result.timed_out
    assert result.stdout == b"begun\n"
    assert b"sleep 10" not in left
    assert b"sleep 2001" in left


def test_the_specification_sets_the_default_time_limit(on_machine):
    async def body(machine):
        return await machine.exec(["sleep", "60"])

    assert on_machine(body, MachineSpec(limits=Limits(seconds=0.2))).timed_out


def test_commands_run_side_by_side(on_machine):
    async def body(machine):
        await machine.exec(["mkfifo", "/tmp/a", "/tmp/b"])
        return await asyncio.gather(
            machine.exec(["bash", "-c", "echo one > /tmp/a; cat /tmp/b"]),
            machine.exec(["bash", "-c", "cat /tmp/a; echo two > /tmp/b"]),
        )

    first, second = on_machine(body)
    assert (first.stdout, second.stdout) == (b"two\n", b"one\n")


def test_a_cancelled_command_is_ended(on_machine):
    async def body(machine):
        task = asyncio.create_task(machine.exec(["bash", "-c", ": > /tmp/begun; sleep 3001"]))
        await machine.exec(["bash", "-c", "until [ -e /tmp/begun ]; do :; done"])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The brackets keep the search from finding its own command line.
        return await machine.exec(["bash", "-c", "while grep -qs 3[0]01 /proc/[0-9]*/cmdline; do :; done"], timeout=30)

    assert not on_machine(body).timed_out


def test_files_go_in_and_out(on_machine):
    content = os.urandom(3_000_000)

    async def body(machine):
        await machine.write_file("a/b/c.bin", content, mode=0o750)
        await machine.write_file("a/b/c.bin", content[:10], mode=0o750)
        await machine.write_file("/tmp/whole", content)
        listed = await machine.exec(["stat", "-c", "%a %s %n", "a/b/c.bin"])
        return listed.stdout, await machine.read_file("a/b/c.bin"), await machine.read_file("/tmp/whole")

    listed, short, whole = on_machine(body, MachineSpec(workdir="/home/me"))
    assert listed == b"750 10 a/b/c.bin\n"
    assert (short, whole) == (content[:10], content)


def test_a_program_of_the_system_can_be_replaced(on_machine):
    async def body(machine):
        await machine.write_file("/usr/bin/kill", b"#!/bin/sh\necho mine\n", mode=0o755)
        return await machine.exec(["/bin/kill"])

    assert on_machine(body).stdout == b"mine\n"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/root/none", FileNotFoundError),
        ("/root", IsADirectoryError),
        ("/root/fifo", PermissionError),
        ("/dev/zero", PermissionError),
        ("/proc/self/status", PermissionError),
        ("/root/link-to-proc", PermissionError),
        ("/root/loop", OSError),
        ("/root/big", OverflowError),
    ],
)
def test_what_cannot_be_read_raises(on_machine, path, error):
    async def body(machine):
        await machine.exec(
            ["bash", "-c", "mkfifo fifo; ln -s /proc/1/status link-to-proc; ln -s loop loop; echo 12345 > big"]
        )
        with pytest.raises(error):
            await machine.read_file(path, limit=5)

    on_machine(body)


@pytest.mark.parametrize(
    ("path", "error"),
    [("/root", IsADirectoryError), ("/root/fifo", OSError), ("/etc/passwd/x", OSError), ("/proc/x", OSError)],
)
def test_what_cannot_be_written_raises(on_machine, path, error):
    async def body(machine):
        await machine.exec(["mkfifo", "fifo"])
        with pytest.raises(error):
            await machine.write_file(path, b"x")

    on_machine(body)


def test_a_file_beyond_the_disk_limit_raises(on_machine):
    async def body(machine):
        with pytest.raises(OSError, match="space"):
            await machine.write_file("/root/x", bytes(20 << 20))

    on_machine(body, MachineSpec(limits=Limits(disk=10 << 20)))


@pytest.mark.parametrize(
    ("address", "port"), [("127.0.0.1", 8000), ("10.1.2.3", 80), ("192.168.7.7", 443), ("::1", 81)]
)
def test_a_listener_is_reached_from_inside_and_answered_from_here(on_machine, address, port):
    async def body(machine):
        listener = await machine.listen(port, address)
        loop = asyncio.get_running_loop()

        async def serve():
            connection, _ = await loop.sock_accept(listener)
            with connection:
                got = await loop.sock_recv(connection, 100)
                await loop.sock_sendall(connection, b"host says " + got)

        server = asyncio.create_task(serve())
        script = f"exec 3<>/dev/tcp/{address}/{port}; echo hello >&3; cat <&3"
        result = await machine.exec(["bash", "-c", script], timeout=20)
        await server
        listener.close()
        return result

    assert on_machine(body).stdout == b"host says hello\n"


def test_an_address_that_is_not_the_machines_is_refused(on_machine):
    async def body(machine):
        with pytest.raises(MachineFailure, match=r"8\.8\.8\.8:80"):
            await machine.listen(80, "8.8.8.8")
        return machine.power.state

    assert on_machine(body) is PowerState.ON


def test_another_root_file_system_can_be_used(on_machine, tmp_path):
    tmp_path.chmod(0o755)
    for name in ("usr", "bin", "lib", "lib64", "etc"):
        (tmp_path / name).mkdir()
    (tmp_path / "etc/motd").write_text("pinned\n")
    (tmp_path / "etc/passwd").write_text("root:x:0:0:Pinned:/root:/bin/sh\n")
    static = shutil.which("busybox")
    if static is None:
        listed = subprocess.run(["ldd", "/bin/dash"], capture_output=True, text=True, check=True).stdout
        for word in listed.split():
            if word.startswith("/"):
                target = tmp_path / word[1:]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, target)
        shutil.copy("/bin/dash", tmp_path / "bin/sh")
    else:
        shutil.copy(static, tmp_path / "bin/sh")

    async def body(machine):
        script = "while read line; do echo $line; done < /etc/motd; read p < /etc/passwd; echo $p; "
        script += "echo x > /usr/new; set -- /usr/*; echo $*"
        result = await machine.exec(["/bin/sh", "-c", script])
        return result, await machine.snapshot()

    result, snapshot = on_machine(body, MachineSpec(rootfs=str(tmp_path)))
    assert result.stdout == b"pinned\nroot:x:0:0:Pinned:/root:/bin/sh\n/usr/new\n", result
    assert "/usr/new" in snapshot.entries


def test_each_machine_is_the_one_asked_for_though_built_before_it_was_known(on_machine):
    async def body(machine):
        script = "hostname; cat /etc/hostname; grep -c 127.0.1.1.$(hostname) /etc/hosts; pwd; stat -c %a:%U ."
        script += "; stat -f -c %b*%S:%c /; ulimit -u; ls -A | wc -l"
        return (await machine.exec(["bash", "-c", script])).stdout.decode().split("\n")[:-1], machine.events().recorded

    asked = [
        MachineSpec(hostname="large", workdir="/srv/a/b", limits=Limits(disk=1 << 30, files=300_000, processes=99)),
        MachineSpec(hostname="small", workdir="/home/me", limits=Limits(disk=4 << 20, files=900), record_events=False),
    ]
    for spec in (*asked, *asked):
        (name, file, hosts, folder, owner, disk, processes, content), recorded = on_machine(body, spec)
        assert (name, file, hosts) == (spec.hostname, spec.hostname, "1")
        assert (folder, owner, content) == (spec.workdir, "755:root", "0")
        room, files = disk.split(":")
        assert eval(room) == spec.limits.disk
        assert int(files) == spec.limits.files
        assert int(processes) == spec.limits.processes
        assert recorded is spec.record_events


@pytest.mark.parametrize("limits", [Limits(disk=4096), Limits(files=10)])
def test_a_disk_without_room_for_the_machines_own_files_is_refused(limits):
    with pytest.raises(MachineFailure, match="limit is too small for its own files"):
        asyncio.run(start(MachineSpec(limits=limits)))


def test_a_root_file_system_that_changed_between_two_machines_is_seen(on_machine, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "usr").symlink_to("bin")

    async def body(machine):
        return (await machine.snapshot()).entries

    assert "/usr/local" not in on_machine(body, MachineSpec(rootfs=str(tmp_path)))
    (tmp_path / "usr").unlink()
    (tmp_path / "usr/local").mkdir(parents=True)
    assert "/usr/local" in on_machine(body, MachineSpec(rootfs=str(tmp_path)))


def test_a_folder_without_a_file_system_is_refused(tmp_path):
    with pytest.raises(MachineFailure, match="unpack an image"):
        asyncio.run(start(MachineSpec(rootfs=str(tmp_path))))
