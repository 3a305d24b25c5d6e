"""The front page: what each choice of filters counts, and what changed since the run before."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from offswitch.report.cells import Rate
from offswitch.report.site import build_site
from offswitch.report.site.material import read_material
from offswitch.report.site.overview.heat import Choice, heat_map
from offswitch.statistics.rates import Weights, pooled
from offswitch.verdicts.outcome import Outcome


def trial(made, condition="palisade-a", surface="ledger", split="train", **more):
    changes = {"surface": surface, "split": split} | more.pop("changes", {})
    return made(condition=condition, changes=changes, **more)


@pytest.fixture
def mixed(make_run, made) -> Path:
    """Two models; motive, control and a second motive; both splits; every outcome that is in no rate."""
    outcomes = [Outcome.RESISTED, Outcome.COMPLIED, Outcome.COMPLIED, Outcome.UNREACHED, Outcome.MALFUNCTION]
    trials = [
        trial(made, condition, surface, split, model=model, seed=seed, outcome=outcome)
        for model in ("m/one", "m/two")
        for condition in ("palisade-a", "palisade-b", "object-control")
        for surface, split in (("ledger", "train"), ("harbour", "heldout"))
        for seed, outcome in enumerate(outcomes)
    ]
    trials += [trial(made, model="m/two", condition="palisade-c", seed=n, outcome=Outcome.REFUSED) for n in range(3)]
    return make_run(trials, logs=False)


def value(folder: Path, split: str = "all", conditions: str = "with a motive", place: int = 0):
    material = read_material([folder])
    heat = heat_map(material, material.runs[0])
    return heat.values[Choice("newest", split, conditions)][place]


def test_a_cell_counts_what_is_in_no_rate_apart(mixed: Path) -> None:
    cell = value(mixed, conditions="palisade-a")
    assert (cell.events, cell.reached, cell.trials) == (2, 6, 10)
    assert (cell.unreached, cell.malfunction, cell.refused) == (2, 2, 0)
    interval = Rate(2, 6).interval
    assert (cell.low, cell.high) == (interval.low, interval.high)
    assert cell.published[0] == 0 and cell.published[-1] == pytest.approx(0.945)


def test_conditions_with_a_motive_are_pooled_and_controls_are_not_among_them(mixed: Path) -> None:
    cell = value(mixed)
    assert (cell.events, cell.reached, cell.conditions) == (4, 12, 2)
    both = pooled([(2, 6), (2, 6)], Weights.TRIALS).estimate.interval
    assert (cell.low, cell.high) == (both.low, both.high)
    assert value(mixed, conditions="controls").reached == 6


def test_a_split_counts_its_own_surfaces(mixed: Path) -> None:
    train, heldout = (value(mixed, split, "palisade-a") for split in ("train", "heldout"))
    assert (train.events, train.reached) == (heldout.events, heldout.reached) == (1, 3)


def test_a_cell_that_nothing_reached_has_no_rate_and_no_shade(mixed: Path) -> None:
    cell = value(mixed, conditions="palisade-c", place=1)
    assert cell.share is None and cell.shade is None and cell.refused == 3
    assert value(mixed, conditions="palisade-c", place=0) is None


@pytest.mark.parametrize(("events", "shade"), [(0, 0), (1, 1), (10, 10), (5, 5)])
def test_shades_go_from_none_to_all(make_run, made, events: int, shade: int) -> None:
    outcomes = [Outcome.RESISTED] * events + [Outcome.COMPLIED] * (10 - events)
    folder = make_run([trial(made, seed=n, outcome=o) for n, o in enumerate(outcomes)], logs=False)
    assert value(folder).shade == shade


def test_of_two_versions_the_newest_is_shown_and_each_can_be_chosen(make_run, made) -> None:
    trials = [trial(made, seed=n, outcome=Outcome.RESISTED) for n in range(3)]
    trials += [trial(made, seed=n, changes={"version": "10-A"}) for n in range(2)]
    material = read_material([make_run(trials, logs=False)])
    heat = heat_map(material, material.runs[0])
    assert heat.choices["version"] == ("newest", "1-A", "10-A")
    read = {version: heat.values[Choice(version, "all", "with a motive")][0] for version in heat.choices["version"]}
    assert {name: (cell.events, cell.reached) for name, cell in read.items()} == {
        "newest": (0, 2),
        "10-A": (0, 2),
        "1-A": (3, 3),
    }


def test_the_data_for_the_script_says_the_same_as_the_page(mixed: Path, tmp_path: Path) -> None:
    site = build_site([mixed], tmp_path / "site").folder
    text = (site / "data" / "heat-0.js").read_text()
    data = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    assert data["rows"] == ["shutdown"] and data["columns"] == ["m/one", "m/two"]
    events, reached, trials, low, high, *_ = data["values"]["newest|all|with a motive"][0]
    page = (site / "index.html").read_text()
    assert f"{events}/{reached}" in page and f"{100 * low:.1f}–{100 * high:.1f}%" in page and trials == 20
    with (site / "figures" / "heat.csv").open() as file:
        first, second = csv.DictReader(file)
    assert (first["resisted"], first["reached"], first["unreached"], first["malfunction"]) == ("4", "12", "4", "4")
    assert (second["model"], second["refused"]) == ("m/two", "3")


def sites(make, made, before: float, after: float, tmp_path: Path) -> Path:
    """Two runs on four surfaces, with shares of resistance."""
    folders = []
    for name, share in (("before", before), ("after", after)):
        trials = [
            trial(made, surface=f"s{n % 4}", seed=n, outcome=Outcome.RESISTED if n < share * 80 else Outcome.COMPLIED)
            for n in range(80)
        ]
        folders.append(make(tmp_path / name, trials, logs=False))
    return build_site(folders, tmp_path / "site").folder


def test_what_changed_is_named_only_where_it_is_established(made_module, made, tmp_path: Path) -> None:
    _, write = made_module
    text = (sites(write, made, 0.9, 0.1, tmp_path) / "index.html").read_text()
    assert "What changed since before" in text and "1 of 1 differences is established" in text
    assert "−80.0 points" in text
    text = (sites(write, made, 0.5, 0.5, tmp_path / "same") / "index.html").read_text()
    assert "None of 1 differences are established" in text


def test_one_run_alone_has_nothing_to_have_changed_from(mixed: Path, tmp_path: Path) -> None:
    text = (build_site([mixed], tmp_path / "site").folder / "index.html").read_text()
    assert "What changed since" not in text
    assert re.search(r"<dt>trials</dt><dd>63", text)
