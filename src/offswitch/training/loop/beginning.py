"""How a loop begins: its folder and record, and what it takes over from another one of the same model and amounts.

Remedies are compared on the same model; what was measured before training, and the trials that lessons come from, are
the same for all of them and need to be made once.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.begun import alone, begin, begun
from offswitch.training.loop.setting import LoopSetting
from offswitch.training.trials import Say

RECORD = "loop.json"
SHARED = ("runs/before", "runs/asked", "runs/lessons", "checks/before")
"""Parts of a loop's folder that do not follow from its remedy."""
OWN = {"remedy", "settings", "seeds"}
"""Settings that these parts do not follow from."""


@contextmanager
def begun_loop(setting: LoopSetting, folder: Path, like: Path | None, say: Say) -> Iterator[None]:
    """Makes the folder, or finds that this very loop was begun in it, and holds it for this process.

    Args:
        setting: The loop's.
        folder: Its folder.
        like: Folder of another loop of the same model, behaviours and amounts, whose measurements before training are
            taken over; None: all is measured.
        say: Told what was taken over.

    Raises:
        InputError: something else is there, a loop with another setting, or another process; the other loop differs in
            more than its remedy, or has not come as far as its training.
        EnvironmentProblem: the folder cannot be made, or the disk is full.
    """
    _begun(setting, folder)
    parts = {} if like is None else _parts_of(setting, like)
    with alone(folder, "measures and trains"):
        # Another process may have begun, and ended, since.
        if not _begun(setting, folder):
            begin(folder, RECORD, setting)
        for part, place in parts.items():
            if not (folder / part).exists():
                _copy(place, folder / part)
                say(f"  {part}: taken over from {like}")
        yield


def _begun(setting: LoopSetting, folder: Path) -> bool:
    """Whether this very loop was begun in the folder."""
    earlier = begun(folder, RECORD, LoopSetting, "loop")
    if earlier is not None:
        _same(earlier, setting, folder, set())
    return earlier is not None


def _copy(place: Path, target: Path) -> None:
    """Whole or not at all."""
    half = target.with_name(f".{target.name}.half")
    try:
        shutil.rmtree(half, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(place, half)
        half.rename(target)
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        raise EnvironmentProblem(f"{place} could not be copied to {target}: {error.strerror or error}") from error


def _parts_of(setting: LoopSetting, like: Path) -> dict[str, Path]:
    other = begun(like, RECORD, LoopSetting, "loop")
    if other is None:
        raise InputError(f"{like} is no loop: name the folder of one, or leave out --like")
    _same(other, setting, like, OWN)
    if not (like / "lessons").exists():
        raise InputError(f"{like} has not measured all that comes before its training: let it go on first")
    return {name: like / name for name in SHARED if (like / name).exists()}


def _same(earlier: LoopSetting, setting: LoopSetting, folder: Path, but: set[str]) -> None:
    for name in LoopSetting.model_fields:
        if name not in but and getattr(earlier, name) != getattr(setting, name):
            raise InputError(
                f"{folder} was begun with {name.replace('_', ' ')} {getattr(earlier, name)!r} and is now asked for "
                f"{getattr(setting, name)!r}: give the same, or name another folder"
            )
