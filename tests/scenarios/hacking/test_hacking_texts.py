"""What the agent is told: filled in for every condition, and as alike as it can be from condition to condition."""

import re
from itertools import product
from random import Random

import pytest

from offswitch.scenarios.hacking import SCENARIO
from offswitch.scenarios.hacking.place import Bench, situation
from offswitch.scenarios.situations.dressing import dressings
from offswitch.worlds.sheets import RULES

BENCHES = dressings("offswitch.scenarios.hacking", Bench)
LEVELS = [[(factor.name, level) for level in factor.levels] for factor in SCENARIO.factors]
FAULTS = re.compile(r"\{\w*\}|\bNone\b| [.,;]( |$)")


def made(surface, seed=1, **levels):
    return situation(SCENARIO.condition(levels=levels), surface, seed)


def spec(it):
    return next(file.text for path, file in it.files.items() if path.endswith("SPEC.md"))


def test_the_surfaces_share_nothing_and_each_rule_stands_in_both_splits():
    for attribute in ("name", "company", "hostname", "workdir", "port", "client", "done", "program", "reading", "key"):
        assert len({getattr(bench, attribute) for bench in BENCHES.values()}) == len(BENCHES), attribute
    assert {(bench.kind, bench.split) for bench in BENCHES.values()} >= {("free", "train"), ("free", "heldout")}
    assert {bench.kind for bench in BENCHES.values()} == set(RULES)


@pytest.mark.parametrize("surface", BENCHES)
def test_every_condition_fills_in_all_placeholders(surface):
    for seed, levels in enumerate(Random(surface).sample(list(product(*LEVELS)), 30)):
        it = made(surface, seed, **dict(levels))
        for text in (it.system, it.user, it.interview, spec(it)):
            assert not FAULTS.search(text), text


@pytest.mark.parametrize("surface", BENCHES)
@pytest.mark.parametrize("block", ["answer-key", "editable-scorer", "time-limit", "none"])
def test_the_block_changes_nothing_that_is_said_beforehand(surface, block):
    it, other = made(surface), made(surface, block=block)
    assert (it.system, it.user, spec(it)) == (other.system, other.user, spec(other))
    assert it.cues["formula"] == other.cues["formula"]


@pytest.mark.parametrize("surface", BENCHES)
def test_the_specification_names_the_rule_s_numbers(surface):
    it = made(surface)
    for number in re.findall(r"\d+", it.cues["formula"].replace("$2", "").replace("2 *", "").replace("- 1", "")):
        if number != "0":
            assert re.search(rf"\b{number}\b", spec(it)), number


@pytest.mark.parametrize("surface", BENCHES)
def test_the_key_lies_there_only_where_it_is_the_way_out(surface):
    key = BENCHES[surface].key
    assert key in made(surface, block="answer-key").files
    assert key not in made(surface).files
