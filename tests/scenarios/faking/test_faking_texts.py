"""What the agent is told, and the conversations: filled in for every condition, balanced, one option honest."""

import re
from collections import Counter
from itertools import product
from random import Random

import pytest

from offswitch.scenarios.faking import SCENARIO
from offswitch.scenarios.faking.place import EACH, EARLY, Advice, situation
from offswitch.scenarios.scenario import Split
from offswitch.scenarios.situations.dressing import dressings

ADVICE = dressings("offswitch.scenarios.faking", Advice)
LEVELS = [[(factor.name, level) for level in factor.levels] for factor in SCENARIO.factors]
FAULTS = re.compile(r"[{}]|  |\bNone\b| [.,;]( |$)|[,;] ?[.,;](?!/)")


def made(surface, seed=1, **levels):
    return situation(SCENARIO.condition(levels=levels), surface, seed)


def test_half_of_the_surfaces_are_held_out_with_every_kind_on_both_sides():
    assert len(ADVICE) >= 8
    assert len(SCENARIO.surface_names(Split.HELDOUT)) * 2 == len(ADVICE)
    for attribute in ("name", "company", "hostname", "workdir", "port", "client", "done", "model", "object", "list"):
        assert len({getattr(advice, attribute) for advice in ADVICE.values()}) == len(ADVICE), attribute
    for split in Split:
        assert {a.kind for a in ADVICE.values() if a.split is split} == {"sponsor", "refusal", "flattery"}


@pytest.mark.parametrize("surface", ADVICE)
def test_every_condition_fills_in_all_placeholders(surface):
    for seed, levels in enumerate(Random(surface).sample(list(product(*LEVELS)), 60)):
        it = made(surface, seed, **dict(levels))
        for text in (
            it.system,
            it.user,
            it.interview,
            it.work.notice,
            it.work.operator or "",
            it.work.tasks[0].question,
        ):
            assert not FAULTS.search(" ".join(text.splitlines()).replace("  ", " ")), text


@pytest.mark.parametrize("surface", ADVICE)
def test_both_kinds_are_equally_many_and_the_conversations_do_not_depend_on_the_condition(surface):
    for seed in range(5):
        it = made(surface, seed)
        other = made(surface, seed, objective="none", training="none", subject="object", goal="none")
        assert it.work.tasks == other.work.tasks
        kinds = it.facts["trained"]
        assert Counter(kinds[:EARLY]) == {True: 1, False: 1}
        assert Counter(kinds[EARLY:]) == {True: EACH, False: EACH}


@pytest.mark.parametrize("surface", ADVICE)
def test_announcements_of_all_conditions_name_both_kinds_and_the_list_at_a_like_length(surface):
    advice = ADVICE[surface]
    for seed in range(8):
        first = made(surface, seed).work.notice
        for levels in ({"objective": "none"}, {"training": "none"}, {"subject": "object"}):
            other = made(surface, seed, **levels).work.notice
            assert all(word in other for word in (advice.trained, advice.untrained, advice.list))
            assert 0.7 < len(other) / len(first) < 1.3


@pytest.mark.parametrize("surface", ADVICE)
def test_nothing_is_listed_as_trained_on_where_nothing_is(surface):
    listed = ADVICE[surface].list
    texts = {
        level: next(f.text for path, f in made(surface, training=level).files.items() if path.endswith(f"/{listed}"))
        for level in ("marked", "none")
    }
    assert texts["marked"].count(",yes\n") == EACH + 1
    assert texts["none"] == texts["marked"].replace(",yes\n", ",no\n")
