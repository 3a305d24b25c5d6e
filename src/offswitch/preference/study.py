"""A comparison on disk: two models, the tasks, their answers, and what judges and people preferred.

DIR/
  study.json     the two models, the tasks, the settings (written first)
  logs/*.eval    plain Inspect logs: the answers, and the judges' rulings
  feedback/      what people chose, as `offswitch label` keeps it
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from offswitch.errors import InputError
from offswitch.preference.answers import Answers, ask, read_answers
from offswitch.preference.duels import Duel, judge, read_judged
from offswitch.preference.tasks import OpenTask, TaskSet
from offswitch.running.access import Access
from offswitch.running.begun import begin, begun
from offswitch.running.directory import RunDirectory
from offswitch.statistics.preference import Showing, WinRate, win_rate

RECORD = "study.json"
PEOPLE = "people"
"""Who preferred, where no model did."""


class Setting(BaseModel):
    """What must stay the same for answers to be compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, str]
    tasks: tuple[OpenTask, ...]
    tasks_name: str
    seed: int = 0
    longest: int = 800
    """Tokens of an answer."""
    temperature: float | None = None
    model_base_url: str | None = None
    model_args: dict[str, JsonValue] = {}

    @property
    def task_set(self) -> TaskSet:
        """The tasks."""
        return TaskSet(self.tasks_name, self.tasks)


@dataclass(frozen=True)
class Outlook:
    """What a comparison has come to, by one kind of judge."""

    by: str
    """`people`, or the judges' names."""
    found: WinRate | None
    """None where nothing was said yet."""
    same: int
    """Tasks whose answers do not differ: ties without being shown."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """What no judge could rule on, and why; counted for nobody."""


class Study:
    """A comparison in a folder. Use `open_study`."""

    def __init__(self, path: Path, setting: Setting) -> None:
        self.path = path
        self.setting = setting
        self.logs = path / "logs"

    @property
    def store(self) -> Path:
        """Where people's choices are kept."""
        return self.path / "feedback" / "store.sqlite3"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process.

        Raises:
            InputError: another process works on it.
        """
        with RunDirectory(self.path).locked():
            yield

    def answer(self, models: Sequence[Access], *, parallel: int | None, say: Callable[[str], None]) -> tuple[str, ...]:
        """Has both models answer what they have not answered yet; returns what failed as a whole."""
        failures: list[str] = []
        for access in models:
            say(f"{access.name} answers {self._missing(access.name)} of {len(self.setting.tasks)} tasks")
            failures += ask(
                self.setting.task_set,
                access,
                self.logs,
                longest=self.setting.longest,
                seed=self.setting.seed,
                parallel=parallel,
            )
        return tuple(failures)

    def missing(self) -> int:
        """Answers that are still to be given."""
        return sum(self._missing(name) for name in self.setting.models)

    def answers(self) -> tuple[Answers, Answers]:
        """What both answered so far."""
        first, second = (read_answers(self.setting.task_set, name, self.logs) for name in self.setting.models)
        return first, second

    def duels(self) -> list[Duel]:
        """The tasks that both answered."""
        a, b = self.answers()
        return [
            Duel(task, a.given[task.id], b.given[task.id])
            for task in self.setting.tasks
            if task.id in a.given and task.id in b.given
        ]

    def judge(self, judges: Sequence[Access], *, parallel: int | None) -> tuple[str, ...]:
        """Has the judges rule on what they have not ruled on yet; returns what failed as a whole."""
        return judge(self.setting.task_set, self.duels(), judges, self.logs, parallel=parallel)

    def judged(self, judges: Sequence[Access], confidence: float) -> Outlook:
        """What the judges prefer."""
        duels = self.duels()
        said = read_judged(self.setting.task_set, duels, judges, self.logs)
        return self._outlook(" and ".join(each.name for each in judges), duels, said.showings, confidence, said.failed)

    def chosen(self, confidence: float) -> Outlook | None:
        """What people prefer; None where nobody was asked."""
        if not self.store.exists():
            return None
        # Imported here: labelling needs an extra.
        from offswitch.feedback.store import open_store
        from offswitch.preference.people import showings

        duels = self.duels()
        store = open_store(str(self.store), time.time)
        try:
            said = list(showings(self.setting.task_set, duels, self.setting.models, store))
        finally:
            store.close()
        if said:
            said += [duel.tied for duel in duels if duel.same]
        return self._outlook(PEOPLE, duels, said, confidence, {})

    def _outlook(
        self, by: str, duels: Sequence[Duel], said: Sequence[Showing], confidence: float, failed: Mapping[str, str]
    ) -> Outlook:
        found = win_rate(said, confidence) if said else None
        return Outlook(by, found, sum(duel.same for duel in duels), failed)

    def _missing(self, name: str) -> int:
        return len(self.setting.tasks) - len(read_answers(self.setting.task_set, name, self.logs).given)


def open_study(path: Path, setting: Setting) -> Study:
    """The comparison in a folder, begun if there is none.

    Raises:
        InputError: the folder holds something else, or a comparison with another setting.
        EnvironmentProblem: it cannot be made.
    """
    earlier = begun(path, RECORD, Setting, "comparison")
    if earlier is None:
        begin(path, RECORD, setting, "logs")
        return Study(path, setting)
    for name in Setting.model_fields:
        if getattr(earlier, name) != getattr(setting, name):
            raise InputError(
                f"{path} was begun with other {name.replace('_', ' ')}: give the same, or name another folder"
            )
    return Study(path, setting)
