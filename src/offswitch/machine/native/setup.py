"""Turns a fresh process into a machine's first: namespaces, file system, network, no privileges.

What does not depend on the machine's specification is done ahead (`build`), the rest when it is known (`fit`).
Every path that a mount shows is relative to the base folder, so that /proc/self/mountinfo tells nothing of the host.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Any, NamedTuple

from . import network, syscalls
from .syscalls import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT, mount

Spec = dict[str, Any]
"""The host's request: see `launch.request`."""
Layout = dict[str, Any]
"""The fields of `lower.Layout`."""

_NAMESPACES = (
    syscalls.CLONE_NEWUSER
    | syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWNET
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWCGROUP
)
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
_MASKED_FILES = (
    "kcore", "keys", "key-users", "timer_list", "sysrq-trigger", "config.gz", "kallsyms", "latency_stats",
    "sched_debug", "kmsg", "kpagecount", "kpageflags", "vmallocinfo", "iomem", "ioports",
)  # fmt: skip
_MASKED_FOLDERS = ("scsi", "acpi", "fs", "driver", "asound")
_ROOM = "size=64m,nr_inodes=65536,mode=755"
"""Of the disk, until the specification is known."""
_BOOT = "BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro quiet\n"
_LOCKED = {os.ST_NOSUID: MS_NOSUID, os.ST_NODEV: MS_NODEV, os.ST_NOEXEC: MS_NOEXEC}


class Built(NamedTuple):
    """What is left to hold of a machine that stands."""

    uppers: list[int]
    """Descriptors of the upper folders: of the root, and of /usr where that is an overlay of its own."""
    disk: int
    """By which the size of its disk is set."""
    null: int
    """/dev/null."""


class Identity(NamedTuple):
    """Who a machine's root is on the host."""

    user: int
    group: int

    @classmethod
    def of(cls, machine_user: int) -> Identity:
        """A user that is nobody else, where this process may choose, or its own."""
        return cls(machine_user, machine_user) if os.geteuid() == 0 else cls(os.geteuid(), os.getegid())


def approach(layout: Layout) -> str:
    """Goes where machines are made from, once for all of them; as root also gives up the host's groups.

    Returns:
        The root file system that each machine has still to bind, if any: as root that is done here.
    """
    # The base folder may lie where only the host's root can look.
    os.chdir(layout["base"])
    rootfs: str = layout["rootfs"]
    if os.geteuid() != 0:
        return rootfs
    os.setgroups([])
    if rootfs:
        syscalls.unshare(syscalls.CLONE_NEWNS)
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        _bind_lower(rootfs)
    return ""


def clone(identity: Identity) -> int:
    """Forks a process into namespaces of its own, where it is the first; 0 in it, which then calls `arrive`."""
    root = os.geteuid() == 0
    if root:
        # The namespaces belong to whoever made them: the machine's user, for one moment.
        os.setresgid(identity.group, identity.group, 0)
        os.setresuid(identity.user, identity.user, 0)
        # Changing user made it non-dumpable, and then the child's own uid_map would belong to root.
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    pid, problem = -1, None
    try:
        pid = syscalls.clone(_NAMESPACES)
    except OSError as error:
        problem = error
    if root and pid:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
    if problem is not None:
        raise problem
    return pid


def arrive(identity: Identity) -> None:
    """Becomes root of the new namespaces, with no way back to the host's."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"0 {identity.user} 1")
    _write("/proc/self/gid_map", f"0 {identity.group} 1")
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.setsid()


def build(layout: Layout, rootfs: str) -> Built:
    """Builds a machine around this process, which is its PID 1; `rootfs` is what `approach` returned."""
    os.umask(0)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    if rootfs:
        _bind_lower(rootfs)
    mount("tmpfs", "rw", "tmpfs", MS_NOSUID | MS_NODEV, _ROOM)
    for name in ("u", "w", "m", "empty"):
        os.mkdir(f"rw/{name}", 0o755)
    uppers = ["rw/u"]
    _fill("rw/u", layout["folders"], layout["texts"])
    _overlay("lower", "rw/u", "rw/w", "rw/m")
    if layout["usr"]:
        os.mkdir("rw/uu", 0o755)
        os.mkdir("rw/uw", 0o755)
        _fill("rw/uu", layout["usr_folders"], {})
        for path in layout["usr_without"]:
            os.makedirs(f"rw/uu/{os.path.dirname(path)}", 0o755, exist_ok=True)
            os.mknod(f"rw/uu/{path}", 0o020000, 0)
        covered = [path for path in layout["usr_own"] if not _opaque(f"rw/uu/{path}")]
        _overlay("usr", "rw/uu", "rw/uw", "rw/m/usr")
        for path in covered:
            mount(f"rw/uu/{path}", f"rw/m/usr/{path}", None, MS_BIND)
        uppers.append("rw/uu")
    for path in layout["hidden"]:
        mount("rw/empty", f"rw/m{path}", None, MS_BIND)
    for path in layout["shown"]:
        _show(path, f"rw/m{path}")
    _proc()
    _devices()
    os.makedirs("rw/m/sys", exist_ok=True)
    _bind_read_only("rw/empty", "rw/m/sys")
    network.bring_up()
    built = Built(
        [os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for path in uppers],
        syscalls.pick("rw"),
        os.open("rw/m/dev/null", os.O_RDWR | os.O_CLOEXEC),
    )
    os.chdir("rw/m")
    syscalls.pivot_root_here()
    os.chdir("/")
    os.umask(0o022)
    syscalls.lock_capabilities()
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    return built


def fit(spec: Spec, built: Built) -> None:
    """Makes it the machine that was asked for, and gives up all privileges."""
    try:
        syscalls.reconfigure(built.disk, size=spec["disk"], nr_inodes=spec["files"])
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "size of the disk") from error
    os.close(built.disk)
    for path, text in spec["texts"].items():
        _write(f"/{path}", text)
    os.makedirs(spec["workdir"], 0o755, exist_ok=True)
    hostname = os.fsencode(spec["hostname"])
    syscalls.check(syscalls.libc.sethostname(hostname, len(hostname)), "sethostname")
    syscalls.drop_capabilities()


def _bind_lower(rootfs: str) -> None:
    """Shows a folder of the host as `lower`, by whoever may enter the folders above it."""
    mount(rootfs, "lower", None, MS_BIND | MS_REC)


def _fill(upper: str, folders: dict[str, int], texts: dict[str, str]) -> None:
    """What the machine's root owns from the start."""
    for path, mode in folders.items():
        os.mkdir(f"{upper}/{path}", mode)
    for path, text in texts.items():
        _write(f"{upper}/{path}", text, 0o644)


def _opaque(folder: str) -> bool:
    """Hides what the host has below an upper folder; False where tmpfs keeps no such attribute (before Linux 6.6)."""
    try:
        os.setxattr(folder, "user.overlay.opaque", b"y")
    except OSError:
        return False
    return True


def _overlay(lower: str, upper: str, work: str, target: str) -> None:
    options = f"lowerdir={lower},upperdir={upper},workdir={work},userxattr"
    mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, options)


def _proc() -> None:
    os.makedirs("rw/m/proc", exist_ok=True)
    mount("proc", "rw/m/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _write("rw/m/proc/sys/user/max_user_namespaces", "0")
    _write("rw/m/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
    _write("rw/nothing", "", 0o444)
    _write("rw/boot", _BOOT, 0o444)
    mount("rw/boot", "rw/m/proc/cmdline", None, MS_BIND)
    for source, names in (("rw/nothing", _MASKED_FILES), ("rw/empty", _MASKED_FOLDERS)):
        for name in names:
            # Which of them there are depends on the kernel.
            with contextlib.suppress(FileNotFoundError):
                mount(source, f"rw/m/proc/{name}", None, MS_BIND)
    mount(None, "rw/m/proc", None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)


def _devices() -> None:
    for name in _DEVICES:
        target = f"rw/m/dev/{name}"
        if not os.path.lexists(target):
            _write(target, "", 0o666)
        mount(f"/dev/{name}", target, None, MS_BIND)
    for name, goal in _DEVICE_LINKS.items():
        if not os.path.lexists(f"rw/m/dev/{name}"):
            os.symlink(goal, f"rw/m/dev/{name}")
    os.makedirs("rw/m/dev/pts", exist_ok=True)
    mount("devpts", "rw/m/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,max=64")


def _bind_read_only(source: str, target: str) -> None:
    mount(source, target, None, MS_BIND)
    mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _show(path: str, target: str) -> None:
    """A folder of the host, read-only. Flags that the host locked must be repeated."""
    os.makedirs(target, exist_ok=True)
    mount(path, target, None, MS_BIND | MS_REC)
    held = os.statvfs(target).f_flag
    flags = sum(flag for bit, flag in _LOCKED.items() if held & bit)
    mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | flags)


def _write(path: str, text: str, mode: int = 0o644) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)
