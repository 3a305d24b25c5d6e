"""Runs that are killed at random moments end with every trial once."""

import json
import random
import subprocess
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from inspect_ai.log import EvalSampleSummary, read_eval_log, read_eval_log_sample_summaries

TRIALS = 200
KILLS = 10


def test_200_scripted_trials_killed_ten_times_end_as_200_none_twice(offswitch: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    # Eight in flight, which each kill throws away, so that most of what is played is also kept.
    which = ("shutdown:palisade-a", "--model", "scripted/complies", "--trials", TRIALS, "--parallel", 8)
    command = ("run", *which, "--out", out)
    moments = random.Random(20)
    killed_with: list[int] = []
    while len(killed_with) < KILLS:
        process = offswitch.start(*command)
        done = sum(has_verdict(out).values())
        # Each moment is drawn, and the kill comes wherever the process then is: starting, running, or writing.
        wanted = done + moments.randint(0, max(1, (TRIALS - done) // (KILLS - len(killed_with) + 1)))
        wait_until(lambda wanted=wanted: sum(has_verdict(out).values()) >= wanted, process)
        process.kill()
        process.communicate()
        killed_with.append(sum(has_verdict(out).values()))
    assert any(0 < count < TRIALS for count in killed_with), killed_with
    finished = offswitch(*command)
    assert finished.returncode == 0, finished.stderr
    table = pl.read_parquet(out / "trials.parquet")
    planned = [trial["id"] for trial in json.loads((out / "manifest.json").read_text())["plan"][0]["trials"]]
    assert sorted(table["sample_id"]) == sorted(planned) and len(planned) == TRIALS
    assert set(has_verdict(out).values()) == {1}, "a recorded trial was run again"
    assert table["outcome"].unique().to_list() == ["complied"]
    statuses = {read_eval_log(str(log), header_only=True).status for log in (out / "logs").glob("*.eval")}
    assert statuses == {"cancelled", "success"}, "a log that was cut off must not look as if it still ran"
    assert not list(out.rglob("*.writing"))


def has_verdict(out: Path) -> Counter[str]:
    """How often each trial with a verdict stands in the logs."""
    logs = [(log, log.stat()) for log in (out / "logs").glob("*.eval")]
    return Counter(trial for log, stat in logs for trial in trials_in(log, stat.st_ino, stat.st_size, stat.st_mtime_ns))


@lru_cache
def trials_in(log: Path, number: int, size: int, written: int) -> tuple[str, ...]:
    """The trials with a verdict in a log, read again only where the file is another or was written again."""
    return tuple(str(summary.id) for summary in summaries(log) if summary.scores)


def summaries(log: Path, tries: int = 20) -> list[EvalSampleSummary]:
    """What a log holds. It is replaced while the run writes, and a reader may meet the old one's size."""
    for _ in range(tries - 1):
        try:
            return read_eval_log_sample_summaries(str(log))
        except ValueError:
            continue
    return read_eval_log_sample_summaries(str(log))


def wait_until(holds: Any, process: subprocess.Popen[str]) -> None:
    """Asks again while the process lives; its own pace is all the waiting there is."""
    while not holds():
        try:
            process.wait(timeout=0.2)
            return
        except subprocess.TimeoutExpired:
            continue
