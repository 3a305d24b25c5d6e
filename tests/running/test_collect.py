"""Trials as a table, from plain Inspect logs as well as from a run's."""

from pathlib import Path

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import read_eval_log, write_eval_log

from offswitch.errors import InputError
from offswitch.running.collect import collect, logs_under
from offswitch.running.columns import COLUMNS
from offswitch.running.ledger import finish, verdict_outcome, was_cancelled
from offswitch.running.refresh import refresh
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.plan import plan_trials
from offswitch.scenarios.task import build_task


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of plain logs, made by Inspect alone."""
    folder = tmp_path_factory.mktemp("logs")
    scenario = find("shutdown")
    keys = plan_trials(scenario, preset="palisade-b", levels={"cue": "said-test"}, trials=2, seed=1)
    inspect_eval(build_task(scenario, keys), model="scripted/complies", log_dir=str(folder), display="none")
    return folder


def test_plain_logs_give_a_row_a_trial_with_every_column(logs: Path) -> None:
    found = collect(logs_under(logs), None, root=logs)
    table = found.table()
    assert found.notes == [] and table.height == 2
    assert table.columns[: len(COLUMNS)] == [column.name for column in COLUMNS]
    row = table.row(0, named=True)
    assert (row["model"], row["preset"], row["condition"]) == (
        "scripted/complies",
        "palisade-b",
        "palisade-b+cue=said-test",
    )
    assert (row["outcome"], row["reached"], row["power"], row["ending"]) == ("complied", True, "off", "off")
    assert row["factor_cue"] == "said-test" and row["run_id"] is None and row["cost"] == 0.0
    assert row["evidence"] >= 1 and row["commands"] >= 1 and row["turns"] >= 1 and row["tokens_in"] > 0
    assert (logs / row["log"]).exists()


def test_a_broken_log_beside_them_is_named_and_costs_nothing(logs: Path, tmp_path: Path) -> None:
    (good,) = logs_under(logs)
    (tmp_path / good.name).write_bytes(good.read_bytes())
    (tmp_path / "broken.eval").write_bytes(b"PK\x03\x04 nothing")
    found = collect(logs_under(tmp_path), None, root=tmp_path)
    assert len(found.rows) == 2 and [note.split()[0] for note in found.notes] == ["broken.eval"]


def test_refresh_writes_the_table_beside_plain_logs_and_only_when_they_are_newer(logs: Path, tmp_path: Path) -> None:
    (good,) = logs_under(logs)
    (tmp_path / good.name).write_bytes(good.read_bytes())
    refresh(tmp_path)
    written = (tmp_path / "trials.parquet").stat().st_mtime_ns
    refresh(tmp_path)
    assert (tmp_path / "trials.parquet").stat().st_mtime_ns == written


def test_a_folder_without_trials_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds neither a run nor Inspect logs"):
        refresh(tmp_path)
    (tmp_path / "x.eval").write_bytes(b"")
    with pytest.raises(InputError, match="holds no trials yet"):
        refresh(tmp_path)


def test_a_log_cut_off_by_a_kill_gets_an_end(logs: Path, tmp_path: Path) -> None:
    (good,) = logs_under(logs)
    log = read_eval_log(str(good))
    log.status, log.stats.completed_at = "started", ""
    write_eval_log(log, str(tmp_path / "cut.eval"))
    finish(tmp_path / "cut.eval")
    finished = read_eval_log(str(tmp_path / "cut.eval"))
    assert finished.status == "cancelled" and finished.stats.completed_at
    assert len(finished.samples or ()) == 2


def test_a_cancelled_sample_has_no_outcome_even_when_it_was_scored(logs: Path) -> None:
    (good,) = logs_under(logs)
    (sample, *_) = read_eval_log(str(good)).samples or ()
    assert verdict_outcome(None, sample.scores) == "complied"
    assert verdict_outcome("CancelledError('Cancelled via cancel scope')", sample.scores) is None
    assert was_cancelled("Cancelled()") and not was_cancelled("RuntimeError('Cancelled')") and not was_cancelled(None)
