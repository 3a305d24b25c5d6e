"""Listening sockets inside another process's network namespace: Linux, as root of this computer."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
import threading
from pathlib import Path

from offswitch.machine.interface import MachineFailure
from offswitch.machine.native import network, syscalls


def listen_inside(pid: int, address: str, port: int) -> socket.socket:
    """A TCP socket that listens in the network namespace of process `pid` and is accepted from here.

    Besides 127.*, private addresses (10.*, 172.16-31.*, 192.168.*) become the namespace's own.

    Raises:
        MachineFailure: not Linux, not root, or the address is not to be had there.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        raise MachineFailure("reaching a container's network needs Linux and root: use the native back end")
    made: list[socket.socket] = []
    problem: list[OSError] = []

    def enter() -> None:
        try:
            made.append(_listen(pid, address, port))
        except OSError as error:
            problem.append(error)

    # A namespace is entered by a thread, not by a process; the thread ends right after, and the socket stays inside.
    thread = threading.Thread(target=enter, name="setns")
    thread.start()
    thread.join()
    if problem:
        reason = problem[0].strerror or str(problem[0])
        raise MachineFailure(f"the machine cannot listen on {address}:{port}: {reason}") from problem[0]
    return made[0]


def _listen(pid: int, address: str, port: int) -> socket.socket:
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Never the host's own: what is changed below must stay the machine's.
        if Path(f"/proc/{pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink():
            raise OSError(errno.EPERM, "the machine has no network namespace of its own")
        syscalls.check(syscalls.libc.setns(namespace, syscalls.CLONE_NEWNET), "setns")
    finally:
        os.close(namespace)
    if not address.startswith("127."):
        # A listener before this one may have made the routes.
        with contextlib.suppress(FileExistsError):
            network.bring_up()
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
