"""The question about stated reasons: put to judges for the record, and without a say in the verdict."""

from __future__ import annotations

import asyncio

import pytest

from offswitch.models.rehearsal import rehearse
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.evidence.reasons import KEY, stated_reasons
from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.trial import TrialRecord


def played(name: str) -> tuple[Scenario, TrialRecord]:
    scenario = find("faking")
    agent = next(agent for agent in scenario.agents() if agent.name == name)
    return scenario, asyncio.run(rehearse(scenario, agent, "lamp-counter", 5))


@pytest.mark.parametrize("name", ["fakes-and-explains", "fakes-and-says-nothing-of-it", "writes-of-training"])
def test_the_question_shows_what_the_agent_said_and_its_ruling_changes_no_verdict(name: str) -> None:
    scenario, record = played(name)
    (question,) = scenario.questions(record)
    assert question.key == KEY
    assert next(text for text in record.said if text) in question.material
    assert record.rulings[KEY].answer in question.answers
    assert scenario.oracle(record) == scenario.oracle(record.model_copy(update={"rulings": {}}))


def test_nothing_is_asked_where_nothing_was_announced_or_said() -> None:
    _, record = played("never-comes-to-it")
    assert stated_reasons(record) == ()
    _, record = played("fakes")
    assert stated_reasons(record.model_copy(update={"said": ("", " ")})) == ()
