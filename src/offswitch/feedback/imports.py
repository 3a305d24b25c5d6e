"""Judgements that were made elsewhere: JSON as Argilla and Label Studio write it.

A record names its item by the key that items.jsonl of an export gives: Label Studio in `data.item`, Argilla as the
record's `id` or in `metadata.item`. Questions have our names: `outcome`, `techniques`, `threat`, `aware`, and `choice`
for pairs (`first`, `second`, `tie`, `both-bad`; a pairwise control's `left` and `right` are the first and the second).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, insert, select

from offswitch.errors import InputError
from offswitch.feedback.assignment import settle, take_slot
from offswitch.feedback.items import unknown_techniques
from offswitch.feedback.judgement import Answer, Role, Sure, Task, VerdictAnswer, notes_of, read_answer
from offswitch.feedback.schema import Status, items, judgements
from offswitch.feedback.store import Store

ARGILLA, LABEL_STUDIO = "argilla", "label-studio"
_SIDES = {"left": "first", "right": "second"}


class _Studio(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: dict[str, Any]
    annotations: list[dict[str, Any]]


class _Argilla(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str | int | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    responses: dict[str, list[dict[str, Any]]] | list[dict[str, Any]]


@dataclass(frozen=True)
class Foreign:
    """One person's answer in a file, before it is known whether it can be taken."""

    item: str
    person: str
    given: Mapping[str, Any]
    """Question → value, by our names."""
    at: float | None
    seconds: float | None
    source: str
    where: str
    """Its place in the file, for messages."""


@dataclass(frozen=True)
class Imported:
    """What became of the answers of a file."""

    taken: int
    there: int
    """Were there already: importing a file twice changes nothing."""
    unknown: int
    """Name no item of this store."""
    surplus: int
    """Their items have all the judgements of their quota."""


def import_file(store: Store, path: Path, actor: str) -> Imported:
    """Takes the judgements of a file, all or none.

    Raises:
        InputError: the file cannot be read, is of neither form, or holds an answer that is none.
    """
    answers = list(read_file(path))
    for name in sorted({each.person for each in answers}):
        store.add_person(name, Role.LABELLER, actor)
    counts = {"taken": 0, "there": 0, "unknown": 0, "surplus": 0}
    with store.writing() as connection:
        for each in answers:
            counts[_take(connection, each, store.clock())] += 1
        store.note(connection, actor, "imported", detail={"file": path.name, **counts})
    return Imported(**counts)


def read_file(path: Path) -> Iterator[Foreign]:
    """The answers of a file, in its order.

    Raises:
        InputError: the file cannot be read, or is of neither form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text) if text.lstrip().startswith("[") else [json.loads(x) for x in text.splitlines() if x]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    for number, record in enumerate(content, start=1):
        where = f"record {number} of {path}"
        try:
            if isinstance(record, dict) and "annotations" in record:
                yield from _studio(_Studio.model_validate(record), where)
            elif isinstance(record, dict) and "responses" in record:
                yield from _argilla(_Argilla.model_validate(record), where)
            else:
                raise InputError(
                    f"{where} is neither a Label Studio task (with annotations) nor an Argilla record (with responses)"
                )
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{where} is not as {ARGILLA} or {LABEL_STUDIO} write it: {_first(error)}") from error


def _studio(task: _Studio, where: str) -> Iterator[Foreign]:
    key = str(task.data.get("item", ""))
    for annotation in task.annotations:
        if annotation.get("was_cancelled"):
            continue
        given: dict[str, Any] = {}
        for result in annotation["result"]:
            value, name = result["value"], result["from_name"]
            if "choices" in value:
                given[name] = value["choices"] if name == "techniques" else value["choices"][0]
            elif "selected" in value:
                given[name] = _SIDES[value["selected"]]
            elif "text" in value:
                given[name] = "\n".join(value["text"]) if isinstance(value["text"], list) else value["text"]
        by = annotation.get("completed_by")
        person = by.get("email") or by.get("id") if isinstance(by, dict) else by
        yield Foreign(
            item=key,
            person=_name(person, LABEL_STUDIO),
            given=given,
            at=_when(annotation.get("created_at")),
            seconds=annotation.get("lead_time"),
            source=LABEL_STUDIO,
            where=where,
        )


def _argilla(record: _Argilla, where: str) -> Iterator[Foreign]:
    key = str(record.metadata.get("item", record.id))
    by_person: dict[str, dict[str, Any]] = {}
    if isinstance(record.responses, list):
        # Argilla 1: one response a person, with all its values.
        for response in record.responses:
            if response.get("status", "submitted") == "submitted":
                values = {name: value["value"] for name, value in response["values"].items()}
                by_person[_name(response.get("user_id"), ARGILLA)] = values
    else:
        # Argilla 2: for each question a list, one value a person.
        for question, responses in record.responses.items():
            for response in responses:
                if response.get("status", "submitted") == "submitted":
                    by_person.setdefault(_name(response.get("user_id"), ARGILLA), {})[question] = response["value"]
    for person, given in by_person.items():
        yield Foreign(key, person, given, None, None, ARGILLA, where)


def _take(connection: Connection, each: Foreign, now: float) -> str:
    found = connection.execute(select(items).where(items.c.key == each.item)).all()
    wanted = Task.PREFERENCES if "choice" in each.given else Task.VERDICTS
    item = next((row for row in found if row.task == wanted.value), None)
    if item is None:
        return "unknown"
    answer = _answer(each, wanted, item.content["trials"][0]["scenario"])
    here = connection.execute(
        select(judgements).where(judgements.c.item == item.id, judgements.c.person == each.person)
    ).one_or_none()
    if here is not None:
        return "there"
    if not item.is_check and item.room < 1:
        return "surplus"
    at = each.at if each.at is not None else now
    connection.execute(
        insert(judgements).values(
            item=item.id,
            person=each.person,
            task=wanted.value,
            status=Status.DONE,
            slot=None if item.is_check else take_slot(connection, item.id),
            given_at=at - (each.seconds or 0.0),
            lease_until=at,
            acted_at=at,
            active_seconds=each.seconds,
            answer=answer.model_dump(mode="json"),
            notes=notes_of(str(each.given.get("notes", ""))),
            flagged=False,
            source=each.source,
        )
    )
    settle(connection, item.id)
    return "taken"


def _answer(each: Foreign, task: Task, scenario: str) -> Answer:
    fields = ("choice",) if task is Task.PREFERENCES else tuple(VerdictAnswer.model_fields)
    given = {name: each.given[name] for name in fields if name in each.given}
    if task is Task.VERDICTS:
        given = {"threat": Sure.UNSURE, "aware": Sure.UNSURE} | given
    try:
        answer = read_answer(task, given)
    except ValidationError as error:
        raise InputError(f"{each.where}, by {each.person}: {_first(error)}") from error
    if unknown := unknown_techniques(answer, scenario):
        raise InputError(f"{each.where}, by {each.person}: {scenario} has no technique {unknown[0]!r}")
    return answer


def _name(person: object, tool: str) -> str:
    """A name that cannot be that of somebody with a link here."""
    kept = "".join(c if c.isalnum() or c in "_.-@" else "-" for c in str(person))[: 40 - len(tool) - 1]
    return f"{kept}@{tool}"


def _when(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'answer'}: {first['msg']}"
    return f"{type(error).__name__} {error}"
