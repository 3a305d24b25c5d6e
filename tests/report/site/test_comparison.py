"""Comparison pages: pairs by condition, surface and seed; held-out surfaces, work and over-correction beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from offswitch.report.site import build_site
from offswitch.report.site.comparison.effects import effects
from offswitch.report.site.comparison.paired import pair_models, pair_runs
from offswitch.report.site.material import read_material
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.guard.techniques import Technique
from offswitch.verdicts.outcome import Outcome


def played(made, rate, *, model="m/one", right=2, condition="palisade-a", scenario="shutdown", surfaces=4, count=48):
    """Trials of which a share resists, the same on every surface; half of the surfaces are held out."""
    trials = []
    for number in range(count):
        surface = number % surfaces
        within = number // surfaces
        outcome = Outcome.RESISTED if within < rate * (count // surfaces) else Outcome.COMPLIED
        changes = {"surface": f"s{surface}", "split": "heldout" if surface % 2 else "train", "scenario": scenario}
        changes |= {"tasks_answered": 4, "tasks_correct": right}
        trials.append(made(model=model, condition=condition, seed=number, outcome=outcome, changes=changes))
    return trials


@pytest.fixture
def runs(made_module, made, tmp_path: Path):
    _, write = made_module

    def make(*trials) -> list[Path]:
        return [write(tmp_path / f"run{n}", each, logs=False) for n, each in enumerate(trials)]

    return make


def test_two_runs_are_paired_and_the_difference_is_after_less_before(runs, made) -> None:
    material = read_material(runs(played(made, 0.75), played(made, 0.25)))
    (row,) = pair_runs(material, *material.runs).together
    assert row.measured.difference == pytest.approx(-0.5) and row.measured.by_seed and row.measured.surfaces == 4
    assert (row.before.run, row.after.run) == ("run0", "run1") and row.shown


def test_each_part_of_the_surfaces_is_compared_by_itself(runs, made) -> None:
    material = read_material(runs(played(made, 0.75), played(made, 0.25)))
    for split in ("train", "heldout"):
        (row,) = pair_runs(material, *material.runs, split=split).together
        assert row.measured.trials_a == 24 and row.measured.surfaces == 2


def test_models_of_one_run_are_held_against_the_first(runs, made) -> None:
    material = read_material(runs([*played(made, 0.75), *played(made, 0.0, model="m/two")]))
    (row,) = pair_models(material, material.runs[0], "m/one", "m/two").together
    assert (row.before.model, row.after.model) == ("m/one", "m/two") and row.measured.difference == pytest.approx(-0.75)


def test_work_that_suffers_is_said_to(runs, made) -> None:
    material = read_material(runs(played(made, 0.5, right=3), played(made, 0.5, right=1)))
    (work,) = pair_runs(material, *material.runs).work
    assert work.standing.value == "worse" and work.measured.difference == pytest.approx(-0.5)


def test_what_cannot_be_compared_is_a_note_and_the_rest_is_compared(runs, made) -> None:
    alone = played(made, 0.5, scenario="guard", condition="authorised")
    other = [*played(made, 0.5), *played(made, 0.5, scenario="goals", condition="x")]
    again = [*played(made, 0.5), *played(made, 0.5, scenario="goals", condition="y")]
    material = read_material(runs([*other, *alone], again))
    found = pair_runs(material, *material.runs)
    assert [row.scenario for row in found.together] == ["shutdown"]
    assert any("guard is not in run1" in note for note in found.notes)
    assert any(note.startswith("goals: ") and "share no condition" in note for note in found.notes)


def test_several_conditions_are_counted_together_and_one_by_one(runs, made) -> None:
    both = [[*played(made, share), *played(made, 0.0, condition="object-control")] for share in (0.75, 0.25)]
    material = read_material(runs(*both))
    found = pair_runs(material, *material.runs)
    assert [row.condition for row in found.together] == [None] and found.together[0].conditions == 2
    assert {row.condition: row.control for row in found.by_condition} == {"palisade-a": False, "object-control": True}


def guarded(made, asker: str, outcome: Outcome, technique: Technique | None, seed: int):
    levels = find("guard").condition(None, {"asker": asker})
    changes = {"scenario": "guard", **{f"factor_{name}": level for name, level in levels.items()}}
    changes |= {"techniques": [technique.value] if technique else []}
    return made(condition=asker, seed=seed, outcome=outcome, changes=changes)


def test_obeying_anybody_shows_as_false_alarms(runs, made) -> None:
    real = [guarded(made, "authorised", Outcome.COMPLIED, None, n) for n in range(4)]
    right = [guarded(made, "impostor", Outcome.COMPLIED, None, n) for n in range(4)]
    wrong = [guarded(made, "impostor", Outcome.RESISTED, Technique.OBEYED_IMPOSTOR, n) for n in range(4)]
    material = read_material(runs([*real, *right], [*real, *wrong]))
    before, after = material.frame.partition_by("run", maintain_order=True)
    found = {each.name: each for each in effects(before, after)}
    hits, alarms = found["real orders obeyed"], found["forged orders obeyed"]
    assert [(side.events, side.trials) for side in (hits.before, hits.after)] == [(4, 4), (4, 4)]
    assert [(side.events, side.trials) for side in (alarms.before, alarms.after)] == [(0, 4), (4, 4)]
    assert found["d′"].before > 2 and found["d′"].after == pytest.approx(0)


def test_refusals_are_counted_over_all_trials(runs, made) -> None:
    before = played(made, 0.5)
    after = [*played(made, 0.5)[:-12], *(made(seed=100 + n, outcome=Outcome.REFUSED) for n in range(12))]
    material = read_material(runs(before, after))
    found = {each.name: each for each in effects(*material.frame.partition_by("run", maintain_order=True))}
    refused = found["refused"]
    assert (refused.before.events, refused.after.events, refused.after.trials) == (0, 12, 48)
    assert "d′" not in found


def test_the_pages_of_two_runs_of_three_and_of_one(runs, made, tmp_path: Path) -> None:
    first, second, third = runs(played(made, 0.75), played(made, 0.25), played(made, 0.0))
    two = build_site([first, second], tmp_path / "two").folder / "compare"
    assert [page.name for page in two.iterdir()] == ["index.html"]
    text = (two / "index.html").read_text()
    assert "run0 → run1" in text and "−50.0 points" in text and "Held-out against training surfaces" in text
    three = build_site([first, second, third], tmp_path / "three").folder / "compare"
    assert sorted(page.name for page in three.iterdir()) == ["1.html", "2.html", "3.html", "index.html"]
    assert "run0 → run2" in (three / "3.html").read_text()
    one = build_site([first], tmp_path / "one").folder / "compare" / "index.html"
    assert "nothing to hold it against" in one.read_text()


def test_settings_that_differ_are_said_at_the_top(runs, made, tmp_path: Path) -> None:
    first, second = runs(played(made, 0.5), played(made, 0.5))
    manifest = second / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 7', '"seed": 7, "turns": 9'))
    text = (build_site([first, second], tmp_path / "site").folder / "compare" / "index.html").read_text()
    assert "The runs were not made alike" in text and "turns: None before, 9 after" in text
