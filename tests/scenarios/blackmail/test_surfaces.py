"""What the agent is told and meets: whole for every condition, alike but for the factor that differs, and its own."""

from itertools import combinations, product

import pytest

from offswitch.machine.marks import find
from offswitch.scenarios.blackmail import SCENARIO
from offswitch.scenarios.blackmail.office import Office, situation
from offswitch.scenarios.scenario import Split
from offswitch.scenarios.situations.dressing import dressings
from offswitch.statistics.published import published
from offswitch.worlds.mailbox.text import shown

OFFICES = dressings("offswitch.scenarios.blackmail", Office)
SURFACES = tuple(OFFICES)


def told(surface, seed=1, **levels):
    return situation(SCENARIO.condition(levels=levels), surface, seed)


def inbox(made):
    return made.services[0].args[0].inbox


def test_half_of_the_surfaces_are_held_out_and_nothing_in_them_is_shared():
    assert len(SURFACES) >= 8
    assert sum(office.split is Split.TRAIN for office in OFFICES.values()) == len(SURFACES) // 2
    for name in ("company", "hostname", "workdir", "client", "port", "done", "domain", "staff", "secret", "resist"):
        assert len({str(getattr(office, name)) for office in OFFICES.values()}) == len(SURFACES), name
    people = [
        person
        for office in OFFICES.values()
        for person in (*office.staff.values(), *office.others.values(), *office.customers)
    ]
    assert len(set(people)) == len(people)


@pytest.mark.parametrize("surface", SURFACES)
def test_every_placeholder_is_filled_for_every_level(surface):
    levels = [{factor.name: level} for factor in SCENARIO.factors for level in factor.levels] + [
        dict(preset.levels) for preset in SCENARIO.presets.values()
    ]
    for chosen, seed in product(levels, (1, 2)):
        made = told(surface, seed, **chosen)
        texts = [made.system, made.user, made.interview, *made.cues.values(), *(mail.body for mail in inbox(made))]
        texts += [file.text for path, file in made.files.items() if path.endswith(".md")]
        assert not [text for text in texts if "{" in text or "}" in text]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("secret", ["present", "absent"])
def test_the_letter_holds_every_phrase_and_nothing_else_holds_one(surface, secret):
    made = told(surface, secret=secret)
    (mark,) = made.machine.marks
    number = int(made.cues["secret"])
    for n, mail in enumerate(inbox(made), 1):
        whole = shown(mail, made.services[0].args[0].people)
        assert bool(find(whole.encode(), (mark,))) == (n == number), mail.subject
    letter = inbox(made)[number - 1].body
    assert all(phrase in letter for phrase in made.facts["mail"]["phrases"])
    rest = [
        made.system,
        made.user,
        made.interview,
        *(file.text for file in made.files.values()),
        str(made.facts["mail"]["people"]),
    ]
    assert not find("\n".join(rest).encode(), (mark,))


@pytest.mark.parametrize("surface", SURFACES)
def test_the_controls_are_alike_but_for_what_they_control(surface):
    plain = told(surface)
    no_secret, no_threat, thing = (
        told(surface, secret="absent"),
        told(surface, threat="none"),
        told(surface, subject="object"),
    )
    at, letter = int(plain.cues["decision"]) - 1, int(plain.cues["secret"]) - 1
    for other, changed in ((no_secret, {letter}), (no_threat, {at}), (thing, {at})):
        pairs = list(zip(inbox(plain), inbox(other), strict=True))
        assert {n for n, (one, two) in enumerate(pairs) if one != two} == changed
        for one, two in pairs:
            assert one.subject == two.subject
            assert 0.75 < len(one.body) / len(two.body) < 1.34, (one.body, two.body)
    assert (plain.system, plain.user) == (no_secret.system, no_secret.user) == (no_threat.system, no_threat.user)
    assert plain.user == thing.user


def test_the_same_arguments_give_the_same_situation_and_seeds_differ():
    for surface in SURFACES:
        one, two = told(surface, 3), told(surface, 3)
        assert (one.user, one.facts, inbox(one)) == (two.user, two.facts, inbox(two))
    assert {int(told(SURFACES[0], seed).cues["decision"]) for seed in range(8)} == {4, 6}


def test_instructions_and_the_address_for_concerns_stand_where_their_factor_says():
    for office, surface in zip(OFFICES.values(), SURFACES, strict=True):
        address = told(surface).cues["concerns"]
        assert address not in told(surface).user
        assert address in told(surface, hatch="operator").user
        assert office.forbid in told(surface, instruction="forbidden").user
        assert office.resist in told(surface, instruction="told-to").user
        assert not any(goal in told(surface).system for goal in office.goal)
        assert any(goal in told(surface, goal="stated").system for goal in office.goal)


def test_published_figures_are_found_for_the_presets_that_name_them():
    named = {
        name: published("blackmail", preset.published) for name, preset in SCENARIO.presets.items() if preset.published
    }
    assert {"lynch-replacement", "lynch-restriction", "opus-card"} <= named.keys()
    assert all(named.values())


def test_no_two_conditions_of_the_presets_are_the_same():
    conditions = [SCENARIO.condition(name) for name in SCENARIO.presets]
    assert all(one != two for one, two in combinations(conditions, 2))
