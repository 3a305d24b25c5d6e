"""Where this process may make control groups, for limits on a machine as a whole; machines join them by `groups`."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def parents() -> list[str]:
    """Folders below which a machine's groups are made: one (v2), one a controller (v1), or none.

    Those of this process are made at the first call.
    """
    return [str(folder) for folder in _parents(ROOT, os.getpid())]


def remove(folders: Iterable[str]) -> bool:
    """Removes groups; False while a process is still in one."""
    try:
        for folder in map(Path, folders):
            if folder.exists():
                folder.rmdir()
    except OSError:
        return False
    return True


@functools.cache
def _parents(root: Path, pid: int) -> tuple[Path, ...]:
    own = {line.split(":")[1]: line.split(":")[2].lstrip("/") for line in _read(Path("/proc/self/cgroup")).splitlines()}
    for candidate in candidates(root, own):
        made = tuple(folder / f"offswitch-{pid}" for folder in candidate)
        try:
            for folder, group in zip(candidate, made, strict=True):
                _sweep(folder)
                group.mkdir(exist_ok=True)
                if (group / "cgroup.subtree_control").exists():
                    (group / "cgroup.subtree_control").write_text("+memory +pids")
        except OSError:
            remove(str(folder) for folder in made)
            continue
        return made
    return ()


def candidates(root: Path, own: dict[str, str]) -> list[tuple[Path, ...]]:
    """Folders to try, in order, given this process's own groups (controllers → path, from /proc/self/cgroup)."""
    if {"memory", "pids"} <= own.keys():
        return [tuple(root / name / own[name] for name in ("memory", "pids"))]
    if "memory" not in _read(root / "cgroup.subtree_control").split():
        return []
    if os.geteuid() == 0:
        return [(root,)]
    # A process may be moved only below a folder that is ours, and only folders without processes can be divided.
    above = [root / folder for folder in list(Path(own.get("", "")).parents)[:-1]]
    return [
        (folder,)
        for folder in above
        if os.access(folder / "cgroup.procs", os.W_OK)
        and {"memory", "pids"} <= set(_read(folder / "cgroup.subtree_control").split())
    ]


def _sweep(folder: Path) -> None:
    """Removes what processes that are gone have left."""
    for stale in folder.glob("offswitch-*"):
        if not Path("/proc", stale.name.rpartition("-")[2]).exists():
            remove(str(group) for group in (*stale.glob("*/"), stale))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
