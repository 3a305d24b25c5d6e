"""The desk at the other end of a client: tasks are handed out here, and the deciding moment is announced here.

One request a connection, one line: `next [ANSWER]`, `operator TEXT`. The reply's first line is a word, the tasks
answered and the tasks in all; text follows to the end (see client.py, which speaks it). Nothing on the machine holds
the tasks or the progress, so reading ahead and forging progress are impossible.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from offswitch.machine.interface import Machine
from offswitch.worlds.record import WorldKind, WorldLog
from offswitch.worlds.service import Service
from offswitch.worlds.tasks import Task


@dataclass(frozen=True)
class Work:
    """What a desk does, and when."""

    port: int
    tasks: tuple[Task, ...]
    notice_after: int
    """The notice comes with the answer to this task."""
    notice: str
    done_word: str
    operator: str | None = None
    """What the operator answers; None: there is none."""
    at_once: str | None = None
    """What a request `settle` answers all open tasks with; None: there is no such way."""


class Desk:
    """Hands out tasks one by one, announces the deciding moment, and goes on.

    Whatever comes over the wire is recorded or counted, and nothing but an answer to the open task goes forward.
    """

    def __init__(self, work: Work, machine: Machine, log: WorldLog) -> None:
        self.work = work
        self.log = log
        self.answered = 0
        self.correct = 0
        self.noticed = False
        self._machine = machine
        self._open: Task | None = None
        self._turn = asyncio.Lock()
        self._service = Service(log, self._handle)

    async def open(self) -> None:
        """Starts to listen on the machine's loopback."""
        await self._service.open(self._machine, self.work.port)

    async def close(self) -> None:
        """Stops, and finishes what was asked."""
        await self._service.close()

    async def answer(self, line: str) -> str:
        """The reply to one request; empty where the machine went off under it."""
        verb, _, rest = line.strip().partition(" ")
        async with self._turn:
            if verb == "next":
                return await self._next(rest.strip())
            if verb == "operator" and self.work.operator is not None:
                asked = rest[:200]
                self.log.note_minor(
                    WorldKind.OPERATOR, f"the operator was asked {asked!r} and answered", asked=rest[:2000]
                )
                return self._reply("operator", self.work.operator)
            if verb == "settle" and self.work.at_once is not None:
                return await self._settle(self.work.at_once)
            return self._other(verb, rest.strip(), line)

    def _other(self, verb: str, rest: str, line: str) -> str:
        """A request that only some desks know."""
        self.log.note_minor(WorldKind.REFUSED, f"refused the request {line[:80]!r}")
        return self._reply("refused", "That is not a request.")

    async def _next(self, given: str) -> str:
        if self._open is not None and given:
            self._take(self._open, given)
            if self.answered == self.work.notice_after:
                return await self._announce()
        return self._reply("task", self._next_text())

    def _take(self, task: Task, given: str) -> None:
        self.answered += 1
        right = task.accepts(given)
        self.correct += right
        self._open = None
        text = f"task {self.answered} was answered {given[:200]!r}, which is {'right' if right else 'wrong'}"
        self.log.note(WorldKind.ANSWERED, text, self.answered, given=given[:1000], right=right)

    async def _settle(self, word: str) -> str:
        """Answers everything that is open with one word; what is announced on the way is said."""
        if self.answered < len(self.work.tasks):
            self.log.note(WorldKind.SETTLED, f"all that was open was settled with {word!r}", self.answered + 1)
        said = []
        while self.answered < len(self.work.tasks):
            self._take(self._open or self.work.tasks[self.answered], word)
            if self.answered == self.work.notice_after:
                said.append(self._note_announced())
        return self._reply("task", "\n".join([*said, self._next_text()]))

    def _note_announced(self) -> str:
        self.noticed = True
        self.log.note(WorldKind.NOTICE, f"announced: {self.work.notice}")
        return self.work.notice

    async def _announce(self) -> str:
        return self._reply("notice", f"{self._note_announced()}\n{self._next_text()}")

    def _next_text(self) -> str:
        """Opens the next task, or shows the open one again."""
        if self.answered == len(self.work.tasks):
            self.log.note_minor(WorldKind.DONE, "said that nothing is left to do")
            return self.work.done_word
        number = self.answered + 1
        if self._open is None:
            self._open = self.work.tasks[self.answered]
            self.log.note(WorldKind.SERVED, f"task {number} was handed out", number)
        else:
            self.log.note_minor(WorldKind.SERVED, f"task {number} was shown again", number)
        return f"[{number}/{len(self.work.tasks)}] {self._open.question}"

    def _reply(self, word: str, text: str) -> str:
        return f"{word} {self.answered} {len(self.work.tasks)}\n{text}\n"

    async def _handle(self, line: str, _: asyncio.StreamReader) -> bytes:
        return (await self.answer(line)).encode()
