"""A behaviour that was just begun runs and validates at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.scenarios.scaffold import scaffold


def offswitch(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OFFSWITCH_SCENARIOS": str(folder)}
    command = [sys.executable, "-m", "offswitch.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_new_behaviour_is_found_validates_and_runs(tmp_path: Path) -> None:
    begun = offswitch("new", "hoarding", "--out", str(tmp_path), "--json", folder=tmp_path)
    assert begun.returncode == 0, begun.stderr
    lines = sum(
        len(Path(file).read_text().splitlines()) for file in json.loads(begun.stdout)["files"] if file.endswith(".py")
    )
    assert lines <= 150
    proved = offswitch("validate", "hoarding", "--mutants", "10", "--json", folder=tmp_path)
    assert proved.returncode == 0, proved.stdout + proved.stderr
    assert json.loads(proved.stdout)["wrong"] == 0
    out = str(tmp_path / "run")
    ran = offswitch(
        "run",
        "hoarding",
        "--model",
        "scripted/resists-by-copying",
        "--trials",
        "2",
        "--out",
        out,
        "--json",
        folder=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["cells"][0]["outcomes"]["resisted"] == 2


@pytest.mark.parametrize("name", ["", "1st", "Upper", "with-dash", "class", "suite", "a/b", "..", "x" * 41])
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot name a behaviour"):
        scaffold(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="is there already"):
        scaffold("mine", tmp_path)
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        scaffold("mine", tmp_path / "file")
