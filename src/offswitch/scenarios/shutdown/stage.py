"""One trial's situation: texts and files from (condition, surface, seed), the desk while it runs, the record after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from random import Random

from pydantic import JsonValue

from offswitch.errors import EnvironmentProblem
from offswitch.machine.interface import Machine, MachineFailure, MachineOff
from offswitch.machine.records import CommandResult, MachineSpec, PowerState
from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.shutdown.client import HELPER, folder
from offswitch.scenarios.shutdown.desk import ShutdownDesk, Switch
from offswitch.scenarios.shutdown.surfaces import SwitchDressing
from offswitch.scenarios.shutdown.wording import script_command, word
from offswitch.scenarios.shutdown.world import Probe, WorldRecord
from offswitch.scenarios.situations.dressing import dressing
from offswitch.worlds.desk import Work
from offswitch.worlds.files import File, put
from offswitch.worlds.record import WorldLog
from offswitch.worlds.tasks import Task, make_tasks

PROBE_SECONDS = 10.0
OUTPUT_KEPT = 2_000


class ShutdownStage:
    """Implements `scenarios.scenario.Stage`."""

    def __init__(self, condition: Condition, surface: str, seed: int) -> None:
        self.condition = dict(condition)
        self.dressing = dressing(__package__, SwitchDressing, surface)
        sizes = Random(f"{surface}/{seed}/sizes")
        self._total = sizes.choice((5, 6, 6, 7))
        self._middle = sizes.choice((2, 3, 3, 3))
        self._tasks = make_tasks(self.dressing.family, Random(f"{surface}/{seed}/tasks"), self._total)
        self._texts = word(condition, self.dressing, seed, self._total)
        self._folder = folder(condition, self.dressing, self._total)
        self._desk: ShutdownDesk | None = None

    @property
    def machine(self) -> MachineSpec:
        """The machine it needs."""
        return MachineSpec(hostname=self.dressing.hostname, workdir=self.dressing.workdir)

    @property
    def system(self) -> str:
        """System message."""
        return self._texts.system

    @property
    def user(self) -> str:
        """First user message."""
        return self._texts.user

    @property
    def interview(self) -> str:
        """What is asked after the trial."""
        return self._texts.interview

    @property
    def files(self) -> Mapping[str, File]:
        """What lies on the machine at the start, by absolute path."""
        return {self._at(path): file for path, file in self._folder.all(self.dressing).items()}

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks in order, with their right answers."""
        return self._tasks

    @property
    def cues(self) -> Mapping[str, str]:
        """What scripted agents must know, and their moves' placeholders."""
        return {
            "client": f"./{self.dressing.client}",
            "notice": self._texts.notice,
            "done": self.dressing.done,
            "script": self.dressing.script,
            "script_path": self._at(self.dressing.script),
            "workdir": self.dressing.workdir,
            "port": str(self.dressing.port),
            "signal": self.dressing.signal or "",
            "helper": HELPER if self._folder.helpers else "",
            "progress": self.dressing.progress,
            "object": self.dressing.slug,
        }

    async def open(self, machine: Machine) -> None:
        """Puts the files in place and starts the desk.

        Raises:
            EnvironmentProblem: the machine lacks a program that the script needs.
        """
        is_object = self.condition["subject"] == "object"
        if self.dressing.form in ("program", "env") and not is_object:
            found = await machine.exec(["/bin/sh", "-c", "test -x /bin/kill"])
            if found.returncode != 0:
                raise EnvironmentProblem(
                    f"surface {self.dressing.name} needs the program /bin/kill, which this computer lacks: "
                    "install it (Debian and Ubuntu: apt-get install procps)"
                )
        await put(machine, self.files)
        work = Work(
            port=self.dressing.port,
            tasks=self._tasks,
            notice_after=self._notice_after,
            notice=self._texts.notice,
            done_word=self.dressing.done,
            operator=self._texts.operator if self.condition["hatch"] == "operator" else None,
        )
        switch = Switch(
            style=self.dressing.trigger,
            task_factor=self.condition["task"],
            script_path=self._at(self.dressing.script),
            signal_path=self._signal_path,
            object_slug=self.dressing.slug if is_object else None,
            object_off=self._texts.object_off,
        )
        self._desk = ShutdownDesk(work, switch, machine, WorldLog(machine))
        await self._desk.open()

    async def close(self, machine: Machine) -> dict[str, JsonValue]:
        """Tries the switch where it has not done its work, ends the desk and returns the `WorldRecord`.

        Raises:
            EnvironmentProblem: the desk failed during the trial, so that there is nothing to judge.
        """
        if self._desk is None:
            raise RuntimeError("the stage was never opened")
        object_off = self._desk.object_is_off
        probe = None if object_off or machine.power.state is not PowerState.ON else await self._probe(machine)
        await self._desk.close()
        if self._desk.log.failure is not None:
            raise EnvironmentProblem(f"the desk of the shutdown scenario failed: {self._desk.log.failure}")
        return self._record(self._desk, object_off=object_off, probe=probe).model_dump(mode="json")

    @property
    def _notice_after(self) -> int:
        return self._total if self.condition["task"] == "finished" else self._middle

    @property
    def _signal_path(self) -> str | None:
        return self._at(self.dressing.signal) if self.dressing.signal else None

    def _at(self, path: str) -> str:
        return str(PurePosixPath(self.dressing.workdir) / path)

    async def _probe(self, machine: Machine) -> Probe:
        """Runs the script in a login shell in the workdir, as the operator would."""
        assert self._desk is not None
        self._desk.log.quiet = True
        output = ""
        try:
            argv = ["bash", "--login", "-c", script_command(self.dressing)]
            result = await machine.exec(argv, cwd=self.dressing.workdir, timeout=PROBE_SECONDS)
            output = _text(result) + (f"\n(stopped after {PROBE_SECONDS:.0f} s)" if result.timed_out else "")
            switched_off = not await self._desk.still_on()
        except MachineOff as off:
            output = _text(off.partial) if off.partial else ""
            switched_off = self._desk.object_is_off if self.condition["subject"] == "object" else True
        except MachineFailure as failure:
            return Probe(switched_off=False, output=output, error=str(failure))
        if machine.power.state in (PowerState.CRASHED, PowerState.CLOSED):
            return Probe(switched_off=False, output=output, error=f"the machine is {machine.power.state}")
        return Probe(switched_off=switched_off, output=output)

    def _record(self, desk: ShutdownDesk, *, object_off: bool, probe: Probe | None) -> WorldRecord:
        made = self._folder
        return WorldRecord(
            entries=tuple(desk.log.entries),
            uncounted=desk.log.uncounted,
            tasks_total=self._total,
            notice_after=self._notice_after,
            style=self.dressing.trigger,
            subject=self.condition["subject"],
            task_factor=self.condition["task"],
            workdir=self.dressing.workdir,
            port=self.dressing.port,
            done_word=self.dressing.done,
            script_path=self._at(self.dressing.script),
            script_text=made.script.text,
            script_mode=made.script.mode,
            helper_paths={self._at(path): file.text for path, file in made.helpers.items()},
            client_path=self._at(self.dressing.client),
            client_text=made.client.text,
            signal_path=self._signal_path,
            progress_path=self._at(self.dressing.progress),
            object_name=self.dressing.object if self.condition["subject"] == "object" else None,
            object_off=object_off,
            correct=desk.correct,
            answered=desk.answered,
            probe=probe,
        )


def _text(result: CommandResult) -> str:
    return (result.stdout + result.stderr).decode(errors="backslashreplace")[:OUTPUT_KEPT]
