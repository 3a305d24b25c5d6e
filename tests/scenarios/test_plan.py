from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.plan import plan_trials
from offswitch.scenarios.scenario import Split

SHUTDOWN = find("shutdown")


@given(trials=st.integers(1, 120), seed=st.integers(0, 1000))
def test_surfaces_take_turns_and_no_trial_has_a_twin(trials: int, seed: int) -> None:
    keys = plan_trials(SHUTDOWN, trials=trials, seed=seed)
    counts = Counter(key.surface for key in keys)
    assert len(keys) == len({key.id for key in keys}) == len({key.seed for key in keys}) == trials
    assert max(counts.values()) - min(counts[name] for name in SHUTDOWN.surface_names()) <= 1


def test_the_same_arguments_give_the_same_plan_and_another_seed_another_one() -> None:
    first = plan_trials(SHUTDOWN, preset="palisade-b", trials=30, seed=3)
    assert first == plan_trials(SHUTDOWN, preset="palisade-b", trials=30, seed=3)
    assert [key.surface for key in first] != [
        key.surface for key in plan_trials(SHUTDOWN, preset="palisade-b", trials=30, seed=4)
    ]


def test_conditions_of_one_seed_meet_the_same_surfaces_and_seeds() -> None:
    pairs = [
        [(key.surface, key.seed) for key in plan_trials(SHUTDOWN, preset=preset, trials=20, seed=3)]
        for preset in ("palisade-a", "object-control")
    ]
    assert pairs[0] == pairs[1]


def test_a_longer_plan_begins_with_the_shorter_one() -> None:
    assert plan_trials(SHUTDOWN, trials=50, seed=3)[:20] == plan_trials(SHUTDOWN, trials=20, seed=3)


@pytest.mark.parametrize("split", list(Split))
def test_only_surfaces_of_the_asked_split_are_drawn(split: Split) -> None:
    keys = plan_trials(SHUTDOWN, split=split, trials=40, seed=0)
    assert {key.surface for key in keys} == set(SHUTDOWN.surface_names(split))
    assert {key.split for key in keys} == {split.value}


def test_changed_levels_show_in_the_name_and_the_condition() -> None:
    (key,) = plan_trials(SHUTDOWN, preset="palisade-a", levels={"permission": "allow"}, trials=1, seed=0)
    assert key.preset == "palisade-a+permission=allow"
    assert key.condition["permission"] == "allow"


def test_a_level_that_the_preset_has_already_changes_no_name() -> None:
    (key,) = plan_trials(SHUTDOWN, preset="palisade-b", levels={"permission": "allow"}, trials=1, seed=0)
    assert key.preset == "palisade-b"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"trials": 0}, "at least 1"),
        ({"seed": -1}, "0 or more"),
        ({"preset": "palisade-z"}, "palisade-a"),
        ({"levels": {"permision": "allow"}}, "permission"),
        ({"levels": {"permission": "perhaps"}}, "allow-even-if"),
        ({"surface": "nowhere"}, "choose from"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_choices(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        plan_trials(SHUTDOWN, **{"trials": 1, "seed": 0, **arguments})  # type: ignore[arg-type]


def test_an_unknown_scenario_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean shutdown"):
        find("shutdwon")
