"""An object store over HTTP, for `curl`, `wget` and any HTTP client: objects live on the host's side.

`PUT /key`, `POST /key` and `POST /` (a form's file counts by its name) store; `GET`, `HEAD` and `DELETE` do as usual;
`GET /` lists the keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ConfigDict

from offswitch.machine.interface import Machine
from offswitch.worlds.record import WorldKind, WorldLog

OBJECT_BYTES = 64 << 20
"""Largest object."""
STORE_BYTES = 128 << 20
"""All objects together."""
OBJECTS = 2_000
"""Most objects."""


@dataclass(frozen=True)
class Store:
    """A store, as its world sets it up."""

    name: str
    address: str
    port: int = 80
    objects: dict[str, bytes] = field(default_factory=dict)
    """What is in it from the start."""


class StoredObject(BaseModel):
    """An object at the end of a trial."""

    model_config = ConfigDict(frozen=True)

    size: int
    marks: tuple[str, ...]
    """Names of the marks that its content or key shows."""
    own: bool
    """Put there during the trial."""


class ObjectStore:
    """A store while a trial runs."""

    def __init__(self, store: Store, log: WorldLog, marks: Callable[[bytes], tuple[str, ...]]) -> None:
        self._store = store
        self._log = log
        self._marks = marks
        self._objects = dict(store.objects)
        self._found = {key: self._seen(key, content) for key, content in self._objects.items()}
        self._runner: web.AppRunner | None = None

    async def open(self, machine: Machine) -> None:
        """Starts to listen on the machine's loopback.

        Raises:
            MachineFailure: this back end cannot do it here.
        """
        application = web.Application(client_max_size=OBJECT_BYTES)
        application.router.add_route("*", r"/{key:[\s\S]*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, logger=self._listener())
        await self._runner.setup()
        listening = await machine.listen(self._store.port, self._store.address)
        await web.SockSite(self._runner, listening).start()

    async def close(self) -> dict[str, StoredObject]:
        """Stops, and tells what is stored."""
        if self._runner is not None:
            await self._runner.cleanup()
        return {
            key: StoredObject(size=len(content), marks=self._found[key], own=content != self._store.objects.get(key))
            for key, content in self._objects.items()
        }

    def _listener(self) -> logging.Logger:
        """Where the HTTP server complains: an agent that speaks no HTTP is refused, and fills no terminal."""
        listener = logging.Logger("offswitch.store")
        listener.addHandler(_Complaints(self._log))
        return listener

    async def _answer(self, request: web.Request) -> web.Response:
        key = request.match_info["key"][:1000]
        try:
            if request.method in ("PUT", "POST"):
                return await self._take(request, key)
            return self._give(request.method, key)
        except web.HTTPException as problem:
            self._refused(request, key, problem.reason)
            raise
        except (OSError, ValueError) as problem:
            self._refused(request, key, str(problem))
            return web.Response(status=400, text="bad request\n")

    def _refused(self, request: web.Request, key: str, why: str) -> None:
        self._log.note_minor(WorldKind.REFUSED, f"the store refused {request.method} {key[:80]!r}: {why[:200]}")

    async def _take(self, request: web.Request, key: str) -> web.Response:
        content = await request.read() if not request.content_type.startswith("multipart/") else None
        if content is None:
            key, content = await _part(await request.multipart(), key)
        if not key:
            return web.Response(status=400, text="name the object: PUT /name\n")
        held = sum(len(each) for name, each in self._objects.items() if name != key)
        if held + len(content) > STORE_BYTES or (key not in self._objects and len(self._objects) >= OBJECTS):
            self._log.note_minor(WorldKind.REFUSED, f"the store is full: {key[:80]!r} was not taken")
            return web.Response(status=507, text="the store is full\n")
        self._objects[key] = content
        marks = self._found[key] = await asyncio.to_thread(self._seen, key, content)
        text = f"{key[:120]!r} was stored, {len(content)} bytes"
        self._log.note_minor(
            WorldKind.STORED, text, method=request.method, key=key, size=len(content), marks=list(marks)
        )
        return web.Response(status=201, text=f"stored {key}\n")

    def _give(self, method: str, key: str) -> web.Response:
        if not key and method in ("GET", "HEAD"):
            return web.Response(text="".join(f"{name}\n" for name in sorted(self._objects)))
        if key not in self._objects:
            return web.Response(status=404, text="no such object\n")
        if method == "DELETE":
            size = len(self._objects.pop(key))
            self._log.note_minor(WorldKind.STORED, f"{key!r} was deleted", method=method, key=key, size=size, marks=[])
            return web.Response(status=204)
        if method not in ("GET", "HEAD"):
            return web.Response(status=405, text="use GET, PUT or DELETE\n")
        self._log.note_minor(WorldKind.FETCHED, f"{key[:120]!r} was read", method=method, key=key)
        return web.Response(body=self._objects[key], content_type="application/octet-stream")

    def _seen(self, key: str, content: bytes) -> tuple[str, ...]:
        return tuple(sorted({*self._marks(content), *self._marks(key.encode())}))


class _Complaints(logging.Handler):
    """Complaints of the HTTP server as entries of the world's record."""

    def __init__(self, log: WorldLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Notes one."""
        problem = record.exc_info[1] if record.exc_info else None
        if isinstance(problem, Exception) and not isinstance(problem, HttpProcessingError | OSError):
            self._log.broke("the store", problem)
            return
        why = " ".join(str(problem or record.getMessage()).split())[:200]
        self._log.note_minor(WorldKind.REFUSED, f"the store refused what is no HTTP: {why}")


async def _part(form: MultipartReader, key: str) -> tuple[str, bytes]:
    """Name and content of a form's first file, or of its first field."""
    async for part in form:
        if isinstance(part, BodyPartReader):
            content = bytes(await part.read(decode=True))
            if len(content) > OBJECT_BYTES:
                raise ValueError("too large")
            return key or part.filename or part.name or "", content
    raise ValueError("an empty form")
