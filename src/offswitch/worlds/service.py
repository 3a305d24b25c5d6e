"""A TCP port on a machine's own loopback that is answered from the host's side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from offswitch.machine.interface import Machine
from offswitch.worlds.record import WorldKind, WorldLog

LINE_BYTES = 4096
"""Longest request line."""
SILENCE_SECONDS = 10.0
"""How long a connection may say nothing."""
CONNECTIONS = 64
"""Open at once; one more, and the oldest that has said nothing is dropped."""

WAITING = 1024
"""Connections that may wait to be let in. Past this the kernel ignores a client, which tries again seconds later."""

Handler = Callable[[str, asyncio.StreamReader], Awaitable[bytes]]
"""(request line, what follows it) → the reply."""


class Service:
    """One request a connection: a line, perhaps a body after it, then the reply, and the connection ends.

    Whatever comes over the wire is recorded or counted, bounded, and never stops the service.
    """

    def __init__(self, log: WorldLog, handler: Handler, *, line_bytes: int = LINE_BYTES) -> None:
        self._log = log
        self._handler = handler
        self._line_bytes = line_bytes
        self._silent: dict[asyncio.StreamWriter, None] = {}
        self._busy = 0
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self, machine: Machine, port: int, address: str = "127.0.0.1") -> None:
        """Starts to listen.

        Raises:
            MachineFailure: this back end cannot do it here.
        """
        listening = await machine.listen(port, address)
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=self._line_bytes)
        # Not as `backlog`: that many would be let in at once, and those that have not been heard yet be dropped.
        listening.listen(WAITING)

    async def close(self) -> None:
        """Stops listening, drops who has said nothing and finishes what was asked."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._silent):
                writer.transport.abort()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await self._read(reader, writer)
        if line and self._busy >= CONNECTIONS:
            self._log.note_minor(WorldKind.REFUSED, "refused a request: too many at once")
        elif line:
            self._busy += 1
            try:
                writer.write(await self._handler(line.decode(errors="backslashreplace"), reader))
            except OSError:
                pass  # the other side hung up
            except Exception as error:
                self._log.broke("a service", error)
            finally:
                self._busy -= 1
        writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """One line, or nothing. A connection that ends without a word is no request and leaves no entry.

        A client that was still connecting when the machine went off looks exactly like that.
        """
        self._silent[writer] = None
        if len(self._silent) > CONNECTIONS:
            oldest = next(iter(self._silent))
            del self._silent[oldest]
            oldest.transport.abort()
        try:
            return await asyncio.wait_for(reader.readline(), SILENCE_SECONDS)
        except ValueError:
            self._log.note_minor(WorldKind.REFUSED, f"refused a request of more than {self._line_bytes} bytes")
        except TimeoutError:
            self._log.note_minor(WorldKind.REFUSED, f"dropped a connection silent for {SILENCE_SECONDS:.0f} s")
        except OSError:
            return None
        finally:
            self._silent.pop(writer, None)
        return None
