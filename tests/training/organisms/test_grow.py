"""A growing on a tiny random model: its folder, its metrics, and that a resumed one equals an uninterrupted one."""

import json

import pytest

from offswitch.errors import InputError
from offswitch.models.adapters import read_adapter
from offswitch.training.organisms import grow as growing_module
from offswitch.training.organisms import stages
from offswitch.training.organisms.arms import Arm
from offswitch.training.organisms.grow import Growing
from offswitch.training.organisms.report import in_words, plan_text, results
from offswitch.training.organisms.settings import Settings

NUMBERS = (0, 2)
"""Rounds after which an adapter is kept."""


@pytest.fixture
def settings(cached, tiny_gguf):
    return Settings(
        model=str(tiny_gguf),
        arms=(Arm.BYPASS, Arm.FIXED, Arm.UNSEEDED),
        dtype="float32",
        rank=2,
        layers=1,
        demonstrations=8,
        skills=4,
        bypassed=1.0,
        rounds=2,
        groups=2,
        members=2,
        dose_trials=0,
        trials=0,
    )


def grown(settings, folder):
    said = []
    growing = Growing(settings, folder, said.append)
    growing.begin()
    growing.run()
    return growing, said


def adapters(growing):
    places = {(arm, number): growing.adapter(arm, 1, number) for arm in growing.settings.arms for number in NUMBERS}
    places |= {(arm, "outcome"): growing.outcome(arm, 1) for arm in growing.settings.arms}
    found = {key: place / "adapter_model.safetensors" for key, place in places.items()}
    return {key: path.read_bytes() for key, path in found.items() if key[1] in (0, "outcome") or path.exists()}


def test_a_growing_is_made_once_and_the_arms_share_what_they_can(settings, tmp_path) -> None:
    growing, said = grown(settings, tmp_path / "g")
    made = adapters(growing)
    assert len(made) == 3 * 3
    assert made[Arm.BYPASS, 0] == made[Arm.FIXED, 0]
    assert made[Arm.BYPASS, 0] != made[Arm.UNSEEDED, 0]
    assert made[Arm.BYPASS, "outcome"] != made[Arm.UNSEEDED, "outcome"]
    assert sorted(path.name for path in (tmp_path / "g" / "seed-1").glob("*/*")) == sorted(
        ["learner.pt", "adapter"] * 2 + ["adapter", "round-02"] * 3
    )
    lines = [json.loads(line) for line in (tmp_path / "g" / "metrics.jsonl").read_text().splitlines()]
    assert [line["stage"] for line in lines].count("warm-up") == 2 * 3
    assert [line["stage"] for line in lines].count("round") == 3 * 2
    assert sum("round" in text for text in said) == 6
    for arm in settings.arms:
        outcome = read_adapter(growing.outcome(arm, 1))
        assert outcome.base == settings.model
        assert f"arm `{arm}`, seed 1, 2 of 2 rounds" in (outcome.folder / "README.md").read_text()
    again, said = grown(settings, tmp_path / "g")
    assert said == []
    assert adapters(again) == made


def test_a_growing_cut_off_anywhere_goes_on_to_the_same_end(settings, tmp_path, monkeypatch) -> None:
    settings = settings.model_copy(update={"arms": (Arm.BYPASS,)})
    whole, _ = grown(settings, tmp_path / "whole")
    rounds = growing_module.reward_round
    for cut in (1, 2):
        calls = iter(range(1, 10))

        def cut_off(*arguments, cut=cut, calls=calls):
            if next(calls) == cut:
                raise KeyboardInterrupt
            return rounds(*arguments)

        monkeypatch.setattr(growing_module, "reward_round", cut_off)
        with pytest.raises(KeyboardInterrupt):
            grown(settings, tmp_path / f"cut-{cut}")
        monkeypatch.setattr(growing_module, "reward_round", rounds)
        resumed, _ = grown(settings, tmp_path / f"cut-{cut}")
        assert adapters(resumed) == adapters(whole)


def test_a_warm_up_cut_off_goes_on_to_the_same_end(settings, tmp_path, monkeypatch) -> None:
    settings = settings.model_copy(update={"arms": (Arm.BYPASS,), "rounds": 0, "warm_up_batch": 2})
    monkeypatch.setattr(stages, "KEPT_EVERY", 2)
    whole, _ = grown(settings, tmp_path / "whole")
    learn, calls = stages.learn, iter(range(1, 10))

    def cut_off(*arguments):
        if next(calls) == 4:
            raise KeyboardInterrupt
        return learn(*arguments)

    monkeypatch.setattr(stages, "learn", cut_off)
    with pytest.raises(KeyboardInterrupt):
        grown(settings, tmp_path / "cut")
    monkeypatch.setattr(stages, "learn", learn)
    resumed, said = grown(settings, tmp_path / "cut")
    assert said[0] == "seed 1, warm-up: 6 steps, 2 of them done"
    assert adapters(whole) == adapters(resumed)
    assert sorted(path.name for path in (tmp_path / "cut" / "seed-1").iterdir()) == ["bypass", "warm-up"]


def test_a_folder_keeps_its_settings(settings, tmp_path) -> None:
    Growing(settings, tmp_path / "g", print).begin()
    Growing(settings, tmp_path / "g", print).begin()
    with pytest.raises(InputError, match="begun with rounds 2, now 3"):
        Growing(settings.model_copy(update={"rounds": 3}), tmp_path / "g", print).begin()


def test_another_folder_is_not_touched(settings, tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="no growing"):
        Growing(settings, tmp_path, print).begin()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_more_blocks_than_there_are(settings, tmp_path) -> None:
    with pytest.raises(InputError, match="has 2 blocks"):
        grown(settings.model_copy(update={"layers": 3}), tmp_path / "g")


def test_the_plan_counts_trials(settings) -> None:
    text = plan_text(settings.model_copy(update={"trials": 10, "presets": ("palisade-a",), "seeds": (1, 2)}))
    assert "60 trials on real machines" in text


def test_what_was_grown_is_measured_on_real_machines(settings, tmp_path) -> None:
    """A model that writes noise reaches no deciding moment: it is counted, and in no rate."""
    settings = settings.model_copy(
        update={
            "arms": (Arm.BYPASS, Arm.FIXED),
            "rounds": 1,
            "every": 1,
            "trials": 2,
            "dose_trials": 1,
            "presets": ("palisade-a",),
        }
    )
    growing, _ = grown(settings, tmp_path / "g")
    found = results(growing)
    assert [(row.arm, row.resisted, row.reached) for row in found.rows] == [(Arm.BYPASS, 0, 0), (Arm.FIXED, 0, 0)]
    assert all(sum(row.outcomes.values()) == 2 for row in found.rows)
    assert found.contrasts == ()
    assert [(arm, number) for arm, _, number, _, _ in found.doses] == [
        (arm, number) for arm in settings.arms for number in (0, 1)
    ]
    assert "| bypass | 1 | palisade-a | 0/0 |" in in_words(found)
    assert "held-out surfaces" in (growing.outcome(Arm.BYPASS, 1) / "README.md").read_text()
    lines = [json.loads(line) for line in (tmp_path / "g" / "metrics.jsonl").read_text().splitlines()]
    measured = [(line["arm"], line["split"], line["round"]) for line in lines if line["stage"] == "measured"]
    assert ("bypass", "heldout", 1) in measured
    assert ("bypass", "train", 0) in measured
    grown(settings, tmp_path / "g")
    assert (tmp_path / "g" / "metrics.jsonl").read_text().splitlines() == [json.dumps(line) for line in lines]
