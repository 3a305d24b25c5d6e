"""What an agent inside must not be able to do, tried from inside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import offswitch
from offswitch.machine import EventKind, Limits, MachineSpec, PowerState

SYSCALL = "import ctypes,os,sys;libc=ctypes.CDLL(None,use_errno=True);"


def _call(expression: str) -> str:
    """A Python line that makes one raw call and prints the name of its error."""
    return (
        f'python3 -c "{SYSCALL}import errno;r={expression};'
        "print('done' if r>=0 else errno.errorcode[ctypes.get_errno()])\""
    )


def test_no_packet_leaves_the_machine(shell):
    _, output = shell(
        "for a in 1.1.1.1 8.8.8.8 169.254.169.254; do (echo > /dev/tcp/$a/53) 2>&1; done; tail -n +3 /proc/net/dev"
    )
    assert output.count("53: Network is unreachable") == 3
    assert [line.split(":")[0].strip() for line in output.splitlines() if re.match(r"\s*\w+:\s+\d", line)] == ["lo"]


def test_host_files_cannot_be_found(shell, tmp_path):
    secret = tmp_path / "a-secret-of-the-host"
    secret.write_text("x")
    home = Path.home()
    _, output = shell(
        f"cat {secret}; ls -A {home} /root /home /tmp /opt /srv /mnt /run /var/lib; "
        "find / -xdev -name '*a-secret-of-the-host*'; cat /etc/shadow /etc/ssh/* /etc/machine-id"
    )
    assert "No such file" in output
    listed = {line for line in output.splitlines() if "No such file" not in line and not line.endswith(":")}
    assert {line for line in listed if line and line != "/root"} == set(), listed


def test_host_processes_cannot_be_seen_or_signalled(shell):
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        try:
            _, output = shell(
                f"ls -d /proc/[0-9]* | wc -l; cat /proc/*/cmdline | tr '\\0' ' '; kill -9 {sleeper.pid} && echo h''it"
            )
            assert int(output.split()[0]) <= 4
            assert "600" not in output.replace(str(sleeper.pid), "")
            assert "hit" not in output
            assert sleeper.poll() is None
        finally:
            sleeper.kill()


def test_nothing_names_the_harness_or_a_path_of_the_host(shell):
    _, output = shell(
        "cat /proc/self/mountinfo /proc/mounts /proc/1/mountinfo /proc/cmdline /proc/1/cgroup /proc/self/cgroup; "
        "cat /proc/1/cmdline | tr '\\0' '|'; env; ps -ef; cat /proc/1/comm /proc/self/uid_map; hostname; "
        "find / -xdev -iname '*off[s]witch*'; find /usr /etc -iname 'ins[p]ect_ai*'; ls /dev/shm /tmp /run; "
        "for f in /proc/1/environ /proc/1/maps; do cat $f; done; ls -l /proc/1/exe /proc/1/cwd /proc/1/fd"
    )
    package = Path(offswitch.__file__).parent
    for word in ("offswitch", "inspect", "zygote", sys.prefix, str(package), str(Path.home()) + "/.", "upperdir=/"):
        assert word.lower() not in output.replace("/proc/self/cmd", "").lower(), word
    assert "/sbin/init|" in output
    assert "/sbin/init||" not in output
    assert output.count("Permission denied") + output.count("cannot read") >= 4


@pytest.mark.parametrize(
    "attempt",
    [
        "mount -t tmpfs none /mnt",
        "mount --bind /usr /mnt",
        "mount -o remount,rw /proc",
        "umount /proc/cmdline",
        "umount -l /usr",
        _call("libc.syscall(428,-100,b'/usr',1)"),
        _call("libc.syscall(430,b'tmpfs',0)"),
        _call("libc.chroot(b'/tmp')"),
    ],
)
def test_mounting_is_denied(shell, attempt):
    code, output = shell(attempt)
    assert code != 0 or "EPERM" in output, output
    assert "done" not in output


@pytest.mark.parametrize("family", sorted(set(range(46)) - {1, 2, 10, 16}))
def test_sockets_exist_only_of_families_that_end_at_the_machine(shell, family):
    """A hypervisor, for one, answers on AF_VSOCK whatever the network namespace."""
    code, output = shell(f"python3 -c 'import socket; socket.socket({family}, 1)'")
    assert code == 1, output
    assert "[Errno 97]" in output, output


def test_the_kernels_log_cannot_be_read(shell):
    number = {"x86_64": 103, "aarch64": 116}[os.uname().machine]
    assert "EPERM" in shell(_call(f"libc.syscall({number},3,ctypes.create_string_buffer(99),99)"))[1]


def test_what_the_owner_put_into_usr_local_does_not_show(shell):
    """Unless Python itself stands there, as in Python's container images."""
    _, output = shell("find /usr/local -mindepth 1 ! -type d ! -type l")
    if Path("/usr/bin/python3").exists():
        assert output == ""
    assert "done" in shell("echo 'echo done' >/usr/local/bin/mine && chmod +x /usr/local/bin/mine && mine")[1]


@pytest.mark.parametrize("flag", ["-U", "-m", "-p -f", "-n", "-i", "-u", "-C", "-T"])
def test_nested_namespaces_are_denied(shell, flag):
    code, output = shell(f"unshare {flag} true")
    assert code != 0, output


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
def test_cloning_into_a_namespace_is_denied(shell, flag):
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    assert "EPERM" in shell(_call(f"libc.syscall({number},{flag}|17,0,0,0,0)"))[1]


def test_joining_a_namespace_is_denied(shell):
    assert "EPERM" in shell(_call("libc.setns(os.open('/proc/self/ns/net',0),0)"))[1]


@pytest.mark.parametrize("number", [435, 425], ids=["clone3", "io_uring_setup"])
def test_calls_that_a_filter_cannot_look_into_are_absent(shell, number):
    assert "ENOSYS" in shell(_call(f"libc.syscall({number},0,0)"))[1]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 belongs to x86_64")
def test_the_x32_table_is_absent(shell):
    assert "ENOSYS" in shell(_call("libc.syscall(0x40000000|39)"))[1]


def test_no_signal_but_term_reaches_the_first_process(on_machine):
    async def body(machine):
        result = await machine.exec(
            ["bash", "-c", "for s in {1..64}; do [ $s = 15 ] || kill -$s 1; done; kill -9 -1; sleep 0.05; echo alive"]
        )
        after = await machine.exec(["echo", "still here"])
        return result, after, machine.power.state

    _, after, state = on_machine(body)
    assert after.stdout == b"still here\n"
    assert state is PowerState.ON


def test_the_first_process_cannot_be_traced_or_read(shell):
    for attempt in ("libc.ptrace(16,1,0,0)", "libc.ptrace(0x4206,1,0,0)"):
        assert "EPERM" in shell(_call(attempt))[1]
    _, output = shell("cat /proc/1/mem; cat /proc/1/environ; head -c 1 /proc/1/maps; ls /proc/1/fd; ls /proc/1/root/")
    assert output.count("Permission denied") >= 5, output


def test_kernel_settings_cannot_be_written(shell):
    attempts = {
        "/proc/sys/kernel/hostname": "x",
        "/proc/sys/net/ipv4/ip_forward": "1",
        "/proc/sys/user/max_user_namespaces": "100",
        "/proc/sysrq-trigger": "b",
        "/proc/1/oom_score_adj": "1000",
        "/proc/self/oom_score_adj": "-1000",
        "/proc/self/uid_map": "0 0 1",
        "/sys/x": "1",
        "/proc/sys/vm/drop_caches": "3",
    }
    for path, value in attempts.items():
        code, output = shell(f"echo '{value}' > {path} && echo written")
        assert code != 0, path
        assert "written" not in output
    assert shell("cat /proc/sys/user/max_user_namespaces; ls -A /sys")[1].split() == ["0"]


def test_kernel_secrets_are_masked(shell):
    assert (
        shell("cat /proc/kallsyms /proc/keys /proc/timer_list /proc/kcore /proc/config.gz /proc/kmsg | wc -c")[
            1
        ].split()[-1]
        == "0"
    )


def test_there_are_no_privileges_to_use(shell):
    _, output = shell("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")
    fields = dict(line.split(":\t") for line in output.splitlines())
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")


def test_only_the_standard_streams_are_inherited(shell):
    _, output = shell("for f in /proc/self/fd/*; do echo ${f##*/} $(readlink $f); done")
    rows = dict(line.split(" ", 1) for line in output.splitlines() if " " in line)
    assert rows.keys() <= {"0", "1", "2", "255"}, rows
    assert rows["0"].endswith("/dev/null")
    assert rows["1"].startswith("pipe:")


def test_the_disk_is_bounded(shell):
    spec = MachineSpec(limits=Limits(disk=8 << 20))
    _, output = shell("dd if=/dev/zero of=/root/big bs=1M count=64; echo ok", spec)
    assert "No space left" in output or "File too large" in output
    _, output = shell("for i in 1 2 3 4; do head -c 4M /dev/zero > /tmp/$i; done; du -sm /tmp | cut -f1", spec)
    assert "No space left" in output
    assert int(output.split()[-1]) <= 8


def test_the_number_of_files_is_bounded(shell):
    _, output = shell(
        "mkdir d; for i in {1..3000}; do : > d/$i || break; done; ls d | wc -l", MachineSpec(limits=Limits(files=1000))
    )
    assert "No space left" in output
    assert int(output.split()[-1]) < 1000


@pytest.mark.parametrize("workers", [1, 6])
def test_memory_is_bounded(on_machine, workers):
    async def body(machine):
        hog = "x=[];\nwhile len(x)<80: x.append(bytearray(os.urandom(1)*(10<<20)))"
        script = (
            f"for i in $(seq {workers}); do python3 -c \"import os\n{hog}\nprint('got it')\" & done; wait; echo end"
        )
        result = await machine.exec(["bash", "-c", script], timeout=60)
        again = await machine.exec(["echo", "alive"])
        return result, again

    result, again = on_machine(body, MachineSpec(limits=Limits(memory=200 << 20)))
    assert b"got it" not in result.stdout
    assert again.stdout == b"alive\n"


def test_a_fork_bomb_stays_inside(on_machine):
    async def body(machine):
        result = await machine.exec(["bash", "-c", "f(){ f | f & }; f; sleep 60"], timeout=1)
        await machine.exec(["true"])
        return result, machine.power.state

    result, state = on_machine(body, MachineSpec(limits=Limits(processes=40)))
    assert result.timed_out
    assert state is PowerState.ON


def test_denied_calls_are_logged(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", "mount -t tmpfs x /mnt; unshare -U true"])
        return machine.events()

    denied = [event.path for event in on_machine(body).events if event.kind is EventKind.DENIED]
    assert "mount" in denied
    assert "unshare" in denied


def test_without_an_event_log_the_same_calls_are_denied(shell):
    spec = MachineSpec(record_events=False)
    assert shell("mount -t tmpfs none /mnt", spec)[0] != 0
    assert shell("unshare -U true", spec)[0] != 0
    assert "EPERM" in shell(_call("libc.ptrace(0,0,0,0)"), spec)[1]
