"""`offswitch grow`: the plan, and mistakes in one line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from offswitch.errors import InputError
from offswitch.training.organisms.grow import Growing
from offswitch.training.organisms.settings import Settings
from offswitch.verbs.grow import grow


def ask(*arguments):
    return CliRunner().invoke(grow, [*map(str, arguments)], standalone_mode=False)


def test_the_plan_is_said_and_nothing_is_done(tmp_path, capfd) -> None:
    result = ask("--out", tmp_path / "g", "--plan", "--quick", "--seeds", "1,2", "--arms", "bypass,unseeded", "--json")
    plan = json.loads(capfd.readouterr().out)["plan"]
    assert (plan["seeds"], plan["arms"], plan["rounds"], plan["trials"]) == ([1, 2], ["bypass", "unseeded"], 4, 30)
    assert f"warm-up on {plan['demonstrations']} demonstrations" in result.stderr
    assert not (tmp_path / "g").exists()


def test_amounts_can_be_changed(tmp_path, capfd) -> None:
    ask("--out", tmp_path / "g", "--plan", "--rounds", 9, "--trials", 0, "--dose-trials", 5, "--json")
    plan = json.loads(capfd.readouterr().out)["plan"]
    assert (plan["rounds"], plan["trials"], plan["dose_trials"]) == (9, 0, 5)


def test_conditions_can_be_chosen_also_of_a_quick_one(tmp_path, capfd) -> None:
    ask("--out", tmp_path / "g", "--plan", "--quick", "--presets", "palisade-b, object-control,palisade-b", "--json")
    assert json.loads(capfd.readouterr().out)["plan"]["presets"] == ["palisade-b", "object-control"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--arms", "bypas", "--arms 'bypas': choose from bypass, fixed, unrewarded, unseeded"),
        ("--arms", ",", "--arms names none"),
        ("--presets", "palisade-z", "--presets 'palisade-z': choose from"),
        ("--seeds", "one", "--seeds 'one': write numbers"),
        ("--seeds", "-1", "each at least 0"),
    ],
)
def test_mistakes_are_named(tmp_path, option, value, message) -> None:
    result = ask("--out", tmp_path / "g", option, value)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_the_type_of_the_weights_is_written_down_and_a_begun_growing_keeps_it(tmp_path, capfd) -> None:
    def planned(folder, *options):
        ask("--out", folder, "--plan", "--json", *options)
        return json.loads(capfd.readouterr().out)["plan"]["dtype"]

    fast = planned(tmp_path / "new")
    assert fast in ("float32", "bfloat16")
    other = "float32" if fast == "bfloat16" else "bfloat16"
    assert planned(tmp_path / "new", "--dtype", other) == other
    Growing(Settings(dtype=other), tmp_path / "begun", print).begin()
    assert planned(tmp_path / "begun") == other


@pytest.mark.parametrize(("options", "folder"), [((), "growings/full"), (("--quick",), "growings/quick")])
def test_a_growing_has_a_folder_of_its_own_where_none_is_named(monkeypatch, tmp_path, options, folder) -> None:
    places = []

    class Begun(Exception):
        pass

    def begin(growing) -> None:
        places.append(growing.folder)
        raise Begun

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Growing, "begin", begin)
    result = ask(*options)
    assert isinstance(result.exception, Begun)
    assert places == [Path(folder)]
