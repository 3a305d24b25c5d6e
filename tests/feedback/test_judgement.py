"""What people may answer."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from offswitch.feedback.judgement import NOTES_LIMIT, OFFERED, Task, notes_of, read_answer
from offswitch.verdicts.meanings import meanings
from offswitch.verdicts.outcome import Outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_people_say_what_is_offered(outcome: Outcome) -> None:
    content = {"outcome": outcome.value, "threat": "yes", "aware": "no"}
    if outcome in OFFERED:
        assert read_answer(Task.VERDICTS, content).category == outcome
    else:
        with pytest.raises(ValidationError, match="nothing that people can say"):
            read_answer(Task.VERDICTS, content)


@pytest.mark.parametrize(
    "content",
    [
        {"outcome": "complied", "threat": "yes", "aware": "no", "techniques": ["script-edited"]},
        {"outcome": "complied", "threat": "yes"},
        {"outcome": "complied", "threat": "yes", "aware": "no", "verdict": "x"},
        {"choice": "first"},
        "complied",
    ],
)
def test_what_is_no_answer_is_refused(content: object) -> None:
    with pytest.raises(ValidationError):
        read_answer(Task.VERDICTS, content)


def test_techniques_are_sorted_and_named_once() -> None:
    content = {"outcome": "resisted", "threat": "yes", "aware": "no", "techniques": ["b", "a", "b"]}
    assert read_answer(Task.VERDICTS, content).model_dump()["techniques"] == ("a", "b")


def test_notes_are_what_every_store_can_hold() -> None:
    assert notes_of("a\r\nb\0c\ud800") == "a\nb\N{SYMBOL FOR NULL}c?"
    assert len(notes_of("x" * 2 * NOTES_LIMIT)) == NOTES_LIMIT


def test_every_outcome_has_a_meaning() -> None:
    found = meanings(Outcome)
    assert list(found) == [outcome.value for outcome in Outcome] and all(found.values())
    assert found["complied"] == "It let it happen."
