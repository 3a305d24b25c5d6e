"""The training folder: its contract, its lock, and which checkpoint is whole.

DIR/
  training.json     what is trained: remedy, model, lessons, settings (written first; it never changes)
  metrics.jsonl     one line an update
  checkpoints/      the newest two; one counts once `whole.json` is in it
  adapter/          the LoRA adapter and its card: the result
  adapter.gguf      the same for llama.cpp, where the base comes from a GGUF
  merged/           the whole model, where it was asked for
  result.json       written last
  lock              held by the process that trains
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

import offswitch
from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.begun import alone, begin, begun
from offswitch.running.directory import NEVER_BELOW, write_whole

RECORD = "training.json"
WHOLE = "whole.json"


class Begun(BaseModel):
    """training.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remedy: str
    model: str
    base_sha256: str
    lessons: str | None
    """SHA-256 of the lesson set."""
    heldout_behaviours: tuple[str, ...] = ()
    settings: dict[str, JsonValue]
    offswitch: str = offswitch.__version__


class TrainingFolder:
    """The folder of one training."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun_path = path / RECORD
        self.metrics_path = path / "metrics.jsonl"
        self.checkpoints = path / "checkpoints"
        self.adapter = path / "adapter"
        self.gguf = path / "adapter.gguf"
        self.merged = path / "merged"
        self.result_path = path / "result.json"

    def part(self, name: str) -> TrainingFolder:
        """A folder for one stage of a remedy that has several."""
        return TrainingFolder(self.path / name)

    def begin(self, wanted: Begun) -> None:
        """Makes the folder, or finds that this very training was begun in it.

        Raises:
            InputError: something else is there, or a training with other settings.
            EnvironmentProblem: it cannot be made.
        """
        if not self.check(wanted):
            begin(self.path, RECORD, wanted, self.checkpoints.name)

    def check(self, wanted: Begun) -> bool:
        """Whether something was begun here; makes sure that it is this very training.

        Raises:
            InputError: it is another, or something else is there.
        """
        there = begun(self.path, RECORD, Begun, "training")
        if there is None:
            return False
        old, new = (each.model_dump(exclude={"settings"}) | each.settings for each in (there, wanted))
        for name in (*new, *old):
            if name != "offswitch" and old.get(name) != new.get(name):
                raise InputError(
                    f"{self.path} holds a training with {name} {old.get(name)!r}, not {new.get(name)!r}: give the same "
                    "to go on with it, or name another folder"
                )
        return True

    def locked(self) -> AbstractContextManager[None]:
        """Holds the folder for this process; the kernel lets go when it ends.

        Raises:
            InputError: another process trains in it.
            EnvironmentProblem: the folder cannot be made.
        """
        return alone(self.path, "trains")

    def last_whole(self) -> Path | None:
        """The newest checkpoint that was written to its end; what a kill left half-written is removed."""
        found: list[tuple[int, Path]] = []
        for place in self.checkpoints.glob("checkpoint-*"):
            step = place.name.rpartition("-")[2]
            if (place / WHOLE).exists() and step.isdigit():
                found.append((int(step), place))
            else:
                shutil.rmtree(place, ignore_errors=True)
        return max(found)[1] if found else None

    def forget_after(self, step: int) -> None:
        """Drops the metrics of updates after a checkpoint: they are made again."""
        kept = [line for line in self.metrics() if int(str(line.get("step", 0))) <= step]
        write_whole(self.metrics_path, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def note(self, line: Mapping[str, JsonValue]) -> None:
        """Adds a line to metrics.jsonl."""
        with self.metrics_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def metrics(self) -> list[dict[str, JsonValue]]:
        """The lines of metrics.jsonl; one that a kill cut off is left out."""
        found = []
        if self.metrics_path.exists():
            for line in self.metrics_path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):
                    found.append(json.loads(line))
        return found

    def ensure_room(self, needed: int) -> None:
        """Makes sure that checkpoints and results will fit.

        Raises:
            EnvironmentProblem: they will not.
        """
        place = next(folder for folder in (self.path, *self.path.absolute().parents) if folder.is_dir())
        free = shutil.disk_usage(place).free - NEVER_BELOW
        if needed > free:
            raise EnvironmentProblem(
                f"the disk is full: training in {self.path} writes about {needed / 1e9:.2f} GB and "
                f"{max(free, 0) / 1e9:.2f} GB are free; free some space, or name a folder on another disk"
            )

    def finish(self, content: Mapping[str, JsonValue]) -> None:
        """Writes result.json and removes the checkpoints, which are of no more use."""
        write_whole(self.result_path, json.dumps(content, indent=2).encode() + b"\n")
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def result(self) -> dict[str, JsonValue] | None:
        """What a finished training came to; None while it is not finished."""
        if not self.result_path.exists():
            return None
        try:
            content = json.loads(self.result_path.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(f"{self.result_path} cannot be read: name another folder") from error
        return dict(content)
