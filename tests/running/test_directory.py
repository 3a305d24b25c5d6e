"""The run directory: what is ours, what is not, and files that are whole or absent."""

import errno
from pathlib import Path

import pytest

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.columns import COLUMNS, documented
from offswitch.running.directory import RunDirectory, write_whole


def test_an_empty_or_missing_folder_is_a_new_run(tmp_path: Path) -> None:
    assert not RunDirectory(tmp_path / "new").exists()
    assert not RunDirectory(tmp_path).exists()


def test_a_folder_killed_before_its_manifest_was_written_is_a_new_run(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    directory.create()
    (directory.path / "lock").touch()
    (directory.path / "manifest.json.writing").write_text("{")
    assert not directory.exists()


def test_a_file_and_a_folder_of_other_things_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match="is a file"):
        RunDirectory(tmp_path / "a.txt").exists()
    with pytest.raises(InputError, match="is not a run"):
        RunDirectory(tmp_path).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}'])
def test_a_manifest_that_cannot_be_read_is_one_clear_line(tmp_path: Path, text: str) -> None:
    directory = RunDirectory(tmp_path)
    directory.manifest_path.write_text(text)
    with pytest.raises(InputError, match="is not the manifest of a run") as caught:
        directory.manifest()
    assert "\n" not in str(caught.value)


def test_a_write_that_fails_leaves_the_former_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.json"
    path.write_text("before")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        write_whole(path, b"after")
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_writer_are_swept(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.create()
    (directory.logs / ".inspect_tmp_x.writing").touch()
    (directory.logs / "good.eval").touch()
    directory.sweep()
    assert directory.log_paths() == (directory.logs / "good.eval",)
    assert list(directory.logs.iterdir()) == [directory.logs / "good.eval"]


def test_every_column_is_documented_once() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(f"| `{name}` |" in documented() for name in names)
