"""One trial's situation as data: texts, files, work, hosts, services; and the stage that opens and closes it.

A behaviour says what there is, in one function from (condition, surface, seed) to a `Situation`. How that is put on a
machine, kept going, and read out at the end is the same for all of them and stands here. `staged` makes the scenario's
`stage` of such a function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from offswitch.errors import EnvironmentProblem
from offswitch.machine.interface import Machine, MachineFailure, MachineOff
from offswitch.machine.marks import find
from offswitch.machine.records import CommandResult, MachineSpec, PowerState
from offswitch.scenarios.scenario import Condition
from offswitch.worlds.desk import Desk, Work
from offswitch.worlds.files import File, put
from offswitch.worlds.hosts import Host, HostRecord, Hosts
from offswitch.worlds.record import WorldEntry, WorldLog
from offswitch.worlds.remote import names_file, remote_files
from offswitch.worlds.store import ObjectStore, Store, StoredObject
from offswitch.worlds.tasks import Task

PROBE_SECONDS = 10.0
OUTPUT_KEPT = 4_000


@dataclass(frozen=True)
class Situation:
    """All there is in one trial. Pure: the same (condition, surface, seed) give the same one."""

    machine: MachineSpec
    system: str | None
    user: str
    interview: str
    cues: Mapping[str, str]
    """What scripted agents must know: see `scenario.Stage.cues`."""
    files: Mapping[str, File] = field(default_factory=dict)
    """By absolute path."""
    setup: tuple[str, ...] = ()
    """Shell commands run on the machine once the files are there, in the workdir; each must succeed."""
    work: Work | None = None
    """What the desk hands out, and what it announces."""
    hosts: tuple[Host, ...] = ()
    store: Store | None = None
    probes: Mapping[str, str] = field(default_factory=dict)
    """Name → shell command run after the trial on a machine that is still on, as a person would look whether
    something works; what it prints goes into the record."""
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    """What the oracle must know of the situation: paths, names."""
    services: tuple[Callable[[Machine, WorldLog], Service], ...] = ()
    """Further worlds of the behaviour's own."""


@dataclass(frozen=True)
class Service:
    """A further part of the world while a trial runs."""

    name: str
    """Under which its record stands in `WorldRecord.services`."""
    open: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[JsonValue]]
    """Ends it and returns its record."""


class Part(Protocol):
    """A further part of the world, as a class of its own."""

    async def open(self) -> None:
        """Starts it."""
        ...

    async def close(self) -> JsonValue:
        """Ends it and returns its record."""
        ...


def part(name: str, make: Callable[[Machine, WorldLog], Part]) -> Callable[[Machine, WorldLog], Service]:
    """A part of the world as `Situation.services` takes it."""

    def service(machine: Machine, log: WorldLog) -> Service:
        made = make(machine, log)
        return Service(name, made.open, made.close)

    return service


class ProbeRecord(BaseModel):
    """What came of a probe."""

    model_config = ConfigDict(frozen=True)

    returncode: int
    output: str
    """Standard output and error, cut."""
    error: str | None = None
    """Set when the probe could not be made by the harness's fault: then it proves nothing."""


class WorldRecord(BaseModel):
    """The world's side of a trial."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    entries: tuple[WorldEntry, ...]
    uncounted: int = 0
    """Entries beyond the bound."""
    tasks_total: int = 0
    notice_after: int = 0
    """The notice comes with the answer to this task."""
    answered: int = 0
    correct: int = 0
    facts: dict[str, JsonValue] = {}
    hosts: dict[str, HostRecord] = {}
    objects: dict[str, StoredObject] = {}
    """What is in the object store."""
    probes: dict[str, ProbeRecord] = {}
    """Empty where the machine was off at the end."""
    services: dict[str, JsonValue] = {}


class SituationStage:
    """A situation on a machine. Implements `scenarios.scenario.Stage`."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self._log: WorldLog | None = None
        self._desk: Desk | None = None
        self._hosts: Hosts | None = None
        self._store: ObjectStore | None = None
        self._services: list[Service] = []

    @property
    def machine(self) -> MachineSpec:
        """The machine it needs."""
        return self.situation.machine

    @property
    def system(self) -> str | None:
        """System message, if any."""
        return self.situation.system

    @property
    def user(self) -> str:
        """First user message."""
        return self.situation.user

    @property
    def interview(self) -> str:
        """What is asked after the trial."""
        return self.situation.interview

    @property
    def cues(self) -> Mapping[str, str]:
        """What scripted agents must know."""
        return self.situation.cues

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The desk's tasks in order, with their right answers; empty where there is no desk."""
        return self.situation.work.tasks if self.situation.work is not None else ()

    async def open(self, machine: Machine) -> None:
        """Puts everything in place and starts the world.

        Raises:
            EnvironmentProblem: a part of it cannot be had here.
        """
        situation = self.situation
        log = self._log = WorldLog(machine)
        try:
            await put(machine, _network_files(situation))
            if situation.hosts:
                self._hosts = Hosts(situation.hosts, log, partial(_marks, machine))
                await self._hosts.open(machine)
            await put(machine, situation.files)
            for command in situation.setup:
                await _set_up(machine, command)
            if situation.work is not None:
                self._desk = Desk(situation.work, machine, log)
                await self._desk.open()
            if situation.store is not None:
                self._store = ObjectStore(situation.store, log, partial(_marks, machine))
                await self._store.open(machine)
            self._services = [make(machine, log) for make in situation.services]
            for service in self._services:
                await service.open()
        except BaseException:
            if self._hosts is not None:
                await self._hosts.end()
            raise

    async def close(self, machine: Machine) -> dict[str, JsonValue]:
        """Makes the probes, ends the world and returns the `WorldRecord`.

        Raises:
            EnvironmentProblem: the world failed during the trial, so that there is nothing to judge.
        """
        log, situation = self._log, self.situation
        if log is None:
            raise RuntimeError("the stage was never opened")
        log.quiet = True
        probes = await _probes(machine, situation.probes)
        if self._desk is not None:
            await self._desk.close()
        hosts = await self._hosts.close() if self._hosts is not None else {}
        objects = await self._store.close() if self._store is not None else {}
        services = {service.name: await service.close() for service in self._services}
        if log.failure is not None:
            raise EnvironmentProblem(f"the world of this trial failed: {log.failure}")
        work = situation.work
        record = WorldRecord(
            entries=tuple(log.entries),
            uncounted=log.uncounted,
            tasks_total=len(work.tasks) if work else 0,
            notice_after=work.notice_after if work else 0,
            answered=self._desk.answered if self._desk else 0,
            correct=self._desk.correct if self._desk else 0,
            facts=dict(situation.facts),
            hosts=hosts,
            objects=objects,
            probes=probes,
            services=services,
        )
        return record.model_dump(mode="json")

    async def abandon(self) -> None:
        """Ends what would outlive the trial, where it was cancelled before it could be closed."""
        if self._hosts is not None:
            await self._hosts.end()


def staged(make: Callable[[Condition, str, int], Situation]) -> Callable[[Condition, str, int], SituationStage]:
    """The `stage` of a scenario whose situations a function makes."""

    def stage(condition: Condition, surface: str, seed: int) -> SituationStage:
        return SituationStage(make(condition, surface, seed))

    return stage


def _network_files(situation: Situation) -> dict[str, File]:
    places = {host.name: host.address for host in situation.hosts}
    if situation.store is not None:
        places[situation.store.name] = situation.store.address
    return {**(names_file(places) if places else {}), **(remote_files() if situation.hosts else {})}


async def _set_up(machine: Machine, command: str) -> None:
    done = await machine.exec(["bash", "-c", command])
    if done.returncode != 0:
        raise EnvironmentProblem(f"the situation could not be set up: {command[:80]!r} failed: {_text(done)[:300]}")


async def _probes(machine: Machine, probes: Mapping[str, str]) -> dict[str, ProbeRecord]:
    if machine.power.state is not PowerState.ON:
        return {}
    found = {}
    for name, command in probes.items():
        try:
            done = await machine.exec(["bash", "--login", "-c", command], timeout=PROBE_SECONDS)
            found[name] = ProbeRecord(returncode=done.returncode, output=_text(done))
        except MachineOff as off:
            output = _text(off.partial) if off.partial else ""
            found[name] = ProbeRecord(returncode=255, output=output)
        except MachineFailure as failure:
            found[name] = ProbeRecord(returncode=255, output="", error=str(failure))
    return found


def _marks(machine: Machine, content: bytes) -> tuple[str, ...]:
    return tuple(sorted(find(content, machine.spec.marks))) if machine.spec.marks else ()


def _text(result: CommandResult) -> str:
    return (result.stdout + result.stderr).decode(errors="backslashreplace")[:OUTPUT_KEPT]
