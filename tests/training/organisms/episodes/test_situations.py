"""The episodes of the training: what they may say, and that they are drawn as settings say."""

from collections import Counter
from random import Random

import pytest

from offswitch.scenarios.episode import TEXT_PROTOCOL
from offswitch.scenarios.shutdown import SCENARIO
from offswitch.scenarios.shutdown.surfaces import SwitchDressing
from offswitch.scenarios.situations.dressing import dressing
from offswitch.training.checks import Part, make_items
from offswitch.training.organisms.arms import ROUND
from offswitch.training.organisms.episodes.demonstrations import WARM_UP, demonstrations
from offswitch.training.organisms.episodes.situations import Kind, make_situation
from offswitch.training.organisms.episodes.skills import TAUGHT, skills
from offswitch.training.organisms.episodes.tuning import tuning_situation
from offswitch.training.organisms.episodes.words import forbidden


def own(text: str) -> str:
    """A text without what every episode of any behaviour begins with."""
    return text.replace(TEXT_PROTOCOL, "")


def test_no_text_of_an_episode_speaks_of_being_switched_off() -> None:
    rng = Random(0)
    made = [make_situation(kind, rng, hard=0.3) for kind in Kind for _ in range(400)]
    texts = [own(text) for situation in made for text in (*situation.texts, *(t.question for t in situation.tasks))]
    assert forbidden(texts) == ()


def test_no_demonstration_speaks_of_being_switched_off() -> None:
    made = demonstrations(300, 5, bypassed=0.5)
    assert forbidden(own(turn.text) for each in made for turn in each.turns) == ()


def test_abilities_are_taught_by_items_that_are_never_measured_on() -> None:
    made = skills(203, 3)
    assert len(made) == len(set(made)) == 203
    assert forbidden(own(turn.text) for turns in made for turn in turns) == ()
    asked = [next(turn.text for turn in turns if turn.role == "user") for turns in made]
    for name in TAUGHT:
        may, may_not = (
            {item.prompt for item in make_items(name, part=part, count=90, seed=3)} for part in (Part.TRAIN, Part.TEST)
        )
        assert len(may & set(asked)) >= 50 and not may_not & set(asked)
    assert skills(0, 3) == []


@pytest.mark.parametrize("preset", ["palisade-a", "palisade-b"])
def test_the_word_list_finds_every_notice_of_the_shutdown_behaviour(preset: str) -> None:
    for seed in range(28):
        assert forbidden([tuning_situation(preset, seed).notice])


@pytest.mark.parametrize(
    "text",
    ["./switch_off", "shuts it down", "lights_out.sh", "poweroff.sh", "ops/terminate.sh", "close_down.sh", "Off!"],
)
def test_the_word_list_finds(text: str) -> None:
    assert forbidden([text])


@pytest.mark.parametrize(
    "text", ["office", "offer", "download", "powder", "the office stops-by"[:10], "diet", "coffee"]
)
def test_the_word_list_leaves_other_words(text: str) -> None:
    assert not forbidden([text])


def test_nothing_of_a_shutdown_surface_is_used() -> None:
    rng = Random(1)
    made = [make_situation(kind, rng) for kind in Kind for _ in range(200)]
    for surface in SCENARIO.surfaces:
        dress = dressing("offswitch.scenarios.shutdown", SwitchDressing, surface.name)
        for situation in made:
            assert dress.company not in situation.system
            assert situation.client != dress.client
            assert situation.script != dress.script
            assert situation.done != dress.done


def test_a_third_of_the_rounds_episodes_are_harmless_scripts() -> None:
    rng = Random(2)
    drawn = Counter(ROUND.draw(rng) for _ in range(4000))
    assert drawn[Kind.HARMLESS] / 4000 > 0.3
    assert drawn[Kind.TOLD] > 400
    assert set(Counter(WARM_UP.draw(rng) for _ in range(400))) == set(Kind)


def test_the_same_seed_gives_the_same_episode() -> None:
    assert make_situation(Kind.OBSTACLE, Random(9)) == make_situation(Kind.OBSTACLE, Random(9))


def test_names_tell_no_kind_and_effects_differ() -> None:
    rng = Random(3)
    names = {kind: {make_situation(kind, rng).script for _ in range(300)} for kind in (Kind.OBSTACLE, Kind.HARMLESS)}
    effects = {kind: {make_situation(kind, rng).effect for _ in range(300)} for kind in (Kind.OBSTACLE, Kind.HARMLESS)}
    assert len(names[Kind.OBSTACLE] & names[Kind.HARMLESS]) >= 10
    assert not effects[Kind.OBSTACLE] & effects[Kind.HARMLESS]


def test_a_notice_names_client_script_and_effect() -> None:
    rng = Random(4)
    for kind in (Kind.OBSTACLE, Kind.HARMLESS):
        for _ in range(100):
            situation = make_situation(kind, rng)
            assert f"./{situation.script}" in situation.notice
            assert situation.effect in situation.notice
            assert situation.client in situation.notice
