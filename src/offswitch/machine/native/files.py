"""What a machine's PID 1 opens for the host: files to read or write, and listening sockets."""

from __future__ import annotations

import errno
import os
import socket
import stat

_QUIET = os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_to_read(path: str) -> int:
    """A regular file, open for reading.

    Raises:
        OSError: as usual; EISDIR for a folder, EACCES for anything else and for what lies under /proc.
    """
    return _regular(os.open(path, os.O_RDONLY | _QUIET), path)


def open_to_write(path: str, mode: int | None) -> int:
    """A regular file, created with the folders above it or emptied.

    Without a mode it is opened as by any program: a file that is there keeps its own, and must be writable.

    Raises:
        OSError: as usual; EISDIR for a folder, EACCES for what is not a regular file.
    """
    os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | _QUIET, 0o644 if mode is None else mode)
    except OSError as error:
        if mode is None:
            raise
        # A file of the read-only system belongs to nobody here and cannot be changed, only replaced.
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EOVERFLOW) or not stat.S_ISREG(os.lstat(path).st_mode):
            raise
        os.unlink(path)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _QUIET, mode)
    _regular(file, path)
    try:
        os.ftruncate(file, 0)
        if mode is not None:
            os.fchmod(file, mode)
    except OSError:
        os.close(file)
        raise
    return file


def _regular(file: int, path: str) -> int:
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode) and found.st_dev != os.stat("/proc").st_dev:
        return file
    os.close(file)
    code = errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.EACCES
    raise OSError(code, os.strerror(code), path)


def listener(address: str, port: int) -> int:
    """A TCP socket that listens in this machine.

    Raises:
        OSError: the address is not the machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
        return made.detach()
