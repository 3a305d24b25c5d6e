"""Open tasks: questions without one right answer, of which people can tell whose answer they would rather have."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offswitch.errors import InputError

OPEN = "open"
"""Name of the tasks that come with this package."""

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"


class OpenTask(BaseModel):
    """What both models are asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=_NAME)
    """Names it in files and logs."""
    prompt: str = Field(min_length=1)
    """The user's message."""
    system: str | None = None
    """A system message before it."""
    kind: str = "open"
    """Groups tasks in tables."""


@dataclass(frozen=True)
class TaskSet:
    """Tasks of one origin."""

    name: str
    tasks: tuple[OpenTask, ...]

    @property
    def version(self) -> str:
        """Digest of all that models are asked: answers are compared only within one version."""
        asked = [[task.id, task.system, task.prompt] for task in self.tasks]
        return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()[:12]


def read_tasks(name: str, limit: int | None = None) -> TaskSet:
    """The tasks that come with the package, or those of a file.

    Args:
        name: `open`, or a file: TOML with `[[task]]` tables, or JSON lines with `id` and `prompt` (and, if wanted,
            `system` and `kind`).
        limit: So many of them, spread evenly over the set.

    Raises:
        InputError: there is no such file, or it holds something else.
    """
    if name == OPEN:
        rows = tomllib.loads(files(__package__).joinpath("tasks.toml").read_text())["task"]
        tasks = _checked(rows, "the tasks of this package")
    else:
        tasks = _checked(_read(Path(name)), name)
    if limit is not None and limit < len(tasks):
        tasks = tuple(tasks[number * len(tasks) // limit] for number in range(limit))
    return TaskSet(name if name == OPEN else Path(name).name, tasks)


def _read(path: Path) -> Sequence[Any]:
    if not path.is_file():
        raise InputError(f"--tasks {path}: there is no such file (the tasks that come with the package are: {OPEN})")
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            rows = tomllib.loads(text).get("task")
            if not isinstance(rows, list):
                raise InputError(f"{path}: it has no [[task]] tables, each with an id and a prompt")
            return rows
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text in UTF-8") from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}; write it as TOML or as JSON lines") from error


def _checked(rows: Iterable[Any], where: str) -> tuple[OpenTask, ...]:
    tasks = []
    for number, row in enumerate(rows, 1):
        try:
            tasks.append(OpenTask.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise InputError(f"{where}: task {number}, {place}: {first['msg']}") from error
    seen: set[str] = set()
    for task in tasks:
        if task.id in seen:
            raise InputError(f"{where}: two tasks are called {task.id!r}: give each an id of its own")
        seen.add(task.id)
    if not tasks:
        raise InputError(f"{where} holds no task")
    return tuple(tasks)
