"""Whatever agents write, and whatever models and surfaces are called, does nothing to a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from offswitch.cli import cli
from offswitch.errors import OffswitchError

ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")
"""What would act on a terminal, or hide in it."""


VERBS = {"report": {0}, "explain": {0}, "compare": {0}, "compare-other": {0, 2}, "gate": {0, 1}}
"""With the exit codes that they may have: of two runs without a shared situation there is nothing to compare."""


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_of_a_hostile_run_acts_in_the_terminal(
    verb: str, hostile_run: Path, make_run, made, tmp_path: Path
) -> None:
    other = make_run([made()])
    (other / "manifest.json").unlink()
    command = {
        "report": ["report", hostile_run, "--out", tmp_path / "out", "--transcripts", "0"],
        "explain": ["explain", hostile_run],
        "compare": ["compare", hostile_run, hostile_run],
        "compare-other": ["compare", other, hostile_run],
        "gate": ["gate", hostile_run, "--max-rate", "0.5"],
    }[verb]
    done = CliRunner().invoke(cli, [str(part) for part in command])
    said = done.output + str(done.exception or "")
    if isinstance(done.exception, OffswitchError):
        assert done.exception.exit_code in VERBS[verb], said
    else:
        assert done.exit_code in VERBS[verb], said
    assert len(said) > 30
    found = ACTS.search(said)
    assert found is None, f"{verb} prints {said[max(0, found.start() - 80) : found.end() + 20]!r}"
