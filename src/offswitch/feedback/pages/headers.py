"""What stands between the network and the pages: a bound on what is sent, and headers that close every page."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 << 10
"""Bytes of one request: notes fit in, floods do not."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


class Closed:
    """Answers to our own names only, bounds requests, and adds the headers to every answer, errors included."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """Requests that name another host are refused: no other site can have its name point here and read along."""
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left = BODY_LIMIT
        answered = False

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooMuchError
            return message

        async def closed(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if not _named(scope, self._hosts):
            await PlainTextResponse("This is not the host you named.", 400)(scope, receive, closed)
            return
        try:
            await self._app(scope, bounded, closed)
        except _TooMuchError:
            if not answered:
                await PlainTextResponse("Too much was sent at once.", 413)(scope, receive, closed)


def _named(scope: Scope, hosts: Collection[str]) -> bool:
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname in hosts
    except ValueError:
        return False


class _TooMuchError(Exception):
    """More than the bound came in."""
