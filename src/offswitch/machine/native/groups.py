"""The control groups of one machine, made and joined before it is wanted.

To move a process into a group the kernel waits for a grace period, some ten milliseconds: so the next machine's starter
joins its group while it waits for a request.
"""

from __future__ import annotations

import os
import time
from typing import Any

_CLEAR_TRIES = 500


def join(parents: list[str], name: str) -> list[str]:
    """Makes a group below each parent and moves this process there; returns their folders, none if it cannot be."""
    folders = [f"{parent}/{name}" for parent in parents]
    try:
        for folder in folders:
            os.mkdir(folder)
            _write(f"{folder}/cgroup.procs", "0")
    except OSError:
        leave(parents)
        remove(folders)
        return []
    return folders


def open_limits(folders: list[str]) -> list[tuple[str, int]]:
    """The files that set limits, opened while this process may still do it: (name, descriptor)."""
    return [
        (name, os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CLOEXEC))
        for folder in folders
        for name in ("memory.max", "memory.limit_in_bytes", "pids.max")
        if os.path.exists(f"{folder}/{name}")
    ]


def limit(files: list[tuple[str, int]], spec: dict[str, Any]) -> None:
    """Sets the limits of a machine. What is written to disk is memory too, and must not get PID 1 killed."""
    memory = spec["memory"] + spec["disk"]
    for name, file in files:
        # The process that becomes PID 1 and the one before it count too.
        value = spec["processes"] + 2 if name == "pids.max" else memory
        os.write(file, str(value).encode())
        os.close(file)


def leave(parents: list[str]) -> None:
    """Moves this process back above the groups."""
    for parent in parents:
        try:
            _write(f"{os.path.dirname(parent)}/cgroup.procs", "0")
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
