"""Tries, in a process of its own, each thing that the native machine asks of the kernel; run by the doctor.

Prints one JSON object: step → null when it works, else the reason. Only the standard library and `native.syscalls`
are imported, as in the machine itself.

    python -I -S probe.py FOLDER      # FOLDER: empty, open to all
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "native"))

import syscalls  # type: ignore[import-not-found]

_NOBODY = 65534
_ACTION_AVAILABLE, _USER_NOTIFICATION = 2, 0x7FC00000


def namespaces(folder: Path) -> None:
    """User, mount, process, network and other namespaces without privileges."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    user, group = os.geteuid(), os.getegid()
    kinds = ("USER", "NS", "PID", "NET", "IPC", "UTS", "CGROUP")
    syscalls.unshare(sum(getattr(syscalls, f"CLONE_NEW{kind}") for kind in kinds))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def mounts(folder: Path) -> None:
    """A tmpfs in those namespaces."""
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", str(folder), "tmpfs", 0, "size=1m")
    for name in ("lower", "upper", "work", "merged"):
        (folder / name).mkdir()


def attributes(folder: Path) -> None:
    """Extended attributes of the user on a tmpfs: without them a folder cannot be emptied and filled anew."""
    os.setxattr(folder / "upper", "user.offswitch", b"y")


def overlay(folder: Path) -> None:
    """An overlay in a user namespace."""
    options = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work,userxattr"
    syscalls.mount("overlay", str(folder / "merged"), "overlay", 0, options)
    (folder / "merged" / "file").write_text("x")


def notification(folder: Path) -> None:
    """System calls handed to a supervisor."""
    action = ctypes.c_uint32(_USER_NOTIFICATION)
    number = syscalls.NUMBERS["seccomp"]
    syscalls.check(syscalls.libc.syscall(number, _ACTION_AVAILABLE, 0, ctypes.byref(action)), "seccomp")


STEPS: tuple[Callable[[Path], None], ...] = (notification, namespaces, mounts, attributes, overlay)


def main(folder: Path) -> dict[str, str | None]:
    """Every step with its problem, in order; a step that needs one before it fails with it."""
    found: dict[str, str | None] = {}
    for step in STEPS:
        try:
            step(folder)
            found[step.__name__] = None
        except (OSError, KeyError) as error:
            found[step.__name__] = str(error)
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
