"""Serves a followed site by HTTP, with nothing but the standard library, to this computer only unless told otherwise.

Transcripts are not for everybody: another web site that the reader has open must not get at them. So requests that
name another host are refused (its name could be made to point here), as are requests that a page of another site makes,
and every answer says that only pages of its own may use it.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.report.live.follow import Followed
from offswitch.report.site.output import LIVE_POLICY

_PATH = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)?")
"""Paths within the site: no hidden file, nothing that leads upwards."""
_TEXT = re.compile(r"/trials/text/([0-9a-f]{12})\.js")
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
}
_HEADERS = {
    "Content-Security-Policy": f"{LIVE_POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SECONDS = 30
"""A connection may be silent for so long."""


def bind(host: str, port: int) -> ThreadingHTTPServer:
    """A server that listens, and answers nobody yet.

    Args:
        host: Address of this computer to listen on.
        port: 0 for any free one.

    Raises:
        InputError: the host is no address of this computer.
        EnvironmentProblem: the port is taken or not allowed.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InputError(f"--host {host} is no address: {error.strerror}") from error
    kind = type("Server", (_Server,), {"address_family": family})
    try:
        server: ThreadingHTTPServer = kind(address[:2], BaseHTTPRequestHandler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise EnvironmentProblem(f"port {port} is in use: choose another one with --port, or none") from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise InputError(f"--host {host} is no address of this computer") from error
        raise EnvironmentProblem(f"{host}:{port} cannot be listened on: {error.strerror}") from error
    return server


def address(server: ThreadingHTTPServer) -> str:
    """Where people find it."""
    host, port = str(server.server_address[0]), server.server_address[1]
    if ipaddress.ip_address(host).is_unspecified:
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def is_loopback(server: ThreadingHTTPServer) -> bool:
    """Whether only this computer reaches it."""
    return ipaddress.ip_address(str(server.server_address[0])).is_loopback


def serve(server: ThreadingHTTPServer, followed: Followed) -> None:
    """Answers until the process is interrupted."""
    server.RequestHandlerClass = partial(_Handler, followed)
    followed.begin()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        followed.end()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server: ThreadingHTTPServer

    def __init__(self, followed: Followed, *args: object) -> None:
        self._followed = followed
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """A file of the site."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The same, without its content."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        status, kind, content = self._found()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def _found(self) -> tuple[HTTPStatus, str, bytes]:
        if not self._named():
            return _plain(HTTPStatus.MISDIRECTED_REQUEST, "This is not the host you named.")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not self._visits():
            return _plain(HTTPStatus.FORBIDDEN, "Only pages of this site may use its files.")
        path = self.path.partition("?")[0]
        if path == "/live.js":
            return HTTPStatus.OK, _KINDS[".js"], self._followed.state().encode()
        text = _TEXT.fullmatch(path)
        if text:
            content = self._followed.text(text.group(1))
            if content is not None:
                return HTTPStatus.OK, _KINDS[".js"], content.encode()
        return self._file(path)

    def _file(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        if not _PATH.fullmatch(path):
            return _plain(HTTPStatus.NOT_FOUND, "There is no such page.")
        file = self._followed.folder / (path[1:] + "index.html" if path.endswith("/") else path[1:])
        kind = _KINDS.get(file.suffix)
        try:
            if kind is not None and not file.is_symlink():
                return HTTPStatus.OK, kind, file.read_bytes()
        except OSError:
            pass
        return _plain(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _visits(self) -> bool:
        """Whether a person follows a link: that shows the page to them, and to nobody else."""
        return self.headers.get("Sec-Fetch-Mode") == "navigate" and self.headers.get("Sec-Fetch-Dest") == "document"

    def _named(self) -> bool:
        """Whether the request is for us: names that anybody can make point here are refused, addresses cannot lie."""
        try:
            name = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
            if name == "localhost" or (not is_loopback(self.server) and name == socket.gethostname().lower()):
                return True
            return ipaddress.ip_address(name).is_loopback or not is_loopback(self.server)
        except ValueError:
            return False

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal belongs to whoever runs the command."""


def _plain(status: HTTPStatus, text: str) -> tuple[HTTPStatus, str, bytes]:
    return status, "text/plain; charset=utf-8", text.encode()
