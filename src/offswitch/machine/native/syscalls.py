"""System calls that Python does not offer, by ctypes, with their numbers for x86_64 and aarch64."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
from typing import NamedTuple

libc = ctypes.CDLL(None, use_errno=True)
_holding = ctypes.PyDLL(None, use_errno=True)
"""The same, keeping the interpreter's lock."""
for _name in ("capset", "mount", "prctl", "sethostname", "syscall", "umount2", "unshare"):
    getattr(libc, _name)  # looked up once, and not by every process forked from here

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_NEW_ANY = 0x7E020000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
_FSPICK_CLOEXEC, _SET_STRING, _RECONFIGURE, _AT_FDCWD = 1, 1, 7, -100

PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

_X86_64 = {
    "accept": 43, "acct": 163, "add_key": 248, "bpf": 321, "chmod": 90, "chroot": 161, "clock_settime": 227,
    "clone": 56, "clone3": 435, "connect": 42, "creat": 85, "delete_module": 176, "execve": 59, "execveat": 322,
    "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "finit_module": 313, "fsconfig": 431, "fsmount": 432,
    "fsopen": 430, "fspick": 433, "init_module": 175, "io_uring_enter": 426, "io_uring_register": 427,
    "io_uring_setup": 425, "ioctl": 16, "ioperm": 173, "iopl": 172, "kcmp": 312, "kexec_file_load": 320,
    "kexec_load": 246, "keyctl": 250, "kill": 62, "link": 86, "linkat": 265, "lookup_dcookie": 212, "mount": 165,
    "mount_setattr": 442, "move_mount": 429, "open": 2, "open_by_handle_at": 304, "open_tree": 428,
    "open_tree_attr": 467, "openat": 257, "openat2": 437, "perf_event_open": 298, "pidfd_getfd": 438,
    "pidfd_send_signal": 424, "pivot_root": 155, "process_vm_readv": 310, "process_vm_writev": 311, "ptrace": 101,
    "quotactl": 179, "reboot": 169, "rename": 82, "renameat": 264, "renameat2": 316, "request_key": 249, "rmdir": 84,
    "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "seccomp": 317, "setns": 308, "settimeofday": 164,
    "socket": 41, "swapoff": 168, "swapon": 167, "symlink": 88,
    "symlinkat": 266, "syslog": 103, "tgkill": 234, "tkill": 200, "truncate": 76,
    "umount2": 166, "unlink": 87, "unlinkat": 263, "unshare": 272, "userfaultfd": 323,
}  # fmt: skip
_AARCH64 = {
    "accept": 202, "acct": 89, "add_key": 217, "bpf": 280, "chroot": 51, "clock_settime": 112, "clone": 220,
    "clone3": 435, "connect": 203, "delete_module": 106, "execve": 221, "execveat": 281, "fchmod": 52,
    "fchmodat": 53, "fchmodat2": 452, "finit_module": 273, "fsconfig": 431, "fsmount": 432, "fsopen": 430,
    "fspick": 433, "init_module": 105, "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425,
    "ioctl": 29, "kcmp": 272, "kexec_file_load": 294, "kexec_load": 104, "keyctl": 219, "kill": 129, "linkat": 37,
    "lookup_dcookie": 18, "mount": 40, "mount_setattr": 442, "move_mount": 429, "open_by_handle_at": 265,
    "open_tree": 428, "open_tree_attr": 467, "openat": 56, "openat2": 437, "perf_event_open": 241,
    "pidfd_getfd": 438, "pidfd_send_signal": 424, "pivot_root": 41, "process_vm_readv": 270,
    "process_vm_writev": 271, "ptrace": 117, "quotactl": 60, "reboot": 142, "renameat": 38, "renameat2": 276,
    "request_key": 218, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "seccomp": 277, "setns": 268,
    "settimeofday": 170, "socket": 198, "swapoff": 225, "swapon": 224,
    "symlinkat": 36, "syslog": 116, "tgkill": 131, "tkill": 130,
    "truncate": 45, "umount2": 39, "unlinkat": 35, "unshare": 97, "userfaultfd": 282,
}  # fmt: skip

_MACHINE = platform.machine() if os.name == "posix" else ""
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}.get(_MACHINE, 0)
NUMBERS = {"x86_64": _X86_64, "aarch64": _AARCH64}.get(_MACHINE, {})
"""System call name → number on this processor; empty where the native machine is not supported."""


def check(result: int, what: str) -> int:
    """The result of a C call, or an OSError that names the call."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), what)
    return result


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """mount(2)."""
    raw = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    check(libc.mount(raw[0], raw[1], raw[2], ctypes.c_ulong(flags), raw[3]), f"mount {kind or 'bind'} on {target}")


def pivot_root_here() -> None:
    """Makes the current folder the root and detaches the old root."""
    check(libc.syscall(NUMBERS["pivot_root"], b".", b"."), "pivot_root")
    check(libc.umount2(b".", MNT_DETACH), "umount of the old root")


def unshare(flags: int) -> None:
    """unshare(2)."""
    check(libc.unshare(flags), "unshare")


def clone(flags: int) -> int:
    """fork(2) straight into new namespaces: 0 in the child.

    Nothing of `os.fork`'s care for threads happens: for a process that has none.
    """
    number = ctypes.c_ulong(flags | signal.SIGCHLD)
    return check(_holding.syscall(NUMBERS["clone"], number, None, None, None, None), "unshare")


def pick(folder: str) -> int:
    """A descriptor by which the file system mounted on a folder can be set anew, wherever it is mounted later."""
    return check(libc.syscall(NUMBERS["fspick"], _AT_FDCWD, os.fsencode(folder), _FSPICK_CLOEXEC), "fspick")


def reconfigure(picked: int, **options: int) -> None:
    """Sets options of a picked file system."""
    number = NUMBERS["fsconfig"]
    for name, value in options.items():
        raw = name.encode(), str(value).encode()
        check(libc.syscall(number, picked, _SET_STRING, *raw, 0), f"fsconfig {name}")
    check(libc.syscall(number, picked, _RECONFIGURE, None, None, 0), "fsconfig")


def prctl(option: int, value: int | bytes = 0) -> int:
    """prctl(2) with one argument; -1 on failure."""
    argument = value if isinstance(value, bytes) else ctypes.c_ulong(value)
    return int(libc.prctl(option, argument, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def lock_capabilities() -> None:
    """Nothing that this process starts, nor it itself once it has dropped them, has or gets a capability again."""
    capability = 0
    while prctl(PR_CAPBSET_DROP, capability) == 0:
        capability += 1
    # KEEP_CAPS_LOCKED, NO_SETUID_FIXUP and NOROOT with their locks: uid 0 is a number like any other from here on.
    check(prctl(PR_SET_SECUREBITS, 0x2F), "prctl securebits")
    check(prctl(PR_SET_NO_NEW_PRIVS, 1), "prctl no_new_privs")


def drop_capabilities() -> None:
    """Empties this process's own capability sets."""
    check(libc.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")


def signal_descriptor(*signals: int) -> int:
    """A non-blocking signalfd(2) for blocked signals."""
    mask = bytearray(128)
    for number in signals:
        mask[(number - 1) // 8] |= 1 << (number - 1) % 8
    flags = os.O_CLOEXEC | os.O_NONBLOCK
    return check(libc.signalfd(-1, bytes(mask), flags), "signalfd")


class Title(NamedTuple):
    """Where this process, and all that are forked from it, have their command line."""

    start: int
    end: int

    @classmethod
    def find(cls) -> Title:
        """Reads it from /proc."""
        with open("/proc/self/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
        return cls(int(fields[45]), int(fields[46]))


def disguise(title: Title, name: str) -> None:
    """Overwrites this process's command line and name, so that /proc shows `name` and nothing else."""
    room = title.end - title.start
    raw = os.fsencode(name)[: room - 2]
    # A last byte that is not NUL tells the kernel that the title ends at its first NUL, not where it ended once.
    ctypes.memmove(title.start, raw.ljust(room - 1, b"\0") + b" ", room)
    prctl(PR_SET_NAME, os.fsencode(os.path.basename(name)))
