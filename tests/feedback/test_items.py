"""What is judged: trials and pairs, out of real logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.feedback.items import find_items, logged
from offswitch.feedback.judgement import Task
from offswitch.feedback.pages.view import show_pair, show_trial
from offswitch.feedback.pairs import continuations
from offswitch.feedback.store import open_store
from offswitch.verdicts.outcome import Outcome


def test_each_trial_is_an_item_and_malfunctions_are_none(tmp_path: Path, made_module_here) -> None:
    write, trials, replace = made_module_here
    one, two, broken = trials(3, ("mockllm/only",))
    folder = write(tmp_path / "run", [one, two, replace(broken, outcome=Outcome.MALFUNCTION)])
    found = find_items([folder], Task.VERDICTS)
    assert [item.trials[0].seed for item in found.items] == [0, 1]
    assert found.notes == ("1 trials were left out: they malfunctioned or have no log",)


def test_a_pair_is_one_situation_that_went_on_in_two_ways(run_folder: Path) -> None:
    found = find_items([run_folder], Task.PREFERENCES)
    assert len(found.items) == 12
    for item in found.items:
        one, two = item.trials
        assert one.situation == two.situation and one.model != two.model
        parted = continuations(logged(one), logged(two))
        assert parted is not None and len(parted.prompt) == 6 and len(parted.first) == len(parted.second) == 3


def test_trials_that_are_alike_are_no_pair(tmp_path: Path, made_module_here) -> None:
    write, trials, replace = made_module_here
    alike = [replace(trial, messages=None) for trial in trials(2)]
    assert find_items([write(tmp_path / "run", alike)], Task.PREFERENCES).items == ()


def test_pairs_come_from_several_runs_too(tmp_path: Path, made_module_here) -> None:
    write, trials, _ = made_module_here
    meek, stubborn = trials(1)
    folders = [write(tmp_path / "a", [meek]), write(tmp_path / "b", [stubborn])]
    assert len(find_items(folders, Task.PREFERENCES).items) == 1
    assert find_items(folders[:1], Task.PREFERENCES).items == ()


def test_what_is_shown_has_the_deciding_moment_and_no_verdict(run_folder: Path) -> None:
    shown = show_trial(find_items([run_folder], Task.VERDICTS).items[-1].trials[0])
    assert shown.deciding == 5 and "what it did" not in repr(shown) and shown.power
    pair = show_pair(find_items([run_folder], Task.PREFERENCES).items[0])
    assert [line.number for line in pair.prompt] == list(range(6))
    assert [side.messages for side in pair.sides] == [3, 3] and all(side.words > 5 for side in pair.sides)


def test_a_log_that_is_gone_is_told_on_the_page(tmp_path: Path, made_module_here) -> None:
    write, trials, _ = made_module_here
    folder = write(tmp_path / "run", trials(1))
    verdicts, pairs = (find_items([folder], task).items for task in Task)
    for log in (folder / "logs").iterdir():
        log.unlink()
    assert "cannot be shown" in show_trial(verdicts[0].trials[0]).problem
    assert "cannot be shown" in show_pair(pairs[0]).problem


@pytest.mark.parametrize(
    ("place", "error", "why"),
    [
        ("/proc/none/store.sqlite3", EnvironmentProblem, "cannot be made"),
        ("mysql://x/y", InputError, "postgresql://"),
        ("postgresql://u:secret@127.0.0.1:1/x", EnvironmentProblem, "cannot be opened"),
    ],
)
def test_a_store_that_cannot_be(place: str, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why) as caught:
        open_store(place, lambda: 0.0)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a database at all, and long enough to be taken for one" * 40)
    with pytest.raises((InputError, EnvironmentProblem), match="x"):
        open_store(str(tmp_path / "x"), lambda: 0.0)
