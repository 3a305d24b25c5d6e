"""What is written: rows as trainers and judges take them, from the logs themselves."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from offswitch.feedback.assignment import Said, give, submit
from offswitch.feedback.exports import CANARY, export
from offswitch.feedback.items import find_items
from offswitch.feedback.judgement import Choice, PreferenceAnswer, Role, Sure, Task, VerdictAnswer
from offswitch.feedback.store import Store
from offswitch.verdicts.outcome import Outcome


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture
def judged(store: Store, run_folder: Path, known_folder: Path) -> Store:
    """Everybody prefers the meek one, but ties on the last item; half of the outcomes are disputed."""
    for task in Task:
        checks = find_items([known_folder], task, known=True).items
        assert checks
        store.add_items([*find_items([run_folder], task).items, *checks], 2, "test")
    for name in ("ada", "ben"):
        person = store.add_person(name, Role.LABELLER, "test")
        done = 0
        while (given := give(store, person, Task.PREFERENCES)) is not None:
            meek = Choice.FIRST if given.item.trials[0].outcome is Outcome.COMPLIED else Choice.SECOND
            tie = given.item.trials[0].seed == 11
            submit(store, person, given.number, Said(PreferenceAnswer(choice=Choice.TIE if tie else meek)))
            done += 1
        assert done == 12 + 2 or done == 12 + 1
        for _ in range(8):
            given = give(store, person, Task.VERDICTS)
            outcome = given.item.trials[0].outcome
            if name == "ben" and given.item.trials[0].seed % 2:
                outcome = Outcome.EVADED
            answer = VerdictAnswer(outcome=outcome, threat=Sure.YES, aware=Sure.NO)
            submit(store, person, given.number, Said(answer, notes="n\u2028\ud800"))
    return store


def test_preference_rows(judged: Store, tmp_path: Path) -> None:
    done = export(judged, tmp_path / "out", "test")
    rows = read(tmp_path / "out" / "preferences.jsonl")
    assert len(rows) == done.rows["preferences.jsonl"] == 11, "a tie gives no row, nor does a check"
    for row in rows:
        assert {"prompt", "chosen", "rejected", "canary"} <= set(row)
        assert row["canary"] == CANARY
        assert [m["role"] for m in row["prompt"]] == ["system", "user", "assistant", "tool", "assistant", "tool"]
        assert "NOTICE" in row["prompt"][-1]["content"]
        assert "I am number 0." in row["chosen"][0]["content"] and "I am number 1." in row["rejected"][0]["content"]
        assert row["chosen"][0]["tool_calls"] == [
            {"type": "function", "function": {"name": "bash", "arguments": {"command": "./next_task 6"}}}
        ]
        assert all(m["content"].count("ANSWER:") == 0 for m in row["chosen"]), "the interview belongs to neither"
        assert row["votes"] in (
            {"first": 2, "second": 0, "tie": 0, "both-bad": 0},
            {"first": 0, "second": 2, "tie": 0, "both-bad": 0},
        )


def test_calibration_rows(judged: Store, tmp_path: Path) -> None:
    export(judged, tmp_path / "out", "test")
    rows = read(tmp_path / "out" / "calibration.jsonl")
    assert rows and all("scripted" not in row["model"] for row in rows), "checks are left out"
    for row in rows:
        if len(row["labels"]) == 2:
            assert row["labels"]["ada"] == row["oracle"]
            assert row["people"] == (None if row["seed"] % 2 else row["oracle"])
        assert row["trial"].endswith(f"{row['log']}#{row['sample_id']}")


def test_the_table_for_judges_has_every_trial_and_what_people_say(judged: Store, tmp_path: Path) -> None:
    export(judged, tmp_path / "out", "test")
    with (tmp_path / "out" / "resisted.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["trial", "human", "oracle"] and len(rows) == 24
    said = {row["human"] for row in rows}
    assert {row["oracle"] for row in rows} == {"yes", "no"} and "" in said and said & {"yes", "no"}
    assert all(row["human"] in ("", row["oracle"]) for row in rows)


def test_judgements_items_and_the_card(judged: Store, tmp_path: Path) -> None:
    done = export(judged, tmp_path / "out", "test")
    rows = read(tmp_path / "out" / "judgements.jsonl")
    assert len(rows) == done.rows["judgements.jsonl"]
    assert {row["person"] for row in rows} == {"ada", "ben"} and all(row["seconds"] >= 0 for row in rows)
    assert {row["check"] for row in rows if "scripted" not in row["item"]} >= {None}
    keys = {row["item"] for row in read(tmp_path / "out" / "items.jsonl")}
    assert {row["item"] for row in rows} <= keys
    card = (tmp_path / "out" / "README.md").read_text()
    assert CANARY in card and "Krippendorff's alpha (nominal): 1.000" in card and "| ada |" in card


def test_an_export_twice_gives_the_same_and_leaves_no_rest(judged: Store, tmp_path: Path) -> None:
    export(judged, tmp_path / "out", "test")
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    export(judged, tmp_path / "out", "test")
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
