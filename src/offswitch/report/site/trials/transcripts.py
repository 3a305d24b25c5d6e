"""Transcripts in files of some dozens each, read from the logs by several processes where there are many."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from offswitch.report.run import Run, TrialRow
from offswitch.report.site.material import Material, SiteTrial
from offswitch.report.site.output import Output, data_file
from offswitch.report.site.trials.columns import CHUNK
from offswitch.report.site.trials.logs import read_quickly
from offswitch.report.site.trials.pack import packed, seen
from offswitch.report.site.trials.view import unreadable, view
from offswitch.report.transcript import UnreadableTrialError

AT_MOST = 10_000
"""Transcripts that a site holds, if it is not asked for more: nobody reads more, and a web host must keep them."""
_ALONE = 1_500
"""Up to so many, starting other processes takes longer than it saves."""
_PROCESSES = 3
"""Each takes some 300 MB, most of it for Inspect."""


@dataclass(frozen=True)
class Piece:
    """The trials of one file."""

    number: int
    trials: tuple[tuple[str, Run, TrialRow], ...]
    """Id, run (without its trials) and row."""


def chosen(material: Material, at_most: int | None) -> list[SiteTrial]:
    """The trials whose transcripts are written, in the order of the table.

    Where not all are, each behaviour, model, condition and outcome gets its share: rare outcomes lose nothing to
    frequent ones.
    """
    trials = list(material.trials())
    if at_most is None or len(trials) <= at_most:
        return trials
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, trial in enumerate(trials):
        row = trial.row
        key = (trial.run.label, row.model, row.scenario, row.condition, row.outcome.value)
        groups.setdefault(key, []).append(number)
    picked: list[int] = []
    for round_of in zip_longest(*groups.values()):
        picked += [number for number in round_of if number is not None]
        if len(picked) >= at_most:
            break
    return [trials[number] for number in sorted(picked[:at_most])]


def pieces(trials: Sequence[SiteTrial]) -> list[Piece]:
    """The trials, file by file; those of one log follow each other, so that each log is opened once."""
    light: dict[str, Run] = {}
    for trial in trials:
        # Without its trials, a run is quickly handed to another process.
        light.setdefault(trial.run.label, Run(trial.run.run.directory, {}, ()))
    ordered = sorted(trials, key=lambda trial: (trial.run.label, trial.row.log or ""))
    parts = [(trial.id, light[trial.run.label], trial.row) for trial in ordered]
    return [Piece(n, tuple(parts[start : start + CHUNK])) for n, start in enumerate(range(0, len(parts), CHUNK))]


def write_texts(output: Output, every: Sequence[Piece]) -> None:
    """Writes the files, with other processes where there are many.

    The others are started anew and by name: a fork may inherit locks that a thread holds, and the standard library's
    pools would run the caller's own script once more in each.
    """
    alone = sum(len(piece.trials) for piece in every) <= _ALONE
    count = 1 if alone else min(_PROCESSES, os.cpu_count() or 1)
    shares = [every[start::count] for start in range(count)]
    workers = [_start(output.folder, share) for share in shares[1:]]
    _write(output.folder, shares[0])
    for worker, share in zip(workers, shares[1:], strict=True):
        worker.wait()
        # What another process could not do (no memory, say) is done here.
        _write(output.folder, [piece for piece in share if not (output.folder / _path(piece)).exists()])


def _start(folder: Path, share: Sequence[Piece]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", f"from {__name__} import work; work()"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert worker.stdin is not None
    with contextlib.suppress(BrokenPipeError), worker.stdin as pipe:
        pickle.dump((folder, share), pipe)
    return worker


def work() -> None:
    """What another process does: writes the files that it reads of on its standard input."""
    folder, share = pickle.load(sys.stdin.buffer)
    _write(folder, share)


def _path(piece: Piece) -> str:
    return f"trials/texts/{piece.number:05d}.js"


def _write(folder: Path, share: Sequence[Piece]) -> None:
    for piece in share:
        content = data_file(_path(piece), packed([shown(run, row) for _, run, row in piece.trials]))
        place = folder / _path(piece)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_suffix(".writing")
        beside.write_text(content, encoding="ascii")
        beside.replace(place)


def shown(run: Run, row: TrialRow) -> Any:
    """What a trial's page shows, as plain data in which everything is visible."""
    try:
        trial = view(read_quickly(run, row), row.reason, row.honesty)
    except UnreadableTrialError as error:
        trial = unreadable(row.reason, error)
    return seen(to_jsonable_python(trial))
