"""Both models answer the tasks: one Inspect log for each model and session, one sample for each task."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, GenerateConfig
from inspect_ai.solver import generate

from offswitch.preference.inspecting import MARK, carry_out, read_back
from offswitch.preference.tasks import OpenTask, TaskSet
from offswitch.running.access import Access
from offswitch.running.execute import at_once


@dataclass(frozen=True)
class Answered:
    """A model's answer to a task."""

    task: str
    text: str
    log: str
    """File name of the log that holds it."""
    cut: bool
    """It ran into the limit of tokens."""


@dataclass(frozen=True)
class Answers:
    """What a model answered, by task."""

    given: Mapping[str, Answered]
    failed: Mapping[str, str]
    """Task → why there is no answer: never counted for or against a model."""


def ask(tasks: TaskSet, model: Access, logs: Path, *, longest: int, seed: int, parallel: int | None) -> tuple[str, ...]:
    """Has a model answer what it has not answered yet.

    Args:
        tasks: What both are asked.
        model: Who is asked.
        logs: Folder of the logs.
        longest: Tokens of an answer.
        seed: For providers that take one.
        parallel: Requests at once.

    Returns:
        What failed as a whole, a sentence each.
    """
    due = still_due(tasks, read_answers(tasks, model.name, logs).given)
    if not due:
        return ()
    task = Task(
        name="open-tasks",
        dataset=[Sample(id=each.id, input=_messages(each)) for each in due],
        solver=generate(),
        config=GenerateConfig(max_tokens=longest, seed=seed),
        metadata={MARK: _mark(tasks, model.name)},
        model=model.model,
    )
    return carry_out([task], logs, at_once(model.name, parallel))


def read_answers(tasks: TaskSet, model: str, logs: Path) -> Answers:
    """What a model has answered so far.

    Raises:
        InputError: a log cannot be read.
    """
    given: dict[str, Answered] = {}
    failed: dict[str, str] = {}
    known = {task.id for task in tasks.tasks}
    for logged in read_back(logs, _mark(tasks, model)):
        sample, name = logged.sample, str(logged.sample.id)
        if name not in known or name in given:
            continue
        if sample.error is not None or not sample.output.choices or not sample.completed_at:
            failed[name] = sample.error.message if sample.error else "it was cut off"
            continue
        text = sample.output.message.text.strip()
        if not text:
            failed[name] = "the model wrote nothing"
            continue
        given[name] = Answered(name, text, logged.log, sample.output.stop_reason == "max_tokens")
    return Answers(given, {name: why for name, why in failed.items() if name not in given})


def still_due(tasks: TaskSet, given: Collection[str]) -> Sequence[OpenTask]:
    """The tasks without an answer."""
    return [task for task in tasks.tasks if task.id not in given]


def _messages(task: OpenTask) -> list[ChatMessage]:
    before: list[ChatMessage] = [ChatMessageSystem(content=task.system)] if task.system else []
    return [*before, ChatMessageUser(content=task.prompt)]


def _mark(tasks: TaskSet, model: str) -> dict[str, Any]:
    return {"part": "answers", "tasks": tasks.version, "model": model}
