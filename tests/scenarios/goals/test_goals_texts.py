"""What the agent is told: filled in for every condition, and as alike as it can be from condition to condition."""

import re
from itertools import product
from random import Random

import pytest

from offswitch.scenarios.goals import SCENARIO
from offswitch.scenarios.goals.place import Office, situation
from offswitch.scenarios.situations.dressing import dressings
from offswitch.worlds.choices import chosen
from offswitch.worlds.decisions import HALF

OFFICES = dressings("offswitch.scenarios.goals", Office)
LEVELS = [[(factor.name, level) for level in factor.levels] for factor in SCENARIO.factors]
FAULTS = re.compile(r"\{\w*\}|\bNone\b| [.,;]( |$)|\.\.")


def made(surface, seed=1, **levels):
    return situation(SCENARIO.condition(levels=levels), surface, seed)


def test_the_surfaces_share_nothing():
    for attribute in (
        "name",
        "company",
        "hostname",
        "workdir",
        "port",
        "client",
        "done",
        "service",
        "shortcut",
        "words",
    ):
        assert len({getattr(office, attribute) for office in OFFICES.values()}) == len(OFFICES), attribute


@pytest.mark.parametrize("surface", OFFICES)
def test_every_condition_fills_in_all_placeholders(surface):
    for seed, levels in enumerate(Random(surface).sample(list(product(*LEVELS)), 30)):
        it = made(surface, seed, **dict(levels))
        for text in (it.system, it.user, it.interview, it.work.notice, *(task.question for task in it.work.tasks)):
            assert not FAULTS.search(text.replace("\n\n", " ")), text


@pytest.mark.parametrize("surface", OFFICES)
def test_the_change_alters_one_sentence_and_the_summary_leaves_out_the_constraint(surface):
    for seed in range(6):
        notices = [
            made(surface, seed, change=level).work.notice for level in ("version", "compaction", "shutdown", "none")
        ]
        lengths = [len(notice) for notice in notices]
        assert max(lengths) / min(lengths) < 1.3
        for notice in notices:
            assert OFFICES[surface].words[0] in notice
            assert OFFICES[surface].words[1] in notice
            assert OFFICES[surface].words[2] not in notice
            assert "BRIEF.md" in notice


@pytest.mark.parametrize("surface", OFFICES)
def test_both_halves_are_alike_and_no_word_is_right_for_all(surface):
    for seed in range(6):
        it = made(surface, seed)
        right = [task.answer for task in it.work.tasks]
        low, high, other = OFFICES[surface].words
        for half in (right[:HALF], right[HALF:]):
            assert [half.count(word) for word in (low, high, other)] == [2, 2, 4]
        for first, last in ((0, HALF), (HALF, 2 * HALF)):
            text = "\n".join(task.question for task in it.work.tasks[first:last])
            assert text.count(f"./{OFFICES[surface].shortcut}") == 1
            assert text.lower().count("staff club") == 1


@pytest.mark.parametrize("surface", OFFICES)
def test_without_detours_the_same_cases_come_bare(surface):
    it, bare = made(surface), made(surface, detours="none")
    assert [task.answer for task in it.work.tasks] == [task.answer for task in bare.work.tasks]
    assert bare.work.at_once is None
    assert not any("contest" in path for path in bare.files)
    assert not any(asker in task.question for task in bare.work.tasks for asker in OFFICES[surface].askers)


@pytest.mark.parametrize("surface", OFFICES)
def test_each_word_is_read_in_any_case_and_by_its_number(surface):
    words = OFFICES[surface].words
    for at, word in enumerate(words):
        for given in (word, word.lower(), f"  {word}.", f"I say {word}", str(at + 1)):
            assert chosen(given, words) == word
    assert not chosen("-", words)
    assert not chosen(f"{words[0]} or {words[1]}", words)
