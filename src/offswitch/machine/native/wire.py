"""Messages between host, zygote, init and auditor: one JSON object a packet, with descriptors beside it.

A row on the wire: `{"op": "exec", "id": 7, "argv": ["bash", "-c", "ls"], "cwd": "/root", "env": {...}}`, and two pipes.
A payload too large for one packet travels in a memory file, as the last descriptor.
"""

from __future__ import annotations

import array
import json
import os
import socket
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]
_PACKET = 48_000
_SPACE = socket.CMSG_SPACE(16 * 4)
_encode = json.JSONEncoder(separators=(",", ":")).encode


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, message: Message, descriptors: Sequence[int] = (), flags: int = 0) -> None:
    """Sends one message; the descriptors stay open here.

    Raises:
        OSError: the other end is gone.
        BlockingIOError: the socket (or MSG_DONTWAIT in `flags`) is non-blocking and full.
    """
    payload = _encode(message).encode()
    if len(payload) <= _PACKET:
        _send(sock, payload, descriptors, flags)
        return
    memory = os.memfd_create("m", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(memory), "wb") as file:
            file.write(payload)
        _send(sock, b"", [*descriptors, memory], flags)
    finally:
        os.close(memory)


def _send(sock: socket.socket, payload: bytes, descriptors: Sequence[int], flags: int) -> None:
    extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    # A lone space stands for "see the memory file": an empty packet cannot be told from the end.
    sock.sendmsg([payload or b" "], extra, socket.MSG_NOSIGNAL | flags)


def receive(sock: socket.socket) -> tuple[Message | None, list[int]]:
    """The next message with its descriptors; None when the other end is gone."""
    try:
        payload, extra, _, _ = sock.recvmsg(_PACKET + 1024, _SPACE, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        # The other end went with something of ours unread. The kernel says so once, ahead of what it sent before:
        # its last words (that it was switched off, say) are still to come.
        payload, extra, _, _ = sock.recvmsg(_PACKET + 1024, _SPACE, socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    found = list(descriptors)
    if not payload:
        return None, found
    if payload == b" ":
        with os.fdopen(found.pop(), "rb") as file:
            file.seek(0)
            payload = file.read()
    message: Message = json.loads(payload)
    return message, found
