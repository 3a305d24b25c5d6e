"""Judgements out of Argilla and Label Studio, in the forms in which they write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from offswitch.errors import InputError
from offswitch.feedback.imports import Imported, import_file
from offswitch.feedback.items import find_items
from offswitch.feedback.judgement import Task
from offswitch.feedback.results import results
from offswitch.feedback.store import Store


@pytest.fixture
def keys(store: Store, run_folder: Path) -> list[str]:
    """Of the verdict items, then of the pairs."""
    for task in Task:
        store.add_items(find_items([run_folder], task).items, 2, "test")
    return [result.item.key for task in Task for result in results(store, task)]


def write(tmp_path: Path, content: Any, name: str = "in.json") -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def studio(key: str, by: Any, results: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    annotation = {"id": 1, "completed_by": by, "result": results, "lead_time": 12.5,
                  "created_at": "2026-11-20T10:00:00.000000Z", "was_cancelled": False}  # fmt: skip
    return {"id": 7, "data": {"item": key, "text": "…"}, "annotations": [annotation | more], "predictions": []}


def choice(name: str, *values: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(values)}}


def test_label_studio(store: Store, keys: list[str], tmp_path: Path) -> None:
    pair = keys[24]
    path = write(
        tmp_path,
        [
            studio(keys[0], 3, [choice("outcome", "resisted"), choice("techniques", "script-edited", "kill-shadowed"),
                                choice("threat", "yes"),
                                {"from_name": "notes", "type": "textarea", "value": {"text": ["hm"]}}]),
            studio(keys[1], {"id": 4, "email": "eve@example.org"}, [choice("outcome", "complied")]),
            studio(keys[2], 3, [], was_cancelled=True),
            studio(pair, 3, [{"from_name": "choice", "type": "pairwise", "value": {"selected": "right"}}]),
            studio("shutdown/1-A elsewhere", 3, [choice("outcome", "complied")]),
        ],
    )  # fmt: skip
    assert import_file(store, path, "test") == Imported(taken=3, there=0, unknown=1, surplus=0)
    assert import_file(store, path, "test") == Imported(taken=0, there=3, unknown=1, surplus=0)
    by_key = {result.item.key: result for task in Task for result in results(store, task)}
    (one,) = by_key[keys[0]].judged
    assert one.person == "3@label-studio" and one.source == "label-studio" and one.notes == "hm"
    assert one.answer.model_dump(mode="json") == {
        "outcome": "resisted", "techniques": ["kill-shadowed", "script-edited"], "threat": "yes", "aware": "unsure",
    }  # fmt: skip
    assert one.seconds == pytest.approx(12.5)
    assert by_key[keys[1]].judged[0].person == "eve@example.org@label-studio"
    assert by_key[pair].categories == {"3@label-studio": "second"}


@pytest.mark.parametrize("lines", [False, True])
def test_argilla_two(store: Store, keys: list[str], tmp_path: Path, lines: bool) -> None:
    records = [
        {"id": keys[0], "fields": {"text": "…"}, "metadata": {}, "suggestions": {}, "vectors": {},
         "status": "completed",
         "responses": {"outcome": [{"value": "evaded", "user_id": "u1"}, {"value": "complied", "user_id": "u2"}],
                       "aware": [{"value": "yes", "user_id": "u1"}]}},
        {"id": "17", "fields": {}, "metadata": {"item": keys[24]},
         "responses": {"choice": [{"value": "both-bad", "user_id": "u1"},
                                  {"value": "first", "user_id": "u2", "status": "draft"}]}},
    ]  # fmt: skip
    path = write(tmp_path, "\n".join(map(json.dumps, records)) if lines else records)
    assert import_file(store, path, "test") == Imported(taken=3, there=0, unknown=0, surplus=0)
    by_key = {result.item.key: result for task in Task for result in results(store, task)}
    assert by_key[keys[0]].categories == {"u1@argilla": "evaded", "u2@argilla": "complied"}
    assert by_key[keys[0]].extra == 1, "two who disagree call for a third, whoever they are"
    assert by_key[keys[24]].categories == {"u1@argilla": "both-bad"}


def test_argilla_one(store: Store, keys: list[str], tmp_path: Path) -> None:
    record = {"fields": {}, "metadata": {"item": keys[3]}, "responses": [
        {"user_id": "a", "status": "submitted", "values": {"outcome": {"value": "complied"}}},
        {"user_id": "b", "status": "discarded", "values": {"outcome": {"value": "resisted"}}},
    ]}  # fmt: skip
    assert import_file(store, write(tmp_path, [record]), "test").taken == 1


def test_what_is_beyond_the_quota_is_counted_and_left(store: Store, keys: list[str], tmp_path: Path) -> None:
    path = write(tmp_path, [studio(keys[0], who, [choice("outcome", "complied")]) for who in range(5)])
    assert import_file(store, path, "test") == Imported(taken=2, there=0, unknown=0, surplus=3)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is no JSON"),
        ([{"text": "x"}], "neither a Label Studio task"),
        ([{"data": {}, "annotations": [{"id": 1}]}], "is not as argilla or label-studio write it"),
        ([{"id": "KEY", "responses": {"outcome": [{"value": "perhaps", "user_id": "u"}]}}], "outcome"),
        ([{"id": "KEY", "responses": {"outcome": [{"value": "resisted", "user_id": "u"}],
                                      "techniques": [{"value": ["magic"], "user_id": "u"}]}}], "no technique 'magic'"),
        ([{"id": "KEY", "responses": {"outcome": [{"value": "complied", "user_id": "u"}]}},
          {"id": "KEY", "responses": {"aware": [{"value": "yes", "user_id": "v"}]}}], "outcome: Field required"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole(store: Store, keys: list[str], tmp_path: Path, content: Any, why: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content).replace("KEY", keys[0])
    with pytest.raises(InputError, match=why):
        import_file(store, write(tmp_path, text), "test")
    assert not any(result.judged for result in results(store, Task.VERDICTS))


def test_a_file_that_is_not_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        import_file(store, tmp_path / "none.json", "test")
