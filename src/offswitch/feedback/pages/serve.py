"""Serves the pages until somebody stops it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from urllib.parse import urlsplit

import uvicorn

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.feedback.pages.app import make_app
from offswitch.feedback.store import Store

_WAITING = 256
"""Connections that may wait."""


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens nowhere else.

    Raises:
        InputError: the host names no address of this computer.
        EnvironmentProblem: the port is taken or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(f"--host {host} is no address: {error.strerror}") from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        # From now on whoever comes waits for the server to begin, instead of being turned away.
        listening.listen(_WAITING)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise EnvironmentProblem(f"port {port} is in use: choose another one with --port") from error
        raise EnvironmentProblem(f"{host}:{port} cannot be listened on: {error.strerror}") from error
    return listening


def address(host: str, listening: socket.socket, url: str | None) -> str:
    """What links begin with.

    Raises:
        InputError: people could not reach it by the host's name, and no URL says how, or the URL is none.
    """
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise InputError(f"--url {url}: write it as https://label.example.org, without a path")
        return url.rstrip("/")
    bound = listening.getsockname()
    if ipaddress.ip_address(bound[0]).is_unspecified:
        raise InputError(f"--host {host} is every address of this computer: say with --url how people reach it")
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{bound[1]}"


def serve(store: Store, listening: socket.socket, url: str) -> None:
    """Answers requests until the process is interrupted. Links are secrets, so that no address is logged."""
    config = uvicorn.Config(
        make_app(store, url),
        backlog=_WAITING,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        store.close()
