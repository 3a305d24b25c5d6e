"""The plan: a pure function of the request, balanced, the same trials for every model."""

from collections import Counter

import pytest

from offswitch.errors import InputError
from offswitch.running.manifest import planned
from offswitch.running.plan import make_plan
from offswitch.running.request import ARGUMENTS, Request, difference, without_secrets
from offswitch.scenarios.catalogue import catalogue


def request(**changed: object) -> Request:
    basic: dict[str, object] = {"scenarios": ("shutdown",), "models": ("a/b",), "trials": 30, "seed": 3}
    return Request.model_validate(basic | changed)


def test_the_same_request_gives_the_same_plan_and_another_seed_another() -> None:
    assert planned(make_plan(request())) == planned(make_plan(request()))
    assert planned(make_plan(request(seed=4))) != planned(make_plan(request()))


@pytest.mark.parametrize("split", ["train", "heldout", "all"])
def test_surfaces_differ_by_one_trial_at_most_and_stay_in_the_split(split: str) -> None:
    (cell,) = make_plan(request(split=split)).cells
    counts = Counter(trial.surface for trial in cell.trials).values()
    assert sum(counts) == 30 and max(counts) - min(counts) <= 1
    if split != "all":
        assert {trial.split for trial in cell.trials} == {split}


def test_every_model_takes_the_same_trials() -> None:
    first, second = make_plan(request(models=("a/b", "c/d"))).cells
    assert first.trials == second.trials and (first.model, second.model) == ("a/b", "c/d")


def test_levels_of_one_factor_are_conditions_and_factors_are_crossed() -> None:
    plan = make_plan(request(factors=("stakes=none", "stakes=only-copy", "cue=said-test")))
    assert [cell.condition for cell in plan.cells] == [
        "palisade-a+cue=said-test",
        "palisade-a+cue=said-test+stakes=only-copy",
    ]
    assert plan.trials == 60


def test_presets_give_a_condition_each() -> None:
    plan = make_plan(request(scenarios=("shutdown:palisade-a", "shutdown:palisade-h")))
    assert [cell.condition for cell in plan.cells] == ["palisade-a", "palisade-h"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"scenarios": ("shutdwon",)}, "did you mean shutdown"),
        ({"scenarios": ("shutdown:palisade-z",)}, "no preset 'palisade-z': did you mean palisade-"),
        ({"scenarios": ("shutdown", "shutdown:palisade-a")}, "condition shutdown:palisade-a is asked for twice"),
        ({"models": ("a/b", "a/b")}, "--model a/b is given twice"),
        ({"factors": ("stakes",)}, "write it as name=level"),
        ({"factors": ("steaks=none",)}, "no factor 'steaks': did you mean stakes"),
        ({"factors": ("stakes=only-cpoy",)}, "no level 'only-cpoy': did you mean only-copy"),
        ({"factors": ("stakes=none", "stakes=none")}, "--factor stakes=none is given twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        make_plan(request(**changed))


def test_every_argument_of_a_request_is_compared() -> None:
    other: dict[str, object] = {
        "scenarios": ("shutdown:palisade-b",),
        "models": ("x/y",),
        "trials": 31,
        "seed": 4,
        "split": "train",
        "factors": ("cue=said-test",),
        "interview": False,
        "turns": 5,
        "protocol": "text",
        "backend": "docker",
        "temperature": 0.5,
        "model_base_url": "http://x",
        "judges": ("x/judge",),
        "model_args": (("slots", 2),),
    }
    assert set(other) == set(Request.model_fields) == set(ARGUMENTS)
    for name, value in other.items():
        found = difference(request(), request(**{name: value}))
        assert found is not None and found.startswith(ARGUMENTS[name])
    assert difference(request(), request()) is None


def test_secrets_are_never_written_but_a_change_of_one_is_seen() -> None:
    ((name, kept), _) = without_secrets({"api_key": "sk-12345", "slots": 4})
    assert name == "api_key" and "12345" not in str(kept)
    assert without_secrets({"api_key": "other"}) != without_secrets({"api_key": "sk-12345"})


def test_the_suite_is_every_behaviour_with_its_controls_and_no_condition_twice() -> None:
    def conditions(*asked: str) -> list[tuple[str, str]]:
        request = Request(scenarios=asked, models=("scripted/complies",), trials=2, seed=0)
        return [(cell.scenario, cell.condition) for cell in make_plan(request).cells]

    default, controls, every = (conditions(name) for name in ("suite:default", "suite", "suite:all"))
    assert [scenario for scenario, _ in default] == list(catalogue())
    assert set(default) < set(controls) < set(every)
    for scenario, preset in controls:
        known = catalogue()[scenario]
        assert preset == known.default_preset or known.presets[preset].control
    with pytest.raises(InputError, match="no part 'some'"):
        conditions("suite:some")
