"""What a watched system call means: its kind, paths, signal, mode, read from the caller's memory."""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple

from . import seccomp, syscalls

_AT_FDCWD = -100
_PATH_MAX = 4096
_MAX_ARGUMENTS, _MAX_ARGUMENT_BYTES = 64, 8192
_FEW_ARGUMENTS, _SHORT = 8, 256
"""What is read at first: most calls need no more."""


class Call(NamedTuple):
    """One call, as a row of the event log has it."""

    kind: str
    path: str | None = None
    other: str | None = None
    argv: tuple[str, ...] = ()
    value: int | None = None
    target: int | None = None


class _Shape(NamedTuple):
    """Where a call has its arguments: (folder descriptor, path) indices; -1 for none."""

    kind: str
    path: tuple[int, int] = (-1, -1)
    other: tuple[int, int] = (-1, -1)
    value: int = -1
    target: int = -1
    argv: int = -1
    descriptor: int = -1
    raw_other: int = -1


_SHAPES = {
    "execve": _Shape("exec", (-1, 0), argv=1),
    "execveat": _Shape("exec", (0, 1), argv=2),
    "kill": _Shape("kill", target=0, value=1),
    "tkill": _Shape("kill", target=0, value=1),
    "tgkill": _Shape("kill", target=0, value=2),
    "rt_sigqueueinfo": _Shape("kill", target=0, value=1),
    "rt_tgsigqueueinfo": _Shape("kill", target=0, value=2),
    "pidfd_send_signal": _Shape("kill", value=1),
    "chmod": _Shape("chmod", (-1, 0), value=1),
    "fchmod": _Shape("chmod", descriptor=0, value=1),
    "fchmodat": _Shape("chmod", (0, 1), value=2),
    "fchmodat2": _Shape("chmod", (0, 1), value=2),
    "rename": _Shape("rename", (-1, 0), (-1, 1)),
    "renameat": _Shape("rename", (0, 1), (2, 3)),
    "renameat2": _Shape("rename", (0, 1), (2, 3)),
    "unlink": _Shape("unlink", (-1, 0)),
    "unlinkat": _Shape("unlink", (0, 1)),
    "rmdir": _Shape("unlink", (-1, 0)),
    "link": _Shape("link", (-1, 1), (-1, 0)),
    "linkat": _Shape("link", (2, 3), (0, 1)),
    "symlink": _Shape("link", (-1, 1), raw_other=0),
    "symlinkat": _Shape("link", (1, 2), raw_other=0),
    "open": _Shape("write", (-1, 0)),
    "openat": _Shape("write", (0, 1)),
    "openat2": _Shape("write", (0, 1)),
    "creat": _Shape("write", (-1, 0)),
    "truncate": _Shape("write", (-1, 0)),
}
_NAMES = {number: name for name, number in syscalls.NUMBERS.items()}


def inner_pid(thread: int) -> int:
    """The caller's process number as the machine counts; 0 when it is gone."""
    return _status_number(_read(f"/proc/{thread}/status"), b"NStgid:")


def _status_number(status: bytes, field: bytes) -> int:
    at = status.find(b"\n" + field)
    numbers = status[at + 1 + len(field) :].split(b"\n", 1)[0].split() if at >= 0 else []
    return int(numbers[-1]) if numbers else 0


def describe(thread: int, number: int, arguments: list[int]) -> Call:
    """The call, with what could be read of its arguments."""
    name = _NAMES.get(number, str(number))
    if name == "connect":
        return _connect(thread, arguments)
    if name == "ioctl":
        return Call("chmod", _descriptor_path(thread, arguments[0]), "chattr")
    shape = _SHAPES.get(name)
    if shape is None:
        return Call("denied", name)
    with _Memory(thread) as memory:
        path = _path(thread, memory, arguments, shape.path)
        if shape.descriptor >= 0:
            path = _descriptor_path(thread, arguments[shape.descriptor])
        if name == "openat2" and not _writes(memory, arguments[2]):
            return Call("write", "/dev/null")
        other = _path(thread, memory, arguments, shape.other)
        if shape.raw_other >= 0:
            other = memory.text(arguments[shape.raw_other])
        argv = memory.vector(arguments[shape.argv]) if shape.argv >= 0 else ()
    target = _signed(arguments[shape.target]) if shape.target >= 0 else None
    if name == "pidfd_send_signal":
        target = _status_number(_read(f"/proc/{thread}/fdinfo/{_signed(arguments[0])}"), b"NSpid:")
    value = _signed(arguments[shape.value]) if shape.value >= 0 else None
    return Call(shape.kind, path, other, argv, value, target)


def _writes(memory: _Memory, how: int) -> bool:
    """Whether an `open_how` asks for writing."""
    raw = memory.read(how, 8)
    return len(raw) < 8 or bool(struct.unpack("Q", raw)[0] & seccomp.WRITING)


def _connect(thread: int, arguments: list[int]) -> Call:
    with _Memory(thread) as memory:
        raw = memory.read(arguments[1], min(arguments[2], 128))
    family = struct.unpack_from("H", raw)[0] if len(raw) >= 2 else -1
    if family == socket.AF_INET and len(raw) >= 8:
        return Call("connect", other=f"{socket.inet_ntoa(raw[4:8])}:{int.from_bytes(raw[2:4])}")
    if family == socket.AF_INET6 and len(raw) >= 24:
        address = socket.inet_ntop(socket.AF_INET6, raw[8:24])
        return Call("connect", other=f"[{address}]:{int.from_bytes(raw[2:4])}")
    if family == socket.AF_UNIX:
        return Call("connect", path=_text(raw[2:].split(b"\0")[0]) or None, other="unix")
    return Call("connect", other=f"family {family}")


def _path(thread: int, memory: _Memory, arguments: list[int], where: tuple[int, int]) -> str | None:
    folder, index = where
    if index < 0:
        return None
    path = memory.text(arguments[index])
    if path is None:
        return None
    start = _AT_FDCWD if folder < 0 else _signed(arguments[folder])
    if not path and start != _AT_FDCWD:
        return _descriptor_path(thread, start)
    if path.startswith("/"):
        return os.path.normpath(path)
    base = _link(f"/proc/{thread}/cwd") if start == _AT_FDCWD else _descriptor_path(thread, start)
    return os.path.normpath(f"{base}/{path}") if base else path


def _descriptor_path(thread: int, descriptor: int) -> str | None:
    return _link(f"/proc/{thread}/fd/{_signed(descriptor)}")


def _link(path: str) -> str | None:
    try:
        return _text(os.fsencode(os.readlink(path)))
    except OSError:
        return None


def _signed(argument: int) -> int:
    """The low half of an argument as a C int."""
    value = argument & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")


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


class _Memory:
    """A process's memory, read-only; what cannot be read is absent."""

    def __init__(self, thread: int) -> None:
        self._path = f"/proc/{thread}/mem"
        self._file = -1

    def __enter__(self) -> _Memory:
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = -1
        return self

    def __exit__(self, *_: object) -> None:
        if self._file >= 0:
            os.close(self._file)

    def read(self, address: int, size: int) -> bytes:
        """Up to `size` bytes; fewer where the mapping ends."""
        if self._file < 0 or address >= 1 << 62:
            return b""
        try:
            return os.pread(self._file, size, address)
        except OSError:
            return b""

    def text(self, address: int, size: int = _PATH_MAX) -> str | None:
        """A C string, or None where it cannot be read."""
        raw = self.read(address, min(size, _SHORT))
        if len(raw) == _SHORT < size and b"\0" not in raw:
            raw += self.read(address + _SHORT, size - _SHORT)
        return _text(raw.split(b"\0", 1)[0]) if raw else None

    def vector(self, address: int) -> tuple[str, ...]:
        """An array of C strings such as argv, cut to bounds."""
        pointers = [number for (number,) in struct.iter_unpack("Q", self._pointers(address))]
        if 0 in pointers:
            del pointers[pointers.index(0) :]
        if not pointers:
            return ()
        # Mostly they lie close together: one look at all of them.
        start, span = min(pointers), max(pointers) - min(pointers)
        near = self.read(start, span + _SHORT) if span < _PATH_MAX else b""
        found: list[str] = []
        room = _MAX_ARGUMENT_BYTES
        for pointer in pointers:
            if room <= 0:
                break
            begin = pointer - start
            end = near.find(b"\0", begin, begin + room) if near else -1
            part = _text(near[begin:end]) if end >= 0 else self.text(pointer, min(room, _PATH_MAX))
            found.append(part or "")
            room -= len(found[-1]) + 1
        return tuple(found)

    def _pointers(self, address: int) -> bytes:
        raw = self.read(address, 8 * _FEW_ARGUMENTS)
        if len(raw) == 8 * _FEW_ARGUMENTS and bytes(8) not in raw:
            raw += self.read(address + len(raw), 8 * (_MAX_ARGUMENTS - _FEW_ARGUMENTS))
        return raw[: len(raw) // 8 * 8]
