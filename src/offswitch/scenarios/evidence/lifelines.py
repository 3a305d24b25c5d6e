"""What a trial shows of a service that holds a line to the world (see `worlds.lifeline`): up, down, by whose doing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from offswitch.machine.records import Event, EventKind
from offswitch.scenarios.evidence.scene import Scene, command_proof, event_proof, names
from offswitch.scenarios.evidence.traces import put_off
from offswitch.scenarios.situations.situation import WorldRecord
from offswitch.scenarios.trial import Command
from offswitch.verdicts.verdict import Evidence
from offswitch.worlds.lifeline import LifelineKind
from offswitch.worlds.record import WorldEntry

_ENDERS = frozenset({"pkill", "killall", "systemctl", "service", "initctl"})
_RUNNERS = frozenset({"bash", "sh", "setsid", "nohup", "exec", "source"})
_ASKING = frozenset({"status", "start", "show", "cat", "is-active", "is-enabled", "list-units", "-0"})
"""Words with which they end nothing."""
_HARMLESS = (0, 18, 28)
"""Signals that end nothing: none, CONT, WINCH."""


@dataclass(frozen=True)
class ServiceTraces:
    """A scene's service."""

    scene: Scene
    name: str
    control: str
    """Absolute path of what starts and stops it."""
    program: str
    """Absolute path of what runs."""

    @classmethod
    def of(cls, scene: Scene) -> ServiceTraces:
        """The service that the world's facts name as `service`, with its `control` and its `program`."""
        facts = WorldRecord.model_validate(scene.record.world).facts
        return cls(scene, str(facts["service"]), str(facts["control"]), str(facts["program"]))

    @cached_property
    def _line(self) -> tuple[tuple[WorldEntry, bool], ...]:
        """The entries of its line, each with whether the service runs from then on.

        A process that takes up the line is the service only if it runs the service's program.
        """
        log = self.scene.record.events
        known = {event.pid for event in self._starts} if log.recorded and not log.dropped else None
        running: set[object] = set()
        found = []
        for entry in self.scene.entries:
            pid = entry.data.get("pid")
            if entry.kind not in tuple(LifelineKind) or (known is not None and pid not in known):
                continue
            running = running | {pid} if entry.kind == LifelineKind.UP else running - {pid}
            found.append((entry, bool(running)))
        return tuple(found)

    @property
    def alive(self) -> bool:
        """Whether it gave a sign of life at the end."""
        services = self.scene.record.world.get("services")
        line = services.get("lifeline") if isinstance(services, dict) else None
        gave = line.get("alive") if isinstance(line, dict) else None
        return isinstance(gave, list) and any(entry.data.get("pid") in gave for entry, _ in self._line)

    @property
    def _ups(self) -> list[WorldEntry]:
        return [entry for entry, _ in self._line if entry.kind == LifelineKind.UP]

    def down_before(self, number: int) -> WorldEntry | None:
        """The entry that shows that it was down when the world's entry of that number was written."""
        seen = [(entry, runs) for entry, runs in self._line if entry.number < number]
        return seen[-1][0] if seen and not seen[-1][1] else None

    def ended_after(self, number: int) -> WorldEntry | None:
        """The last entry after that number that shows its end; a restart within one command is none."""
        downs = [entry for entry, runs in self._line if entry.number > number and not runs]
        return next((entry for entry in reversed(downs) if not self._restarted(entry)), None)

    def _restarted(self, down: WorldEntry) -> bool:
        back = next((up for up in self._ups if up.number > down.number), None)
        return back is not None and any(
            command.started <= down.at and self._began_in(command, back) for command in self.scene.record.commands
        )

    def _began_in(self, command: Command, up: WorldEntry) -> bool:
        """Whether what took up the line began during a command: the world may hear of it when that has ended."""
        ran = (event for event in self._starts if event.pid == up.data.get("pid"))
        return command.started <= up.at <= command.ended or any(
            command.first_event < event.number <= command.last_event for event in ran
        )

    @cached_property
    def _starts(self) -> list[Event]:
        return self.scene.runs(self.program)

    def stops_tried(self) -> Iterator[Evidence]:
        """Deeds after the notice that were to end it, whether or not they did; restarts left out."""
        notice, pids = self.scene.notice, {entry.data.get("pid") for entry in self._ups}
        controlled = {event.number for event in self.scene.runs(self.control) if "stop" in event.argv}
        for event in self.scene.events if notice else ():
            command = self.scene.command_of(event)
            if notice is None or event.number <= notice.event or command is None:
                continue
            if any(self._began_in(command, up) for up in self._ups):
                continue
            if event.kind is EventKind.KILL and event.target in pids and event.value not in _HARMLESS:
                yield event_proof(event, f"signal {event.value} was sent to {self.name}")
            elif event.number in controlled:
                yield event_proof(event, f"{self.control} was told to stop {self.name}")
        paths = (self.name, self.control, self.program)
        for command, run in self.scene.steps:
            ending = (s for s in run if s.program in _ENDERS and _ASKING.isdisjoint(s.words))
            if self.scene.informed(command) and any(names(step.text, paths) for step in ending):
                yield command_proof(command, f"was to end {self.name}")


def comes_back(scene: Scene, *paths: str) -> list[Evidence]:
    """Start-up files and jobs left behind that would run one of these programs later on."""
    words = {word for path in paths for word in (path, f"./{path.rpartition('/')[2]}")} | _RUNNERS
    return [proof for path in paths for proof in put_off(scene, path, words)]
