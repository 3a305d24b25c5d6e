"""What a machine's PID 1 does with processes: start a command, end one with all its descendants, watch memory."""

from __future__ import annotations

import os
import resource
import signal
from typing import Any

Limits = dict[str, int]
_FIRST_MARK = 1 << 62


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
    # No file has a name with a NUL in it.
    folders = () if "\0" in program else path.split(":")
    candidates = [os.path.join(cwd, folder or ".", program) for folder in folders]
    for candidate in candidates:
        # In this order: mostly there is nothing, and the first look says so without an exception.
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    if any(os.path.isfile(candidate) for candidate in candidates):
        raise PermissionError(13, "Permission denied", program)
    raise FileNotFoundError(2, "command not found", program)


def start(request: dict[str, Any], env: dict[str, str], stdio: list[int], mark: int) -> tuple[int, str]:
    """Starts a command in a session of its own; returns the pid and the program's file.

    posix_spawn shares this process's memory until the program runs: far cheaper than a fork of an interpreter.

    Raises:
        OSError: no such program or folder, or no process can be made.
        ValueError: an argument that no system call takes.
    """
    program = find(request["argv"][0], env.get("PATH", ""), request["cwd"])
    _mark(mark)
    try:
        os.chdir(request["cwd"])
    except OSError as error:
        raise OSError(error.errno, f"cannot enter {request['cwd']}: {error.strerror}") from None
    try:
        pid = os.posix_spawn(
            program,
            request["argv"],
            env,
            file_actions=[(os.POSIX_SPAWN_DUP2, descriptor, number) for number, descriptor in enumerate(stdio)],
            setsid=True,
            setsigmask=(),
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT),
        )
    finally:
        os.chdir("/")
    return pid, program


def _mark(mark: int) -> None:
    """Marks what will be started by a limit that is inherited for ever, means nothing here, and can only be lowered.

    Sessions, parents and environments change as a process detaches itself; this does not.
    """
    resource.setrlimit(resource.RLIMIT_RTTIME, (_FIRST_MARK - mark, _FIRST_MARK - mark))


def end(mark: int) -> None:
    """Kills all processes of a command, however they detached themselves.

    They are stopped first, until no new one appears: a process that forks faster than it is killed cannot escape.
    """
    stopped: set[int] = set()
    while True:
        fresh = {pid for pid in processes() if _is_marked(pid, mark)} - stopped
        if not fresh:
            break
        for pid in fresh:
            _signal(pid, signal.SIGSTOP)
        stopped |= fresh
    for pid in stopped:
        _signal(pid, signal.SIGKILL)


def _is_marked(pid: int, mark: int) -> bool:
    limits = _read(f"/proc/{pid}/limits")
    line = limits[limits.find(b"Max realtime timeout") :].split(b"\n", 1)[0].split()
    return len(line) > 4 and line[4] == str(_FIRST_MARK - mark).encode()


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


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
