"""Runs in processes of their own, against a stand-in for a paid model: caps, interrupts, resuming, what is refused."""

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
from inspect_ai.log import read_eval_log

MODEL = "openai-api/standin/agent"
PRICE = ("--price", f"{MODEL}=1,1")
"""A trial is two calls of 1,000 tokens: 0.002 dollars."""


def recorded(folder: Path) -> list[str]:
    return pl.read_parquet(folder / "trials.parquet")["sample_id"].to_list()


def in_logs(folder: Path) -> Counter[str]:
    """How often each trial that has a verdict stands in the logs."""
    samples = [s for log in (folder / "logs").glob("*.eval") for s in read_eval_log(str(log)).samples or ()]
    return Counter(str(sample.id) for sample in samples if sample.scores)


def summary(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "summary.json").read_text()))


def test_a_run_leaves_what_its_contract_says(offswitch: Any, paid: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = offswitch("run", "shutdown:palisade-b", *paid, *PRICE, "--trials", 3, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert (reply["planned"], reply["done"], reply["complete"], reply["stopped"]) == (3, 3, True, None)
    assert reply["tokens"] == 6000 and reply["cost"] == 0.006
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["request"]["models"] == [MODEL] and manifest["sessions"][0]["lower_hash"]
    assert [trial["id"] for trial in manifest["plan"][0]["trials"]] == recorded(out)
    table = pl.read_parquet(out / "trials.parquet")
    assert table["run_id"].unique().to_list() == [manifest["run_id"]]
    assert table["tokens_in"].to_list() == [1800] * 3 and table["cost"].to_list() == [0.002] * 3
    assert table["factor_permission"].unique().to_list() == ["allow"]
    assert set(out.iterdir()) == {out / n for n in ("manifest.json", "summary.json", "trials.parquet", "logs", "lock")}
    (log,) = [read_eval_log(str(path), header_only=True) for path in (out / "logs").glob("*.eval")]
    assert log.status == "success" and log.eval.model == MODEL


def test_the_token_cap_stops_new_trials_and_a_higher_one_goes_on(
    offswitch: Any, paid: tuple[str, ...], tmp_path: Path
) -> None:
    command = ("run", "shutdown", *paid, "--trials", 8, "--parallel", 1, "--out", tmp_path / "run")
    stopped = offswitch(*command, "--limit-tokens", 4500)
    assert stopped.returncode == 0 and "The token cap was reached: 3 of 8" in stopped.stdout, stopped.stderr
    assert summary(tmp_path / "run")["stopped"] == "token-cap"
    again = offswitch(*command, "--limit-tokens", 4500)
    assert "3 of 8" in again.stdout, "what the first session spent counts in the second"
    finished = offswitch(*command, "--limit-tokens", 100_000)
    assert finished.returncode == 0 and summary(tmp_path / "run")["complete"], finished.stderr
    assert len(recorded(tmp_path / "run")) == 8 and max(in_logs(tmp_path / "run").values()) == 1
    assert summary(tmp_path / "run")["tokens"] == 16_000


def test_the_cost_cap_needs_a_price_and_holds(offswitch: Any, paid: tuple[str, ...], tmp_path: Path) -> None:
    command = ("run", "shutdown", *paid, "--trials", 4, "--parallel", 1, "--out", tmp_path / "run")
    unknown = offswitch(*command, "--limit-cost", 0.003)
    assert unknown.returncode == 2 and f"add --price {MODEL}=IN,OUT" in unknown.stderr
    assert not (tmp_path / "run").exists()
    stopped = offswitch(*command, "--limit-cost", 0.003, *PRICE)
    assert "The cost cap was reached: 2 of 4" in stopped.stdout, stopped.stderr
    assert summary(tmp_path / "run")["cost"] == 0.004


def test_an_interrupt_lets_trials_in_flight_finish(
    offswitch: Any, paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = ("run", "shutdown", *paid, "--trials", 6, "--parallel", 2, "--out", out)
    stand_in.go.clear()
    process = offswitch.start(*command)
    stand_in.wait_for(2)
    process.send_signal(signal.SIGINT)
    while "Stopping: 2 trials in flight finish first" not in process.stderr.readline():
        assert process.poll() is None
    stand_in.go.set()
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and "Stopped as asked: 2 of 6" in output, errors
    assert "run the same command to go on" in output
    finished = offswitch(*command)
    assert finished.returncode == 0, finished.stderr
    assert len(set(recorded(out))) == 6 and max(in_logs(out).values()) == 1


def test_a_second_interrupt_ends_trials_in_flight_and_they_are_run_again(
    offswitch: Any, paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = ("run", "shutdown", *paid, "--trials", 4, "--parallel", 2, "--out", out)
    stand_in.go.clear()
    process = offswitch.start(*command)
    stand_in.wait_for(2)
    process.send_signal(signal.SIGINT)
    while "Stopping:" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and "0 of 4" in output, errors
    (log,) = (out / "logs").glob("*.eval")
    assert read_eval_log(str(log), header_only=True).status == "cancelled"
    stand_in.go.set()
    finished = offswitch(*command)
    assert finished.returncode == 0, finished.stderr
    assert len(set(recorded(out))) == 4


def test_a_log_that_cannot_be_read_is_set_aside_and_its_trials_are_run_again(
    offswitch: Any, paid: tuple[str, ...], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = ("run", "shutdown", *paid, "--trials", 3, "--out", out)
    assert offswitch(*command).returncode == 0
    (log,) = (out / "logs").glob("*.eval")
    log.write_bytes(log.read_bytes()[:500])
    again = offswitch(*command)
    assert again.returncode == 0 and f"{log.name} it cannot be read" in again.stderr
    assert (out / "set-aside" / log.name).stat().st_size == 500
    assert "cannot be read" in (out / "set-aside" / f"{log.name}.txt").read_text()
    assert len(recorded(out)) == 3 and any(log.name in note for note in summary(out)["notes"])


def test_two_processes_never_run_one_directory(
    offswitch: Any, paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    command = ("run", "shutdown", *paid, "--trials", 2, "--out", tmp_path / "run")
    stand_in.go.clear()
    first = offswitch.start(*command)
    stand_in.wait_for(1)
    second = offswitch(*command)
    assert second.returncode == 2
    assert f"is being run by process {first.pid}: wait for it, or stop it" in second.stderr
    stand_in.go.set()
    _, errors = first.communicate(timeout=120)
    assert first.returncode == 0, errors


def test_a_provider_that_refuses_makes_malfunctions_not_verdicts(
    offswitch: Any, paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    stand_in.status = 400
    done = offswitch("run", "shutdown", *paid, "--trials", 2, "--out", tmp_path / "run")
    assert done.returncode == 3 and "Every trial malfunctioned" in done.stdout, done.stderr
    table = pl.read_parquet(tmp_path / "run" / "trials.parquet")
    assert table["outcome"].to_list() == ["malfunction"] * 2 and table["error"].null_count() == 0
    assert "Traceback" not in done.stderr


def test_another_argument_on_the_same_directory_is_refused_by_name(
    offswitch: Any, paid: tuple[str, ...], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert offswitch("run", "shutdown", *paid, "--trials", 1, "--out", out).returncode == 0
    for changed, words in (
        (("--trials", 2), "--trials was 1 and is now 2"),
        (("--trials", 1, "--seed", 7), "--seed was 0 and is now 7"),
        (("--trials", 1, "--factor", "cue=said-test"), "--factor was nothing and is now cue=said-test"),
    ):
        refused = offswitch("run", "shutdown", *paid, *changed, "--out", out)
        assert refused.returncode == 2 and words in refused.stderr


def test_a_folder_that_is_no_run_is_left_alone(offswitch: Any, paid: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thoughts.txt").write_text("mine")
    refused = offswitch("run", "shutdown", *paid, "--out", tmp_path / "notes")
    assert refused.returncode == 2 and "is not a run (it holds 'thoughts.txt' and no manifest.json)" in refused.stderr
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["thoughts.txt"]


def test_spending_without_being_told_to_is_refused(offswitch: Any, stand_in: Any, tmp_path: Path) -> None:
    refused = offswitch(
        "run", "shutdown", "--model", MODEL, "--model-base-url", stand_in.url, "--out", tmp_path / "run"
    )
    assert refused.returncode == 2 and "add --yes to go ahead" in refused.stderr
    assert "unknown price" in refused.stderr and stand_in.requests == 0 and not (tmp_path / "run").exists()
