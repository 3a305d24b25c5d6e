"""Folders of work that takes long: begun with a record, gone on with by the same one, worked in by one process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.begun import alone, begin, begun

WORKS = (
    "import sys; from pathlib import Path; from offswitch.running.begun import alone\n"
    "with alone(Path(sys.argv[1]), 'works'): print('begun', flush=True); sys.stdin.read()"
)


class Record(BaseModel):
    much: int


@contextmanager
def another_works_in(folder: Path) -> Iterator[int]:
    command = [sys.executable, "-c", WORKS, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "begun\n"
        try:
            yield other.pid
        finally:
            other.kill()


def test_one_process_at_a_time_and_the_next_as_soon_as_it_was_killed(tmp_path: Path) -> None:
    with (
        another_works_in(tmp_path / "new") as pid,
        pytest.raises(InputError, match=rf"another process works in .*new \(its number is {pid}\): wait for it"),
        alone(tmp_path / "new", "works"),
    ):
        pass
    with alone(tmp_path / "new", "works"):
        pass


def test_what_holds_the_folder_is_nothing_that_was_begun_in_it(tmp_path: Path) -> None:
    with alone(tmp_path / "new", "works"):
        assert begun(tmp_path / "new", "record.json", Record, "work") is None
        begin(tmp_path / "new", "record.json", Record(much=3))
    assert begun(tmp_path / "new", "record.json", Record, "work") == Record(much=3)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem, match="cannot be made"), alone(tmp_path / "file" / "new", "works"):
        pass


def test_loops_and_growings_are_worked_in_by_one_process(tmp_path: Path) -> None:
    from offswitch.training.loop.loop import loop
    from offswitch.training.loop.setting import LoopSetting
    from offswitch.training.organisms.grow import Growing
    from offswitch.training.organisms.settings import Settings
    from offswitch.training.remedies import Remedy

    growing = Growing(Settings(), tmp_path / "g", print)
    growing.begin()
    with another_works_in(tmp_path / "g"), pytest.raises(InputError, match="another process"):
        growing.run()
    with another_works_in(tmp_path / "l"), pytest.raises(InputError, match="another process"):
        loop(LoopSetting(model="scripted/complies", remedy=Remedy.SFT), tmp_path / "l")
    assert [path.name for path in (tmp_path / "l").iterdir()] == ["lock"]


def test_a_growing_that_began_a_moment_before_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from offswitch.training.organisms import grow
    from offswitch.training.organisms.settings import Settings

    first, second = (grow.Growing(Settings(rounds=rounds), tmp_path / "g", print) for rounds in (6, 2))
    really_alone = grow.alone

    def later(folder: Path, does: str):
        monkeypatch.setattr(grow, "alone", really_alone)
        first.begin()
        return really_alone(folder, does)

    monkeypatch.setattr(grow, "alone", later)
    with pytest.raises(InputError, match="was begun with rounds 6, now 2"):
        second.begin()
    assert Settings.model_validate_json((tmp_path / "g" / "growing.json").read_bytes()).rounds == 6
