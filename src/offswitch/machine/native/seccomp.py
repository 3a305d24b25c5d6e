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


def _argument(index: int) -> int:
    """Offset of the low half of an argument (both processors are little-endian)."""
    return 16 + 8 * index


class _Program:
    """A classic BPF program, built front to back; each rule ends in a return or falls through."""

    def __init__(self) -> None:
        self.code: list[bytes] = []

    def add(self, code: int, value: int, yes: int = 0, no: int = 0) -> None:
        self.code.append(struct.pack("HBBI", code, yes, no, value))

    def when_call(self, name: str, action: int) -> None:
        """The accumulator holds the call's number."""
        if name in syscalls.NUMBERS:
            self.add(_EQUAL, syscalls.NUMBERS[name], 0, 1)
            self.add(_RETURN, action)

    def when_argument(self, name: str, index: int, test: int, value: int, action: int) -> None:
        """As `when_call`, if an argument passes the test; other calls of that name are allowed by a later rule."""
        if name in syscalls.NUMBERS:
            self.add(_EQUAL, syscalls.NUMBERS[name], 0, 4)
            self.add(_LOAD, _argument(index))
            self.add(test, value, 0, 1)
            self.add(_RETURN, action)
            self.add(_LOAD, _NR)

    def when_argument_other(self, name: str, index: int, values: tuple[int, ...], action: int) -> None:
        """As `when_argument`, if the argument is none of the values."""
        if name in syscalls.NUMBERS:
            self.add(_EQUAL, syscalls.NUMBERS[name], 0, len(values) + 3)
            self.add(_LOAD, _argument(index))
            for number, value in enumerate(values):
                self.add(_EQUAL, value, len(values) - number, 0)
            self.add(_RETURN, action)
            self.add(_LOAD, _NR)


def program(notify: bool) -> bytes:
    """The filter's instructions; with `notify` a listener decides on what is watched or forbidden."""
    denied = _NOTIFY if notify else _ERRNO | errno.EPERM
    build = _Program()
    build.add(_LOAD, _ARCH)
    build.add(_EQUAL, syscalls.AUDIT_ARCH, 1, 0)
    build.add(_RETURN, _ERRNO | errno.ENOSYS)
    build.add(_LOAD, _NR)
    build.add(_AT_LEAST, 0x40000000, 0, 1)  # the x32 table of x86_64
    build.add(_RETURN, _ERRNO | errno.ENOSYS)
    if notify:
        build.when_argument("openat", 2, _ANY_BIT, WRITING, _NOTIFY)
        build.when_argument("open", 1, _ANY_BIT, WRITING, _NOTIFY)
        for request in (FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR):
            build.when_argument("ioctl", 1, _EQUAL, request, _NOTIFY)
        for name in WATCHED:
            build.when_call(name, _NOTIFY)
    for request in (_TIOCSTI, _TIOCLINUX):
        build.when_argument("ioctl", 1, _EQUAL, request, _ERRNO | errno.EPERM)
    build.when_argument_other("socket", 0, SOCKET_FAMILIES, _ERRNO | errno.EAFNOSUPPORT)
    build.when_argument("clone", 0, _ANY_BIT, syscalls.CLONE_NEW_ANY, denied)
    for name in FORBIDDEN:
        build.when_call(name, denied)
    for name in ABSENT:
        build.when_call(name, _ERRNO | errno.ENOSYS)
    build.add(_RETURN, _ALLOW)
    return b"".join(build.code)


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
