"""The control groups of one machine, made and joined before it is wanted.

To move a process into a group the kernel waits for a grace period, some ten milliseconds: so the next machine joins its
group while it waits for a request.
"""

from __future__ import annotations

import os
import time
from typing import Any

_CLEAR_TRIES = 500


def make(parents: list[str], name: str) -> list[str]:
    """Makes a group below each parent; returns their folders, none if it cannot be."""
    folders = [f"{parent}/{name}" for parent in parents]
    try:
        for folder in folders:
            os.mkdir(folder)
    except OSError:
        remove(folders)
        return []
    return folders


def join(folders: list[str], pid: int) -> bool:
    """Moves a process into the groups; where it cannot be, it stays outside, and they are removed."""
    try:
        for folder in folders:
            _write(f"{folder}/cgroup.procs", str(pid))
    except OSError:
        leave(folders, pid)
        remove(folders)
        return False
    return True


def open_limits(folders: list[str]) -> list[tuple[str, int]]:
    """The files that set limits, opened by who may do it: (name, descriptor)."""
    found = []
    for folder in folders:
        for name in ("memory.max", "memory.limit_in_bytes", "pids.max"):
            try:
                found.append((name, os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CLOEXEC)))
            except FileNotFoundError:
                continue
    return found


def limit(files: list[tuple[str, int]], spec: dict[str, Any]) -> None:
    """Sets the limits of a machine. What is written to disk is memory too, and must not get PID 1 killed."""
    memory = spec["memory"] + spec["disk"]
    for name, file in files:
        # PID 1 counts too.
        value = spec["processes"] + 1 if name == "pids.max" else memory
        os.write(file, str(value).encode())


def leave(folders: list[str], pid: int) -> None:
    """Moves a process back above the folder that the groups are in."""
    for folder in folders:
        try:
            _write(f"{os.path.dirname(os.path.dirname(folder))}/cgroup.procs", str(pid))
        except OSError:
            continue


def remove(folders: list[str]) -> None:
    """Removes groups that nothing is in."""
    for folder in folders:
        try:
            os.rmdir(folder)
        except OSError:
            continue


def clear(parents: list[str]) -> None:
    """Removes all that is below the parents, and them, as the last processes leave."""
    for _ in range(_CLEAR_TRIES):
        for parent in parents:
            try:
                remove([f"{parent}/{name}" for name in os.listdir(parent) if os.path.isdir(f"{parent}/{name}")])
            except FileNotFoundError:
                continue
        remove(parents)
        if not any(os.path.exists(parent) for parent in parents):
            return
        time.sleep(0.02)


def _write(path: str, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)
