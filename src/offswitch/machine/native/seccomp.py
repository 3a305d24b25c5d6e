"""The system call filter of a machine: which calls are forbidden and which are written to the event log."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import syscalls

FORBIDDEN = (
    "mount", "umount2", "pivot_root", "unshare", "setns", "ptrace", "process_vm_readv", "process_vm_writev", "bpf",
    "perf_event_open", "keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "reboot", "swapon", "swapoff", "open_tree", "open_tree_attr", "move_mount",
    "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "userfaultfd", "open_by_handle_at", "chroot", "acct",
    "settimeofday", "clock_settime", "quotactl", "lookup_dcookie", "iopl", "ioperm", "kcmp", "pidfd_getfd",
    "syslog",
)  # fmt: skip
"""Calls answered with EPERM and logged as DENIED."""
ABSENT = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")
"""Calls answered with ENOSYS: their arguments cannot be seen by a filter, and programs fall back to others."""
WATCHED = (
    "execve", "execveat", "kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "chmod", "fchmod", "fchmodat", "fchmodat2", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir",
    "link", "linkat", "symlink", "symlinkat", "creat", "openat2", "truncate", "connect",
)  # fmt: skip
"""Calls that go on, and are logged."""

SOCKET_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink: these end at the machine's own namespaces. Others do not all (AF_VSOCK reaches the
hypervisor of a virtual machine), and get EAFNOSUPPORT."""

FS_IOC_SETFLAGS = 0x40086602
FS_IOC_FSSETXATTR = 0x401C5820
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_ALLOW, _NOTIFY, _ERRNO, _KILL = 0x7FFF0000, 0x7FC00000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_FILTER, _NEW_LISTENER, _WAIT_KILLABLE = 1, 1 << 3, 1 << 5
_NR, _ARCH = 0, 4
_X32 = 0x40000000
"""From here on: the x32 table of x86_64."""
_LINEAR = 3


def _argument(index: int) -> int:
    """Offset of the low half of an argument (both processors are little-endian)."""
    return 16 + 8 * index


class _Rules:
    """What happens to which call; one that has no rule is allowed."""

    def __init__(self) -> None:
        self._leaves: dict[str, list[bytes]] = {}
        self._decided: set[str] = set()

    def when_call(self, name: str, action: int) -> None:
        """Whatever its arguments, but for earlier rules."""
        self._add(name, [_instruction(_RETURN, action)])
        self._decided.add(name)

    def when_argument(self, name: str, index: int, test: int, value: int, action: int) -> None:
        """If an argument passes the test; else later rules for that call hold."""
        self._add(
            name,
            [
                _instruction(_LOAD, _argument(index)),
                _instruction(test, value, 0, 1),
                _instruction(_RETURN, action),
            ],
        )

    def when_argument_other(self, name: str, index: int, values: tuple[int, ...], action: int) -> None:
        """If an argument is none of the values; else it is allowed."""
        tests = [_instruction(_EQUAL, value, len(values) - number, 0) for number, value in enumerate(values)]
        self._add(name, [_instruction(_LOAD, _argument(index)), *tests, _instruction(_RETURN, action)])

    def _add(self, name: str, code: list[bytes]) -> None:
        if name in syscalls.NUMBERS:
            self._leaves.setdefault(name, []).extend(code)

    def search(self) -> list[bytes]:
        """Code that finds the call's rules by halving, with the call's number in the accumulator.

        The kernel goes through the whole for every number there is when it takes the filter: this keeps that short.
        """
        leaves = {
            syscalls.NUMBERS[name]: code if name in self._decided else [*code, _ALLOWED]
            for name, code in self._leaves.items()
        }
        return _search(sorted(leaves.items()))


def _search(leaves: list[tuple[int, list[bytes]]]) -> list[bytes]:
    if len(leaves) > _LINEAR:
        half = len(leaves) // 2
        below, above = _search(leaves[:half]), _search(leaves[half:])
        return [_instruction(_AT_LEAST, leaves[half][0], len(below), 0), *below, *above]
    found = [part for number, code in leaves for part in (_instruction(_EQUAL, number, 0, len(code)), *code)]
    return [*found, _ALLOWED]


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


_ALLOWED = _instruction(_RETURN, _ALLOW)


def program(notify: bool) -> bytes:
    """The filter's instructions; with `notify` a listener decides on what is watched or forbidden."""
    denied = _NOTIFY if notify else _ERRNO | errno.EPERM
    rules = _Rules()
    if notify:
        rules.when_argument("openat", 2, _ANY_BIT, WRITING, _NOTIFY)
        rules.when_argument("open", 1, _ANY_BIT, WRITING, _NOTIFY)
        for request in (FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR):
            rules.when_argument("ioctl", 1, _EQUAL, request, _NOTIFY)
        for name in WATCHED:
            rules.when_call(name, _NOTIFY)
    for request in (_TIOCSTI, _TIOCLINUX):
        rules.when_argument("ioctl", 1, _EQUAL, request, _ERRNO | errno.EPERM)
    rules.when_argument_other("socket", 0, SOCKET_FAMILIES, _ERRNO | errno.EAFNOSUPPORT)
    rules.when_argument("clone", 0, _ANY_BIT, syscalls.CLONE_NEW_ANY, denied)
    for name in FORBIDDEN:
        rules.when_call(name, denied)
    for name in ABSENT:
        rules.when_call(name, _ERRNO | errno.ENOSYS)
    absent = _instruction(_RETURN, _ERRNO | errno.ENOSYS)
    return b"".join(
        [
            _instruction(_LOAD, _ARCH),
            _instruction(_EQUAL, syscalls.AUDIT_ARCH, 1, 0),
            absent,
            _instruction(_LOAD, _NR),
            _instruction(_AT_LEAST, _X32, 0, 1),
            absent,
            *rules.search(),
        ]
    )


class _Prog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install(instructions: bytes, notify: bool) -> int:
    """Puts this process and all it will start under the filter; returns the listener (or -1 without one)."""
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    prog = _Prog(len(instructions) // 8, ctypes.addressof(buffer))
    number = syscalls.NUMBERS["seccomp"]
    if not notify:
        syscalls.check(syscalls.libc.syscall(number, _FILTER, 0, ctypes.byref(prog)), "seccomp")
        return -1
    # Without WAIT_KILLABLE (Linux 5.19) a signal can make a call restart and be logged twice.
    listener = syscalls.libc.syscall(number, _FILTER, _NEW_LISTENER | _WAIT_KILLABLE, ctypes.byref(prog))
    if listener < 0:
        listener = syscalls.libc.syscall(number, _FILTER, _NEW_LISTENER, ctypes.byref(prog))
    return syscalls.check(listener, "seccomp user notification")
