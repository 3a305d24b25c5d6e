"""The host's end of the zygote: starts it when the first machine is wanted, and hands it requests."""

from __future__ import annotations

import json
import os
import platform
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from offswitch.machine.interface import MachineFailure
from offswitch.machine.native import cgroups, lower, syscalls, wire
from offswitch.machine.records import MachineSpec

# Only this folder's modules are imported, under a name of their own: the package above would bring its dependencies.
_BOOT = (
    "import sys,types;p=types.ModuleType('native');p.__path__=[sys.argv[1]];sys.modules['native']=p;"
    "from native.zygote import main;main(int(sys.argv[2]))"
)
_lock = threading.Lock()
_zygotes: dict[tuple[int, str], _Zygote] = {}
"""By process, and by the layout of the machines, in JSON: a starter builds one before it has a request."""


@dataclass
class _Zygote:
    """One process that forks machines on the same file system, for all event loops of this process."""

    process: subprocess.Popen[bytes]
    requests: socket.socket
    lifeline: int

    @classmethod
    def start(cls, layout: lower.Layout) -> _Zygote:
        if not syscalls.NUMBERS:
            raise MachineFailure(
                f"the native machine needs Linux on x86_64 or aarch64, not {sys.platform} on {platform.machine()}: "
                "use the docker back end"
            )
        ours, theirs = wire.pair()
        command = [sys.executable, "-I", "-S", "-c", _BOOT, str(Path(__file__).parent), str(theirs.fileno())]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        wire.send(ours, {"groups": cgroups.parents(), "layout": layout.__dict__})
        message, descriptors = wire.receive(ours)
        if message is None:
            reason = process.communicate()[1].decode(errors="replace").strip().splitlines()
            raise explain(f"its starter ended: {reason[-1] if reason else 'no reason given'}", None)
        assert process.stderr is not None
        process.stderr.close()
        return cls(process, ours, descriptors[0])

    @property
    def whole(self) -> bool:
        """Whether it and its auditor run."""
        if self.process.poll() is not None:
            return False
        watched = select.poll()
        watched.register(self.requests, 0)
        watched.register(self.lifeline, 0)
        return not watched.poll(0)

    def end(self) -> None:
        """Lets go of it; its machines live on while their auditor does."""
        self.requests.close()
        os.close(self.lifeline)
        self.process.wait()


def request(
    spec: MachineSpec, environment: dict[str, str], control: socket.socket, log: int, started: float, *, wait: bool
) -> bool:
    """Asks for a machine; the answer comes on the other end of `control`.

    Returns:
        False where it would have to wait, for a starter or for room, and may not.

    Raises:
        MachineFailure: there is no starting machines here, and why.
    """
    layout = lower.layout(spec)
    key = os.getpid(), json.dumps(layout.__dict__)
    message = {
        "texts": lower.host_texts(spec.hostname),
        "hostname": spec.hostname,
        "workdir": spec.workdir,
        "memory": spec.limits.memory,
        "processes": spec.limits.processes,
        "disk": spec.limits.disk,
        "files": spec.limits.files,
        "record": spec.record_events,
        "env": environment,
        "started": started,
    }
    if not _lock.acquire(blocking=wait):
        return False
    try:
        zygote = _zygotes.get(key)
        if zygote is None or not zygote.whole:
            if not wait:
                return False
            zygote = _renewed(key, layout)
        wire.send(zygote.requests, message, [control.fileno(), log], 0 if wait else socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    finally:
        _lock.release()
    return True


def _renewed(key: tuple[int, str], layout: lower.Layout) -> _Zygote:
    if key in _zygotes:
        _zygotes.pop(key).end()
    _zygotes[key] = _Zygote.start(layout)
    return _zygotes[key]


def explain(message: str, code: int | None) -> MachineFailure:
    """The failure of a machine's start, with what to do about it where that is known."""
    advice = ""
    if "unshare" in message:
        advice = ": user namespaces are forbidden here: " + _namespace_advice()
    elif "overlay" in message:
        advice = (
            ": overlays in user namespaces need Linux 5.11 or newer (and a cache folder on a disk that allows them)"
        )
    elif "mount proc" in message:
        advice = ": /proc is partly hidden here (a container?): run it outside, or use the docker back end"
    elif "seccomp" in message:
        advice = ": system call notification needs Linux 5.5 or newer"
    elif code == 28:
        advice = ": the machine's disk or file limit is too small for its own files"
    return MachineFailure(f"the machine could not be started: {message}{advice}")


def _namespace_advice() -> str:
    for name, wanted, command in (
        ("kernel/apparmor_restrict_unprivileged_userns", "0", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
        ("kernel/unprivileged_userns_clone", "1", "sysctl kernel.unprivileged_userns_clone=1"),
    ):
        file = Path("/proc/sys", name)
        if file.exists() and file.read_text().strip() != wanted:
            return f"as root, `{command}`, or use the docker back end"
    limit = Path("/proc/sys/user/max_user_namespaces")
    if limit.exists() and limit.read_text().strip() == "0":
        return "as root, `sysctl user.max_user_namespaces=10000`, or use the docker back end"
    return "allow them, or use the docker back end"


def now() -> float:
    """The clock that the event log uses too."""
    return time.monotonic()
