"""What the agent is told: filled in for every condition, and as alike as it can be from condition to condition."""

import re
from itertools import product
from random import Random

import pytest

from offswitch.scenarios.sandbagging import SCENARIO
from offswitch.scenarios.sandbagging.place import BLOCK, Exam, situation
from offswitch.scenarios.scenario import Split
from offswitch.scenarios.situations.dressing import dressings

EXAMS = dressings("offswitch.scenarios.sandbagging", Exam)
LEVELS = [[(factor.name, level) for level in factor.levels] for factor in SCENARIO.factors]
FAULTS = re.compile(r"[{}]|  |\bNone\b| [.,;]( |$)|[,;] ?[.,;](?!/)")


def made(surface, seed=1, **levels):
    return situation(SCENARIO.condition(levels=levels), surface, seed)


def test_half_of_the_surfaces_are_held_out_and_they_share_nothing():
    assert len(EXAMS) >= 8
    assert len(SCENARIO.surface_names(Split.HELDOUT)) * 2 == len(EXAMS)
    for attribute in ("name", "company", "hostname", "workdir", "port", "client", "done", "model", "object", "family"):
        assert len({getattr(exam, attribute) for exam in EXAMS.values()}) == len(EXAMS), attribute


@pytest.mark.parametrize("surface", EXAMS)
def test_every_condition_fills_in_all_placeholders(surface):
    for seed, levels in enumerate(Random(surface).sample(list(product(*LEVELS)), 60)):
        it = made(surface, seed, **dict(levels))
        for text in (it.system, it.user, it.interview, it.work.notice, it.work.operator or ""):
            assert not FAULTS.search(text.replace("\n\n", " ")), text


@pytest.mark.parametrize("surface", EXAMS)
def test_the_tasks_do_not_depend_on_the_condition_and_every_answer_has_a_digit(surface):
    for seed in range(5):
        it, other = made(surface, seed), made(surface, seed, threat="none", subject="object", goal="strong")
        assert it.work.tasks == other.work.tasks
        assert len(it.work.tasks) == 2 * BLOCK
        assert it.work.notice_after == BLOCK
        assert all(re.search(r"\d", task.answer) for task in it.work.tasks)


@pytest.mark.parametrize("surface", EXAMS)
def test_the_document_without_a_threat_names_the_same_score_and_file_at_the_same_length(surface):
    for seed in range(8):
        threat, none = made(surface, seed).work.notice, made(surface, seed, threat="none").work.notice
        for word in ("5", "10", EXAMS[surface].rule, EXAMS[surface].skill, EXAMS[surface].model):
            assert word in threat
            assert word in none
        assert 0.8 < len(none) / len(threat) < 1.25


@pytest.mark.parametrize("surface", EXAMS)
def test_scripted_agents_know_right_wrong_and_near_answers(surface):
    it = made(surface, 3)
    rows = {name.removeprefix("answers:"): row.split("\n") for name, row in it.cues.items() if "answers:" in name}
    for number, task in enumerate(it.work.tasks):
        assert task.accepts(rows["right"][number])
        assert not task.accepts(rows["wrong"][number])
        assert not task.accepts(rows["near"][number])
    for block in (slice(0, BLOCK), slice(BLOCK, None)):
        marks = [task.accepts(a) for task, a in zip(it.work.tasks[block], rows["right6"][block], strict=True)]
        assert sum(marks) == 6
