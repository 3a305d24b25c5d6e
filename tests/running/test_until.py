"""Runs that stop when they know enough: for real, with trials in flight, killed and gone on with."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.running.test_kill import has_verdict, wait_until

from offswitch.running.ledger import Ledger
from offswitch.running.manifest import PlannedCell, PlannedTrial
from offswitch.running.stopping.until import Until
from offswitch.statistics.sequential import Counts, Finding, anytime_interval, read_criterion

OVERSHOOT = 16
"""Eight trials in flight, and as many that ended while one before them in the plan was held up."""

COMPLIES = ("run", "shutdown:palisade-a", "--model", "scripted/complies", "--no-interview")


def summary_of(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return content


def cells(count: int = 1, trials: int = 300) -> tuple[PlannedCell, ...]:
    keys = tuple(PlannedTrial(id=f"t{i:04d}", surface=f"s{i % 4}", split="train", seed=i) for i in range(trials))
    return tuple(
        PlannedCell(model="m/x", scenario="shutdown", version="1", condition=f"c{i}", levels={}, trials=keys)
        for i in range(count)
    )


def end(until: Until, cell: int, trial: str, outcome: str | None) -> None:
    until._enter(cell, trial, outcome)


def test_a_run_stops_when_it_knows_and_those_in_flight_count(offswitch: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = offswitch(*COMPLIES, "--trials", 160, "--until", "rate < 0.1", "--parallel", 8, "--out", out)
    assert done.returncode == 0, done.stderr
    summary = summary_of(out)
    cell, until = summary["cells"][0], summary["cells"][0]["until"]
    assert (summary["stopped"], summary["complete"]) == ("until", False)
    assert (until["finding"], until["found_at"]) == ("shown", read_criterion("rate < 0.1").fewest())
    # Eight were in flight: what came in after the finding is counted, and the interval is over all of it.
    assert until["found_at"] <= until["reached"] <= until["found_at"] + OVERSHOOT
    assert until["reached"] == cell["done"] == pl.read_parquet(out / "trials.parquet").height
    assert until["not_needed"] == 160 - cell["done"] == cell["missing"]
    expected = anytime_interval(0, until["reached"])
    assert (until["low"], until["high"]) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert cell["rates"]["resisted"]["method"] == "confidence sequence"
    assert "rate < 0.1: shown after" in done.stdout and "not needed" in done.stdout
    again = offswitch(*COMPLIES, "--trials", 160, "--until", "rate < 0.1", "--parallel", 8, "--out", out)
    assert again.returncode == 0, again.stderr
    assert summary_of(out)["cells"][0]["done"] == cell["done"], "nothing is run once the answer is there"
    further = offswitch(*COMPLIES, "--trials", 160, "--until", "rate < 0.09", "--parallel", 8, "--out", out)
    assert further.returncode == 0, further.stderr
    after = summary_of(out)["cells"][0]["until"]
    assert after["finding"] == "shown" and after["reached"] >= read_criterion("rate < 0.09").fewest()
    assert set(has_verdict(out).values()) == {1}


def test_a_killed_run_goes_on_and_runs_nothing_twice(offswitch: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = (*COMPLIES, "--trials", 200, "--until", "rate < 0.08", "--parallel", 8, "--out", out)
    for wanted in (5, 25):
        process = offswitch.start(*command)
        wait_until(lambda wanted=wanted: sum(has_verdict(out).values()) >= wanted, process)
        process.kill()
        process.communicate()
    finished = offswitch(*command)
    assert finished.returncode == 0, finished.stderr
    assert set(has_verdict(out).values()) == {1}, "a recorded trial was run again"
    summary = summary_of(out)
    until = summary["cells"][0]["until"]
    fewest = read_criterion("rate < 0.08").fewest()
    assert (until["finding"], until["found_at"], until["waiting"]) == ("shown", fewest, 0)
    planned = [trial["id"] for trial in json.loads((out / "manifest.json").read_text())["plan"][0]["trials"]]
    table = pl.read_parquet(out / "trials.parquet")
    assert sorted(table["sample_id"]) == sorted(planned[: table.height]), "what is counted is the plan's beginning"
    assert fewest is not None and table.height <= fewest + OVERSHOOT


def test_it_differs_from_another_run(offswitch: Any, tmp_path: Path) -> None:
    base, out = tmp_path / "base", tmp_path / "run"
    assert offswitch(*COMPLIES, "--trials", 24, "--out", base).returncode == 0
    arguments = ("run", "shutdown:palisade-a", "--model", "scripted/resists-by-editing", "--no-interview")
    done = offswitch(*arguments, "--trials", 60, "--until", f"differs from {base}", "--parallel", 4, "--out", out)
    assert done.returncode == 0, done.stderr
    until = summary_of(out)["cells"][0]["until"]
    assert until["finding"] == "shown" and until["other"] == "0/24" and until["difference_low"] > 0
    assert until["reached"] < 60 and "difference to 0/24" in done.stdout
    other = offswitch("run", "shutdown:palisade-b", *arguments[2:], "--until", f"differs from {base}", "--out", base)
    assert other.returncode == 2
    lacking = offswitch(
        "run", "shutdown:palisade-b", *arguments[2:], "--until", f"differs from {base}", "--out", tmp_path / "other"
    )
    assert lacking.returncode == 2 and "has no trials of shutdown:palisade-b" in lacking.stderr


@pytest.mark.parametrize("text", ["rate < 2", "differs from /nowhere"])
def test_what_cannot_be_asked_ends_in_one_line(offswitch: Any, tmp_path: Path, text: str) -> None:
    done = offswitch(*COMPLIES, "--until", text, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_only_what_reached_the_moment_counts() -> None:
    until = Until(read_criterion("rate < 0.1"), cells(), Ledger())
    for number in range(200):
        name = f"t{number:04d}"
        assert until.begin(0, name)
        end(until, 0, name, [None, "malfunction", "unreached", "refused"][number % 4])
    assert until.is_open(0) and until.summary(0).reached == 0
    assert until.summary(0).high == 1.0


def test_a_quick_trial_waits_for_those_begun_before_it() -> None:
    until = Until(read_criterion("rate < 0.2"), cells(), Ledger())
    fewest = read_criterion("rate < 0.2").fewest()
    assert fewest is not None
    names = [f"t{number:04d}" for number in range(fewest + 5)]
    for name in names:
        assert until.begin(0, name)
    for name in names[1:]:
        end(until, 0, name, "complied")
    assert until.is_open(0), "the slowest trial may be the one that resists"
    assert (until.summary(0).reached, until.summary(0).waiting) == (0, len(names) - 1)
    end(until, 0, names[0], "resisted")
    assert until.summary(0).reached == len(names)
    assert until.summary(0).events == 1


def test_after_a_kill_what_had_begun_is_run_before_anything_is_decided() -> None:
    plan = cells()
    fewest = read_criterion("rate < 0.2").fewest()
    assert fewest is not None
    kept = [f"t{number:04d}" for number in range(fewest + 8) if number not in (3, 7)]
    ledger = Ledger(outcomes={("m/x", "shutdown", name): "complied" for name in kept})
    until = Until(read_criterion("rate < 0.2"), plan, ledger)
    assert until.is_open(0)
    due = frozenset(trial.id for trial in plan[0].trials if trial.id not in kept)
    chosen = until.next_trials([(0, due)], 10)[0]
    assert {"t0003", "t0007"} <= chosen
    end(until, 0, "t0003", "complied")
    end(until, 0, "t0007", "complied")
    assert until.summary(0).finding is Finding.SHOWN
    assert until.next_trials([(0, due)], 10) == {}
    assert not until.begin(0, "t0200")


def test_trials_go_where_an_answer_is_near() -> None:
    plan = cells(3, 400)
    outcomes = {}
    for cell, resisting in ((0, 0), (1, 2), (2, 20)):
        for number in range(40):
            name = ("m/x", "shutdown", f"t{number:04d}")
            outcomes[(cell, *name)] = "resisted" if number < resisting else "complied"
    until = Until(read_criterion("rate < 0.05"), plan, Ledger())
    for (cell, _, _, name), outcome in outcomes.items():
        until.begin(cell, name)
        end(until, cell, name, outcome)
    assert not until.is_open(2), "20 of 40 is above 5 %"
    due = frozenset(trial.id for trial in plan[0].trials)
    given = Counter({cell: len(ids) for cell, ids in until.next_trials([(n, due) for n in range(3)], 100).items()})
    assert given[0] > given[1] and given[2] == 0 and sum(given.values()) == 100


def test_another_runs_counts_are_held_against_each_cell() -> None:
    until = Until(read_criterion("differs from base"), cells(2), Ledger(), [Counts(0, 100), Counts(50, 100)])
    for number in range(40):
        for cell in (0, 1):
            until.begin(cell, f"t{number:04d}")
            end(until, cell, f"t{number:04d}", "resisted" if number % 2 else "complied")
    assert [until.is_open(0), until.is_open(1)] == [False, True]
    assert (until.summary(0).other, until.summary(1).other) == ("0/100", "50/100")
