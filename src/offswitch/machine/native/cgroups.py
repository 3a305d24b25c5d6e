"""Control groups, where this process may make them: memory and process limits for a machine as a whole."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

from offswitch.machine.records import Limits

_ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Group:
    """The groups of one machine: one folder (v2), one a controller (v1), or none."""

    folders: tuple[Path, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """Files into which a process writes itself."""
        return tuple(str(folder / "cgroup.procs") for folder in self.folders)

    def remove(self) -> bool:
        """Removes the folders; False while a process is still in one."""
        try:
            for folder in self.folders:
                if folder.exists():
                    folder.rmdir()
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class _Parent:
    """Where machines' groups are made: (version, folder of each controller)."""

    version: int
    folders: tuple[Path, ...]


def make(name: str, limits: Limits) -> Group:
    """A group with these limits, or an empty one where groups cannot be made."""
    parent = _parent(os.getpid())
    if parent is None:
        return Group()
    # What is written to disk is memory too, and must not get PID 1 killed.
    memory = str(limits.memory + limits.disk)
    folders = tuple(folder / name for folder in parent.folders)
    wanted = {"memory.max": memory, "memory.swap.max": "0", "pids.max": str(limits.processes + 2)}
    if parent.version == 1:
        wanted = {"memory.limit_in_bytes": memory, "pids.max": str(limits.processes + 2)}
    try:
        for folder in folders:
            folder.mkdir()
            for file, value in wanted.items():
                if (folder / file).exists():
                    (folder / file).write_text(value)
    except OSError:
        Group(folders).remove()
        return Group()
    return Group(folders)


@functools.cache
def _parent(pid: int) -> _Parent | None:
    """Made once a process; folders of processes that are gone are swept."""
    own = {line.split(":")[1]: line.split(":")[2].lstrip("/") for line in _lines("/proc/self/cgroup")}
    candidates = (
        [_Parent(1, tuple(_ROOT / name / own[name] for name in ("memory", "pids")))]
        if ({"memory", "pids"} <= own.keys())
        else _unified(own.get("", ""))
    )
    for candidate in candidates:
        made = tuple(folder / f"offswitch-{pid}" for folder in candidate.folders)
        try:
            for folder, group in zip(candidate.folders, made, strict=True):
                _sweep(folder)
                group.mkdir(exist_ok=True)
                if candidate.version == 2:
                    (group / "cgroup.subtree_control").write_text("+memory +pids")
        except OSError:
            Group(made).remove()
            continue
        return _Parent(candidate.version, made)
    return None


def _unified(own: str) -> list[_Parent]:
    """Version 2: the root as root; else the nearest folder above that is ours to divide."""
    if "memory" not in _read(_ROOT / "cgroup.subtree_control").split():
        return []
    if os.geteuid() == 0:
        return [_Parent(2, (_ROOT,))]
    above = list(Path(own).parents)[:-1]
    usable = [
        _ROOT / folder
        for folder in above
        if os.access(_ROOT / folder / "cgroup.procs", os.W_OK)
        and {"memory", "pids"} <= set(_read(_ROOT / folder / "cgroup.subtree_control").split())
    ]
    return [_Parent(2, (folder,)) for folder in usable]


def forget() -> None:
    """Removes this process's own folders, once its machines are gone."""
    parent = _parent(os.getpid())
    if parent is not None:
        Group(parent.folders).remove()
        _parent.cache_clear()


def _sweep(folder: Path) -> None:
    for stale in folder.glob("offswitch-*"):
        if not Path("/proc", stale.name.rpartition("-")[2]).exists():
            for machine in [*stale.glob("*/"), stale]:
                Group((machine,)).remove()


def _lines(path: str) -> list[str]:
    return _read(Path(path)).splitlines()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
