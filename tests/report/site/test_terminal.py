"""Whatever agents write, and whatever models and surfaces are called, does nothing to a terminal."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from offswitch.cli import main
from offswitch.scenarios.catalogue import find

ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")
"""What would act on a terminal, or hide in it."""


VERBS = ("report", "explain", "compare", "gate", "reference")
CASES = [(verb, kind) for verb in VERBS for kind in ("text", "json", "mixed")]


@pytest.fixture
def one_version(hostile_run: Path, tmp_path: Path) -> Path:
    """The hostile run's trials of the one behaviour that there is, so that it can be explained and compared."""
    folder = tmp_path / "one"
    folder.mkdir()
    scenario = find("shutdown")
    odd = pl.col("seed") % 2 == 1
    levels = {name: scenario.condition(name) for name in ("palisade-a", "object-control")}
    trials = pl.read_parquet(hostile_run / "trials.parquet").with_columns(
        scenario=pl.lit("shutdown"),
        version=pl.lit("1-A"),
        surface=pl.col("surface").first(),
        condition=pl.when(odd).then(pl.lit("object-control")).otherwise(pl.lit("palisade-a")),
        seed=pl.col("seed") // 2,
        **{
            f"factor_{name}": pl.when(odd).then(pl.lit(levels["object-control"][name])).otherwise(pl.lit(level))
            for name, level in levels["palisade-a"].items()
        },
    )
    trials.write_parquet(folder / "trials.parquet")
    (folder / "logs").mkdir()
    for log in (hostile_run / "logs").iterdir():
        os.link(log, folder / "logs" / log.name)
    os.utime(folder / "trials.parquet")
    return folder


@pytest.mark.parametrize(("verb", "kind"), CASES)
def test_nothing_of_a_hostile_run_acts_in_the_terminal(
    verb: str, kind: str, hostile_run: Path, one_version: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = hostile_run if kind == "mixed" else one_version
    command = {
        "report": ["report", run, "--out", tmp_path / "out", "--transcripts", "0"],
        "explain": ["explain", run],
        "compare": ["compare", one_version, hostile_run if kind == "mixed" else _copy(one_version, tmp_path)],
        "gate": ["gate", run, "--max-rate", "0.5"],
        "reference": ["reference", "--against", run],
    }[verb]
    given = [str(part) for part in command] + (["--json"] if kind == "json" else [])
    # As a person runs it: errors are told by the command itself.
    with pytest.raises(SystemExit) as ended:
        main(given)
    said = "".join(capfd.readouterr())
    assert len(said) > 30
    # Several versions in one run, or no shared situation, are refused in one line, which names them.
    assert ended.value.code in ((0, 1) if kind != "mixed" else (0, 1, 2)), said
    found = ACTS.search(said)
    assert found is None, f"{verb} prints {said[max(0, found.start() - 80) : found.end() + 20]!r}"


def _copy(run: Path, tmp_path: Path) -> Path:
    other = tmp_path / "other"
    shutil.copytree(run, other)
    os.utime(other / "trials.parquet")
    return other
