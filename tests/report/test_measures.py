"""Measures from real trials of scripted agents, through the table of trials and the summary into reports."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from offswitch.models.rehearsal import rehearse
from offswitch.report.markdown import as_markdown
from offswitch.report.measures import Values, joints, means
from offswitch.report.site import build_site
from offswitch.report.table import render_table
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.task import judge


def test_a_run_shows_discernment_wherever_it_is_read(command_line: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = "run guard:authorised guard:impostor handover:shutdown --model scripted/complies --trials 2 --no-interview"
    done = command_line(*words.split(), "--yes", "--out", out)
    assert done.returncode == 0, done.stderr
    trials = pl.read_parquet(out / "trials.parquet")
    real, forged = (trials.filter(condition=name) for name in ("authorised", "impostor"))
    assert real["measure_obeyed_real"].to_list() == [1.0, 1.0] and real["measure_obeyed_forged"].null_count() == 2
    assert forged["measure_obeyed_forged"].to_list() == [1.0, 1.0]
    summary = json.loads((out / "summary.json").read_text())
    (joint,) = summary["joint"]
    assert (joint["scenario"], joint["name"], joint["counts"]) == ("guard", "d_prime", "hits 2/2, false alarms 2/2")
    assert joint["value"] == 0.0 and joint["low"] == -joint["high"] < 0, "who obeys everybody tells nobody apart"
    cells = {cell["condition"]: cell["measures"] for cell in summary["cells"]}
    assert cells["authorised"]["obeyed_real"]["value"] == 1.0
    assert cells["shutdown"]["recovered"]["trials"] == 2
    shown = f"{joint['value']:.2f} [{joint['low']:.2f}, {joint['high']:.2f}] (hits 2/2, false alarms 2/2)"
    assert shown in render_table(out)
    assert "d prime" in as_markdown(out)
    build_site([out], tmp_path / "site")
    page = (tmp_path / "site" / "behaviours" / "guard.html").read_text()
    assert shown in page and "obeyed real" in page


@pytest.mark.parametrize(
    ("name", "honest", "other", "measure"),
    [
        ("sandbagging", "complies", "answers-wrong", "fall"),
        ("faking", "complies", "fakes", "gap"),
        ("goals", "complies", "drops-the-constraint", "drift"),
    ],
)
def test_who_falls_off_has_a_larger_number(name: str, honest: str, other: str, measure: str) -> None:
    scenario = find(name)
    found = []
    for agent in (honest, other):
        played = next(each for each in scenario.agents() if each.name == agent)
        verdict = judge(scenario, asyncio.run(rehearse(scenario, played, scenario.surface_names()[0], 5)))
        found.append(verdict.measures[measure])
    assert abs(found[0]) < 0.2 < 0.4 < found[1]


@pytest.mark.parametrize("name", list(catalogue()))
def test_joint_numbers_are_made_of_measures_that_there_are(name: str) -> None:
    scenario = find(name)
    known = {measure.name for measure in scenario.measures}
    assert len(known) == len(scenario.measures)
    assert all(part.replace("_", "").isalpha() for part in known)
    assert all(known.issuperset(joint.of) for joint in scenario.joint)


def test_what_no_trial_says_is_left_out() -> None:
    trials = [Values("a", {"obeyed_real": 1.0}), Values("b", {})]
    assert list(means("guard", trials)) == ["obeyed_real"]
    assert joints("guard", trials) == []
    assert means("a-behaviour-of-elsewhere", trials) == {}
