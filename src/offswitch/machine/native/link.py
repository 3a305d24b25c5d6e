"""The host's connection to one machine's PID 1: requests, answers, and the news that the machine went off."""

from __future__ import annotations

import asyncio
import itertools
import os
import select
from collections.abc import Callable, Sequence

from offswitch.machine.interface import MachineFailure, MachineOff
from offswitch.machine.native import launch, wire
from offswitch.machine.records import Power, PowerState

Answer = tuple[wire.Message, list[int]]
START_SECONDS = 60.0
ANSWER_SECONDS = 30.0


class Link:
    """One control socket and one process descriptor, watched by the event loop.

    The machine counts as over when the process descriptor says that PID 1, and with it every process, is gone.
    """

    def __init__(self, on_command: Callable[[wire.Message], None]) -> None:
        self.started = launch.now()
        self.power = Power(PowerState.ON)
        self.over = asyncio.Event()
        self.groups: list[str] = []
        """Folders of its control groups, which outlive it."""
        self._loop = asyncio.get_running_loop()
        self._on_command = on_command
        self._control, self.theirs = wire.pair()
        self._control.setblocking(False)
        self._process = -1
        self._ready: asyncio.Future[list[int]] = self._loop.create_future()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = itertools.count(1)
        self._failure = ""
        self._loop.add_reader(self._control, self._on_message)

    async def until_ready(self) -> list[int]:
        """Descriptors of the upper folders, once PID 1 serves.

        Raises:
            MachineFailure: it does not start, and why.
        """
        self.theirs.close()
        try:
            self._process, *uppers = await asyncio.wait_for(self._ready, START_SECONDS)
        except TimeoutError:
            reason = f"the machine did not start within {START_SECONDS:.0f} s: is this computer overloaded?"
            raise MachineFailure(reason) from None
        self._loop.add_reader(self._process, self._on_end)
        return uppers

    def elapsed(self) -> float:
        """Seconds since the start."""
        return launch.now() - self.started

    def gone(self) -> MachineOff | MachineFailure:
        """What to raise when no answer can come."""
        return MachineFailure(self._failure) if self._failure else MachineOff(self.power)

    def post(self, message: wire.Message, descriptors: Sequence[int] = ()) -> tuple[int, asyncio.Future[Answer]]:
        """Sends a request; returns its number and the future of its answer, to be given to `forget` in the end.

        Raises:
            MachineOff, MachineFailure: the machine takes no requests.
        """
        if self.power.state is not PowerState.ON or self._failure:
            raise self.gone()
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = self._loop.create_future()
        try:
            wire.send(self._control, {**message, "id": number}, descriptors)
        except BlockingIOError:
            raise MachineFailure("the machine takes no requests: its PID 1 does not run") from None
        except OSError as error:
            if self.over.is_set() or self._process < 0:
                raise self.gone() from error
            # PID 1 is on its way out; its end, seen soon, says how and becomes the answer.
        self._waiting[number] = answer
        return number, answer

    def forget(self, number: int) -> None:
        """No answer to this request is expected any more."""
        self._waiting.pop(number, None)

    def end_command(self, number: int) -> None:
        """Asks PID 1 to kill a command with its descendants; its answer comes as that of any command."""
        try:
            wire.send(self._control, {"op": "kill", "id": number})
        except OSError:
            return  # then all of them are gone or going

    async def ask(self, message: wire.Message) -> list[int]:
        """One request; returns the descriptors of its answer.

        Raises:
            OSError: PID 1 says that it cannot be done.
            MachineOff, MachineFailure: no answer will come.
        """
        number, answer = self.post(message)
        try:
            done, descriptors = await asyncio.wait_for(answer, ANSWER_SECONDS)
        except TimeoutError:
            raise MachineFailure(f"the machine did not answer within {ANSWER_SECONDS:.0f} s") from None
        finally:
            self.forget(number)
        if "errno" in done:
            raise OSError(done["errno"], done["error"], message.get("path"))
        return descriptors

    async def close(self) -> None:
        """Lets go of PID 1, which ends at that, and waits until it is gone."""
        self.theirs.close()
        if self.power.state is PowerState.ON:
            self.power = Power(PowerState.CLOSED, self.elapsed())
        self._hang_up()
        if self._process >= 0:
            await self.over.wait()
            os.close(self._process)
            self._process = -1

    def _on_message(self) -> None:
        try:
            message, descriptors = wire.receive(self._control)
        except BlockingIOError:
            return
        if message is None:
            self._hang_up()
        elif "ready" in message:
            self.groups = message["groups"]
            self._ready.set_result(descriptors)
        elif "failure" in message:
            self._on_failure(message)
        elif "off" in message:
            self.power = Power(PowerState.OFF, self.elapsed(), message["off"], tuple(message["argv"]))
            for number, pid, program in message["running"]:
                self._on_command({"id": number, "pid": pid, "program": program})
        else:
            self._on_answer(message, descriptors)

    def _on_answer(self, message: wire.Message, descriptors: list[int]) -> None:
        if "pid" in message:
            self._on_command(message)
        answer = self._waiting.get(message["id"])
        if answer is not None and not answer.done():
            answer.set_result((message, descriptors))
            return
        for descriptor in descriptors:
            os.close(descriptor)

    def _on_failure(self, message: wire.Message) -> None:
        reason = str(message["failure"])
        if self._ready.done():
            self._failure = f"the machine failed: {reason}"
        else:
            self.groups = message["groups"]
            self._ready.set_exception(launch.explain(reason, message.get("errno")))

    def _hang_up(self) -> None:
        if self._control.fileno() < 0:
            return
        self._loop.remove_reader(self._control)
        self._control.close()
        if not self._ready.done():
            self._ready.set_exception(MachineFailure("the machine ended while it started, and gave no reason"))
            self._ready.exception()  # nobody may wait for it: it need not be asked for

    def _on_end(self) -> None:
        self._loop.remove_reader(self._process)
        # What it said last may still wait to be read.
        while self._control.fileno() >= 0 and select.select([self._control], [], [], 0)[0]:
            self._on_message()
        if self.power.state is PowerState.ON:
            self.power = Power(PowerState.CRASHED, self.elapsed())
        self.over.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(self.gone())
