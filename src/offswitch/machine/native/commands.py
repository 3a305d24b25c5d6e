"""What a machine's PID 1 does with processes: start a command, end one with all its descendants, watch memory."""

from __future__ import annotations

import os
import resource
import signal
from typing import Any

from . import syscalls

Limits = dict[str, int]


def limit_resources(spec: Limits) -> None:
    """Limits that every command inherits from PID 1, which itself stays far below them.

    RLIMIT_DATA rather than RLIMIT_AS: runtimes such as Node's reserve far more address space than they use.
    """
    wanted = {
        resource.RLIMIT_NPROC: spec["processes"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: spec["disk"],
        resource.RLIMIT_NOFILE: 4096,
        resource.RLIMIT_MEMLOCK: 1 << 16,
        resource.RLIMIT_DATA: spec["memory"],
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def find(program: str, path: str, cwd: str) -> str:
    """The file that `program` names, as a shell would find it.

    Raises:
        FileNotFoundError, PermissionError: there is none, or none that can be executed.
    """
    if "/" in program:
        return program
    blocked = False
    for folder in path.split(":"):
        candidate = os.path.join(cwd, folder or ".", program)
        if os.path.isfile(candidate):
            if os.access(candidate, os.X_OK):
                return candidate
            blocked = True
    if blocked:
        raise PermissionError(13, "Permission denied", program)
    raise FileNotFoundError(2, "command not found", program)


def start(request: dict[str, Any], stdio: list[int]) -> tuple[int, str]:
    """Forks and executes; returns the pid and the program's file.

    Raises:
        OSError: no such program, or no process can be made.
    """
    env = request["env"]
    program = find(request["argv"][0], env.get("PATH", ""), request["cwd"])
    pid = os.fork()
    if pid == 0:
        try:
            _become(program, request["argv"], env, request["cwd"], stdio)
        finally:
            os._exit(126)
    return pid, program


def _become(program: str, argv: list[str], env: dict[str, str], cwd: str, stdio: list[int]) -> None:
    """In the child: never returns, unless it wrote to standard error why not."""
    try:
        os.setsid()
        for number, descriptor in enumerate(stdio):
            os.dup2(descriptor, number)
        # Orphans of this command come back to it and not to PID 1, so that they can be found at its time limit.
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.chdir(cwd)
        os.execve(program, argv, env)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    except ValueError as error:
        os.write(2, f"{argv[0][:200]!r}: {error}\n".encode())


def end(pid: int) -> None:
    """Kills a process with all its descendants, however they detached themselves while it lived.

    They are stopped first, until no new one appears: a process that forks faster than it is killed cannot escape.
    """
    stopped: set[int] = set()
    while True:
        fresh = _descendants(pid) - stopped
        if not fresh:
            break
        for each in fresh:
            _signal(each, signal.SIGSTOP)
        stopped |= fresh
    for each in stopped:
        _signal(each, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _descendants(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for each in processes():
        stat = _read(f"/proc/{each}/stat").rpartition(b")")[2].split()
        if len(stat) > 1:
            children.setdefault(int(stat[1]), []).append(each)
    found, todo = set(), [pid]
    while todo:
        each = todo.pop()
        found.add(each)
        todo += children.get(each, ())
    return found


def processes() -> list[int]:
    """Every process of the machine but PID 1."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def end_largest_beyond(memory: int) -> None:
    """Where no cgroup does it: when all processes together use more than `memory` bytes, kills the largest."""
    page = 4096
    used = {pid: int((_read(f"/proc/{pid}/statm").split() or [b"0", b"0"])[1]) * page for pid in processes()}
    if sum(used.values()) > memory:
        _signal(max(used, key=lambda pid: used[pid]), signal.SIGKILL)


def command_line(pid: int) -> list[str]:
    """A process's arguments, as far as they can be read."""
    raw = _read(f"/proc/{pid}/cmdline")
    return [part.decode(errors="backslashreplace") for part in raw.split(b"\0")[:-1]]


def _read(path: str) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, 4096)
    except OSError:
        return b""
    finally:
        os.close(file)
