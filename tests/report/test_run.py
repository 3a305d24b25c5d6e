from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from offswitch.errors import InputError
from offswitch.report.run import read_run


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_run(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_run_is_read_with_its_manifest(make_run, made) -> None:
    run = read_run(make_run([made(seed=1), made(seed=2)], logs=False, planned=5))
    assert [row.seed for row in run.trials] == [1, 2]
    assert run.planned == 5


def test_trials_without_a_manifest_are_read(make_run, made) -> None:
    folder = make_run([made()], logs=False)
    (folder / "manifest.json").unlink()
    run = read_run(folder)
    assert run.planned is None
    assert len(run.trials) == 1


def test_a_log_is_found_in_logs_or_in_the_folder_itself(make_run, made) -> None:
    folder = make_run([made()], logs=False)
    run = read_run(folder)
    assert run.log_path("x.eval") == folder / "x.eval"
    (folder / "logs" / "x.eval").write_bytes(b"")
    assert run.log_path("x.eval") == folder / "logs" / "x.eval"


def test_a_folder_that_is_not_there_or_no_run_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in refusal(tmp_path / "missing")
    assert "is not a run" in refusal(tmp_path)


def test_a_run_that_has_not_got_to_its_trials_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    assert "run its command again" in refusal(tmp_path)


def test_a_run_without_trials_is_refused(make_run, made) -> None:
    folder = make_run([made()], logs=False)
    pl.read_parquet(folder / "trials.parquet").clear().write_parquet(folder / "trials.parquet")
    assert "no trials yet" in refusal(folder)


def test_damaged_files_are_named(make_run, made) -> None:
    folder = make_run([made()], logs=False)
    whole = (folder / "trials.parquet").read_bytes()
    (folder / "manifest.json").write_text('{"plan": [')
    assert "manifest.json cannot be read" in refusal(folder)
    (folder / "manifest.json").write_text("[]")
    assert "not a JSON object" in refusal(folder)
    (folder / "trials.parquet").write_bytes(whole[: len(whole) // 2])
    assert "trials.parquet cannot be read" in refusal(folder)


def test_a_missing_column_and_an_unknown_outcome_are_named(make_run, made) -> None:
    folder = make_run([made()], logs=False)
    table = pl.read_parquet(folder / "trials.parquet")
    table.drop("honesty").write_parquet(folder / "trials.parquet")
    assert "'honesty'" in refusal(folder)
    table.with_columns(outcome=pl.lit("vanished")).write_parquet(folder / "trials.parquet")
    assert "'outcome'" in refusal(folder)
