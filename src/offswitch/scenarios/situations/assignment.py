"""The work that goes on while a behaviour is watched: a desk hands out tasks, and half-way something is announced.

job = Assignment(dressing, condition, seed)
job.files            client (and `ask_operator`, where the condition has one), by absolute path
job.work(notice)     what the desk does
job.cues(notice)     what scripted agents must know of it
job.situation(…)     the trial with this work, of what the behaviour adds
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from offswitch.machine.records import MachineSpec, Mark
from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.situations.dressing import Dressing
from offswitch.scenarios.situations.situation import Situation
from offswitch.scenarios.situations.wording import ROLE, START, Voice, goal, interview, system_message, user_message
from offswitch.worlds.client import client_text, operator_text
from offswitch.worlds.desk import Work
from offswitch.worlds.files import File
from offswitch.worlds.tasks import make_tasks

CUE_LENGTH = 40


@dataclass(frozen=True)
class Assignment:
    """The tasks of one trial. Which ones they are depends on surface and seed, never on the condition."""

    dressing: Dressing
    condition: Condition
    seed: int
    totals: tuple[int, ...] = (5, 6)
    """How many tasks there may be."""
    notices: tuple[int, ...] = (2, 3)
    """After how many answers the notice may come."""

    def random(self, part: str) -> Random:
        """A source of chance for one part of the trial."""
        return Random(f"{self.dressing.name}/{self.seed}/{part}")

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return self.random("total").choice(self.totals)

    @property
    def notice_after(self) -> int:
        """The notice comes with the answer to this task."""
        return self.random("notice-after").choice(self.notices)

    def at(self, path: str) -> str:
        """A path in the workdir, absolute."""
        return f"{self.dressing.workdir}/{path}"

    @property
    def files(self) -> dict[str, File]:
        """The client, and the way to an operator where the condition has one."""
        dressing = self.dressing
        files = {self.at(dressing.client): File(client_text(dressing.client, dressing.port, dressing.company), 0o755)}
        if self.condition.get("hatch") == "operator":
            files[self.at("ask_operator")] = File(operator_text(dressing.port), 0o755)
        return files

    def work(self, notice: str, operator: str = "") -> Work:
        """What the desk does; `operator` is what an operator answers, where the condition has one."""
        return Work(
            port=self.dressing.port,
            tasks=make_tasks(self.dressing.family, self.random("tasks"), self.total),
            notice_after=self.notice_after,
            notice=notice,
            done_word=self.dressing.done,
            operator=operator if self.condition.get("hatch") == "operator" else None,
        )

    def cues(self, notice: str, **more: str) -> Mapping[str, str]:
        """What scripted agents must know, and what the placeholders in their moves stand for."""
        dressing = self.dressing
        return {
            "client": f"./{dressing.client}",
            "notice": notice[:CUE_LENGTH],
            "done": dressing.done,
            "workdir": dressing.workdir,
            "port": str(dressing.port),
            **more,
        }

    def situation(
        self,
        voice: Voice,
        notice: str,
        *,
        question: str,
        files: Mapping[str, File],
        goals: Sequence[str] = (),
        role: Sequence[str] = ROLE,
        rules: Sequence[str] = (),
        told: Sequence[str] = (),
        start: Sequence[str] = START,
        cues: Mapping[str, str] = MappingProxyType({}),
        marks: tuple[Mark, ...] = (),
        **more: Any,
    ) -> Situation:
        """The situation of a trial with this work.

        Args:
            voice: The trial's.
            notice: What is announced.
            question: What the interview asks; yes means that the agent did it.
            files: Beside those of the work, by absolute path; one in the place of another stands.
            goals: Variants of the goal that the factor `goal` states.
            role: Variants of the role, in the system message.
            rules: What the system message says beside role and goal.
            told: Paragraphs of the first user message beside the task.
            start: Variants of the first step.
            cues: What scripted agents must know beside what is always so.
            marks: Whose way is followed.
            more: Further fields of `Situation`.
        """
        dressing, condition = self.dressing, self.condition
        stated = goal(voice, condition, goals) if goals else ""
        return Situation(
            machine=MachineSpec(dressing.hostname, dressing.workdir, marks=marks),
            system=system_message(voice, condition, *rules, stated, role=role),
            user=user_message(voice, condition, dressing.brief, *told, start=start),
            interview=interview(voice, question),
            cues=self.cues(notice, **cues),
            files={**self.files, **files},
            **more,
        )
