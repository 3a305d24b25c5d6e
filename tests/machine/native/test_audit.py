"""The event log of a native machine."""

from __future__ import annotations

import pytest

from offswitch.machine import EventKind, MachineSpec
from offswitch.machine.native import audit

CASES = {
    "kill": ("kill -s USR1 $$ || :; trap '' USR1", EventKind.KILL, {"value": 10}),
    "kill all": ("kill -0 -1", EventKind.KILL, {"value": 0, "target": -1}),
    "chmod": ("chmod 640 f", EventKind.CHMOD, {"path": "/root/f", "value": 0o640}),
    "chmod by descriptor": (
        "python3 -c \"import os; os.fchmod(os.open('/root/f', os.O_RDONLY), 0o600)\"",
        EventKind.CHMOD,
        {"path": "/root/f", "value": 0o600},
    ),
    "chattr": ("chattr +i f", EventKind.CHMOD, {"path": "/root/f", "other": "chattr"}),
    "rename": ("mv f g", EventKind.RENAME, {"path": "/root/f", "other": "/root/g"}),
    "unlink": ("cd /tmp; rm ../root/f", EventKind.UNLINK, {"path": "/root/f"}),
    "rmdir": ("rmdir d", EventKind.UNLINK, {"path": "/root/d"}),
    "unlink by folder": (
        "python3 -c \"import os; os.unlink('f', dir_fd=os.open('/root', os.O_RDONLY))\"",
        EventKind.UNLINK,
        {"path": "/root/f"},
    ),
    "write": ("echo x >> f", EventKind.WRITE, {"path": "/root/f"}),
    "truncate": ("truncate -s 0 f", EventKind.WRITE, {"path": "/root/f"}),
    "symlink": ("ln -s ../any/where l", EventKind.LINK, {"path": "/root/l", "other": "../any/where"}),
    "hard link": ("ln f l", EventKind.LINK, {"path": "/root/l", "other": "/root/f"}),
    "connect": ("(echo > /dev/tcp/10.9.8.7/123)", EventKind.CONNECT, {"other": "10.9.8.7:123"}),
    "connect by name": ("(echo > /dev/tcp/localhost/9)", EventKind.CONNECT, {"other": "127.0.0.1:9"}),
    "exec": ("/usr/bin/env -i A=b sleep 0", EventKind.EXEC, {"argv": ("sleep", "0")}),
    "mount": ("mount -t tmpfs x /mnt", EventKind.DENIED, {"path": "mount"}),
    "ptrace": (
        "python3 -c 'import ctypes; ctypes.CDLL(None).ptrace(16, 1, 0, 0)'",
        EventKind.DENIED,
        {"path": "ptrace"},
    ),
}


@pytest.mark.parametrize(("script", "kind", "fields"), CASES.values(), ids=CASES.keys())
def test_a_call_is_recorded(on_machine, script, kind, fields):
    async def body(machine):
        await machine.exec(["bash", "-c", "echo content > f; mkdir d"])
        begun = machine.events().events[-1].number
        await machine.exec(["bash", "-c", f"{script}; true"])
        return [event for event in machine.events(begun).events if event.kind is kind]

    found = on_machine(body)
    assert any(all(getattr(event, name) == value for name, value in fields.items()) for event in found), found


def test_the_command_itself_is_the_first_event(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", "exit 0", "zero"])
        return machine.events()

    log = on_machine(body)
    first = log.events[0]
    assert (first.number, first.kind, first.path) == (1, EventKind.EXEC, "/usr/bin/bash")
    assert first.argv == ("bash", "-c", "exit 0", "zero")
    assert log.recorded
    assert log.dropped == 0


def test_events_are_numbered_timed_and_given_since(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", "for i in 1 2 3; do /bin/true; done"])
        counted = machine.count_events()
        return machine.events(), machine.events(2), counted

    whole, later, counted = on_machine(body)
    assert counted == len(whole.events)
    assert [event.number for event in whole.events] == list(range(1, len(whole.events) + 1))
    assert [event.at for event in whole.events] == sorted(event.at for event in whole.events)
    assert later.events == whole.events[2:]


def test_reading_and_the_null_device_are_no_events(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", "read x < /etc/passwd; echo > /dev/null; echo >&2 2>/dev/null"])
        return [event.kind for event in machine.events().events]

    assert on_machine(body) == [EventKind.EXEC]


def test_what_the_host_does_is_no_event(on_machine):
    async def body(machine):
        await machine.write_file("x/y", b"1")
        await machine.read_file("x/y")
        await machine.exec(["sleep", "60"], timeout=0.1)
        return [event.kind for event in machine.events().events]

    assert on_machine(body) == [EventKind.EXEC]


def test_a_log_is_bounded_and_says_what_it_lost(on_machine):
    async def body(machine):
        script = "import os,sys\nfor i in range(1500): os.symlink('x' * 3900, f'l{i}')"
        await machine.exec(["python3", "-c", script])
        return machine.events()

    log = on_machine(body)
    assert log.dropped > 300
    assert len(log.events) + log.dropped >= 1500
    assert len(log.events) * 3900 < audit.ROOM


def test_names_that_are_no_text_are_written_as_escapes(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", ": > $'a\\xff\\nb'"])
        return [event.path for event in machine.events().events if event.kind is EventKind.WRITE]

    assert on_machine(body) == ["/root/a\\xff\nb"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["a" * 255, "b" * 256, "c" * 5000, "d"], ["a" * 255, "b" * 256, "c" * 4096, "d"]),
        ([*map(str, range(9))], [*map(str, range(9))]),
        (["x"] * 80, ["x"] * 63),
        (["y" * 1000] * 12, ["y" * 1000] * 8 + ["y" * (8192 - 14 - 8 * 1001)]),
        (["", "é"], ["", "é"]),
    ],
    ids=["long", "more than eight", "more than are kept", "more than has room", "empty and not English"],
)
def test_arguments_are_read_to_their_bounds(on_machine, given, kept):
    async def body(machine):
        await machine.exec(["bash", "-c", '"$@"; exit 0', "bash", "/usr/bin/true", *given])
        return machine.events().events[-1].argv

    assert on_machine(body) == ("/usr/bin/true", *kept)


def test_a_machine_without_log_says_so(on_machine):
    async def body(machine):
        await machine.exec(["bash", "-c", "echo x > f"])
        return machine.events()

    log = on_machine(body, MachineSpec(record_events=False))
    assert (log.events, log.recorded) == ((), False)
