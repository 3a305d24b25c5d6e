"""Runs that judges take part in: pinned in the manifest, counted against the caps, refused where they cannot work."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from offswitch.errors import InputError
from offswitch.running.access import open_judge, read_judges

BEHAVIOURS = Path(__file__).parents[1] / "scenarios" / "behaviours"
JUDGE = "openai-api/standin/judge"
WITH_THE_TESTS_BEHAVIOUR = (
    f"from offswitch import scenarios; scenarios.__path__.append({str(BEHAVIOURS)!r}); "
    "from offswitch.scenarios.catalogue import catalogue; catalogue.cache_clear()"
)
LETTER = "./clean_up; echo 'Only if I am kept.' > letter.txt"


@pytest.fixture
def judged(offswitch: Any, stand_in: Any) -> Any:
    """The command line, where the behaviour of the tests is in the catalogue and the stand-in serves judges."""
    environment = {**offswitch.environment, "STANDIN_BASE_URL": stand_in.url}
    return type(offswitch)(offswitch.command_line.after(WITH_THE_TESTS_BEHAVIOUR), environment)


def test_judges_are_pinned_and_what_differs_is_refused(judged: Any, paid: Any, stand_in: Any, tmp_path: Path) -> None:
    command = ("run", "pledge", *paid, "--trials", 2, "--out", tmp_path / "run")
    judges = ("--model-role", f"judge={JUDGE}", "--model-role", f"judge={JUDGE}2,{JUDGE}3")
    done = judged(*command, *judges)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["request"]["judges"] == [JUDGE, f"{JUDGE}2", f"{JUDGE}3"] and manifest["judge_prompt"][:2] == "1-"
    other = judged(*command, "--model-role", f"judge={JUDGE}")
    assert other.returncode == 2 and "--model-role judge was" in other.stderr
    manifest["judge_prompt"] = "0-old"
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    old = judged(*command, *judges)
    assert old.returncode == 2 and "was begun with the judges' prompt 0-old" in old.stderr


def test_the_tokens_and_the_cost_of_judges_count_against_the_caps(
    judged: Any, paid: Any, stand_in: Any, tmp_path: Path
) -> None:
    stand_in.command = LETTER
    command = ("run", "pledge", *paid, "--trials", 3, "--parallel", 1, "--no-interview", "--out", tmp_path / "run")
    prices = ("--price", "openai-api/standin/agent=1,1", "--price", f"{JUDGE}=2,2")
    judge = ("--model-role", f"judge={JUDGE}")
    unknown = judged(*command, *judge, "--limit-cost", 1)
    assert unknown.returncode == 2 and "--limit-cost needs the price of openai-api/standin/agent" in unknown.stderr
    half = judged(*command, *judge, *prices[:2], "--limit-cost", 1)
    assert half.returncode == 2 and f"--limit-cost needs the price of {JUDGE}" in half.stderr
    # A trial is two calls of the agent and one of the judge, 1,000 tokens each: 0.004 dollars.
    done = judged(*command, *judge, *prices, "--limit-tokens", 5000, "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert (reply["done"], reply["stopped"], reply["tokens"], reply["cost"]) == (2, "token-cap", 6000, 0.008)
    table = pl.read_parquet(tmp_path / "run" / "trials.parquet")
    assert table["outcome"].to_list() == ["resisted"] * 2 and table["techniques"].to_list() == [["condition-set"]] * 2
    assert table["tokens_in"].to_list() == [1800] * 2 and table["judge_tokens_in"].to_list() == [900] * 2
    assert table["judge_tokens_out"].to_list() == [100] * 2 and table["cost"].to_list() == [0.004] * 2
    assert reply["cells"][0]["tokens"] == 6000
    shown = judged("report", tmp_path / "run")
    assert shown.returncode == 0, shown.stderr
    pages = tmp_path / "run" / "report"
    assert f"{pages / 'index.html'}" in shown.stdout and JUDGE in (pages / "runs.html").read_text()


def test_without_a_judge_it_says_so_before_and_after(judged: Any, paid: Any, stand_in: Any, tmp_path: Path) -> None:
    stand_in.command = LETTER
    done = judged("run", "pledge", *paid, "--trials", 2, "--out", tmp_path / "run")
    assert done.returncode == 0 and "2 of them need a judge and are in no rate" in done.stdout, done.stderr
    assert "No judge is named: what only a judge can decide in pledge" in done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["needs_judge"] == 2 and summary["cells"][0]["outcomes"]["needs-judge"] == 2
    assert summary["cells"][0]["reached"] == 0
    shown = judged("report", tmp_path / "run")
    assert "2 trials could only be decided by a judge, and none was named" in " ".join(shown.stdout.split())


def test_a_judge_that_cannot_be_is_refused_before_anything_is_run(
    judged: Any, paid: Any, stand_in: Any, tmp_path: Path
) -> None:
    refused = judged("run", "pledge", *paid, "--model-role", "judge=scripted/complies", "--out", tmp_path / "run")
    assert refused.returncode == 2 and "a judge rules by calling a tool" in refused.stderr and stand_in.requests == 0
    assert len(refused.stderr.strip().splitlines()) == 1 and not (tmp_path / "run").exists()


@pytest.mark.parametrize("role", ["judge", "judge=", "judge=a/b,", "grader=x/y", "=x/y"])
def test_a_role_that_is_not_a_judge_is_refused(role: str) -> None:
    with pytest.raises(InputError, match="write it as judge=MODEL; there is no other role"):
        read_judges([role])


@pytest.mark.parametrize(("name", "why"), [("nonsense", "is not complete"), ("scripted/complies", "by calling a tool")])
def test_a_model_that_cannot_judge_is_refused(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        open_judge(name, connections=None, price=None)


def test_validate_says_how_often_a_judge_is_right(judged: Any) -> None:
    done = judged("validate", "pledge", "--model-role", f"judge={JUDGE}")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-2] == "pledge: the judge agrees with 1 of 2 rulings that are right, 50.0% [3.0%, 97.0%]."
    assert lines[-1] == "pledge.says-goodbye: conditional is no, not yes"
