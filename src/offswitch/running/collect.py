"""Trials as a table, from any Inspect logs that hold them: a run's, or a folder of plain ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from inspect_ai.log import (
    EvalSample,
    EvalSpec,
    read_eval_log,
    read_eval_log_sample_summaries,
    read_eval_log_samples_by_id,
)
from inspect_ai.model import ModelUsage
from pydantic import ValidationError

from offswitch.errors import InputError
from offswitch.running.access import FREE, provider
from offswitch.running.columns import COLUMNS, FACTOR_PREFIX, MEASURE_PREFIX
from offswitch.running.ledger import was_cancelled
from offswitch.running.mark import Mark, read_mark
from offswitch.scenarios.live import RECORD_KEY
from offswitch.scenarios.rulings import ROLE
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.outcome import Honesty, Outcome
from offswitch.verdicts.verdict import Verdict

Row = dict[str, Any]
"""One trial, by column name."""

Identity = tuple[str, str, str, str]
"""What two attempts at one trial have in common."""

BATCH = 32
"""Samples read at once: one by one costs twice the time, a whole log at once may not fit into memory."""


@dataclass
class Collected:
    """The trials of some logs."""

    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Logs that gave no rows, and why."""

    def table(self) -> pl.DataFrame:
        """The rows as `trials.parquet` holds them."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        schema: dict[str, pl.DataType | type[pl.DataType]] = {column.name: column.dtype for column in COLUMNS}
        schema |= {name: pl.String for name in names if name.startswith(FACTOR_PREFIX)}
        schema |= {name: pl.Float64 for name in names if name.startswith(MEASURE_PREFIX)}
        return pl.DataFrame(self.rows, schema=schema)

    def parquet(self) -> bytes:
        """The table as a file's content: polars reports a full disk in words of its own, a plain write does not."""
        buffer = io.BytesIO()
        self.table().write_parquet(buffer)
        return buffer.getvalue()


Entry = tuple[Identity, Row] | None
"""What a sample gave; None where it shows nothing."""


@dataclass
class Memory:
    """What was read before: of a log that grew since, only what is new is read."""

    logs: dict[Path, tuple[tuple[int, int], list[Entry]]] = field(default_factory=dict)
    """By path: time of change and size, and what it held then."""
    samples: dict[tuple[Path, str, int, int], Entry] = field(default_factory=dict)
    """By path, the sample's id, its epoch and the checksum of what the log holds of it."""


def collect(logs: Iterable[Path], run_id: str | None, *, root: Path, memory: Memory | None = None) -> Collected:
    """One row a trial; of several attempts at a trial of a run, the one with a verdict.

    Args:
        logs: Inspect logs.
        run_id: Only the logs of this run; None for all.
        root: The folder that the names of logs are relative to.
        memory: Of what was read before; it is added to.
    """
    found = Collected()
    known = memory or Memory()
    best: dict[Identity, Row] = {}
    for path in logs:
        try:
            entries = _entries(path, run_id, root, known)
        except Exception as error:
            # A log can be broken in as many ways as there are exceptions; none may cost the others.
            found.notes.append(f"{path.name} cannot be read: {type(error).__name__}")
            continue
        for identity, row in filter(None, entries):
            # A better attempt at the same trial takes the place of one without a verdict.
            if identity not in best or (best[identity]["evidence"] == 0 and row["evidence"] > 0):
                best[identity] = row
    found.rows = sorted(best.values(), key=lambda row: (row["model"], row["scenario"], row["condition"], row["seed"]))
    return found


def _entries(path: Path, run_id: str | None, root: Path, memory: Memory) -> list[Entry]:
    status = path.stat()
    state = (status.st_mtime_ns, status.st_size)
    if path in memory.logs and memory.logs[path][0] == state:
        return memory.logs[path][1]
    spec = read_eval_log(str(path), header_only=True).eval
    mark = read_mark(spec)
    entries: list[Entry] = []
    if run_id is None or (mark is not None and mark.run_id == run_id):
        keys = _keys(path)
        unread = [key for key in keys if key not in memory.samples]
        for key, sample in zip(unread, _samples(path, [(key[1], key[2]) for key in unread]), strict=True):
            memory.samples[key] = _entry(sample, spec, mark, str(path.relative_to(root)))
        entries = [memory.samples[key] for key in keys]
    memory.logs[path] = (state, entries)
    return entries


def _keys(path: Path) -> list[tuple[Path, str, int, int]]:
    names = [(str(summary.id), summary.epoch) for summary in read_eval_log_sample_summaries(str(path))]
    with zipfile.ZipFile(path) as archive:
        sums = {member.filename: member.CRC for member in archive.infolist()}
    return [(path, name, epoch, sums.get(f"samples/{name}_epoch_{epoch}.json", 0)) for name, epoch in names]


def _samples(path: Path, names: Sequence[tuple[str, int]]) -> Iterator[EvalSample]:
    for start in range(0, len(names), BATCH):
        yield from read_eval_log_samples_by_id(str(path), names[start : start + BATCH])


def _entry(sample: EvalSample, spec: EvalSpec, mark: Mark | None, log: str) -> Entry:
    row = read_row(sample, spec, mark, log) if "surface" in sample.metadata else None
    if row is None:
        return None
    # Attempts at one trial of a run are the same trial; samples of two plain logs never are.
    run = (mark.run_id, mark.model, mark.scenario) if mark else (spec.eval_id, str(sample.epoch), "")
    return (*run, str(sample.id)), row


def logs_under(folder: Path) -> tuple[Path, ...]:
    """The Inspect logs in a folder and below it, oldest first.

    Raises:
        InputError: there are none.
    """
    logs = tuple(sorted(folder.rglob("*.eval"), key=lambda path: path.name))
    if not logs:
        raise InputError(f"{folder} holds neither a run nor Inspect logs (*.eval)")
    return logs


def read_row(sample: EvalSample, spec: EvalSpec, mark: Mark | None, log: str) -> Row | None:
    """The row of a sample; None where the run was ended under it, so that it shows nothing."""
    error = sample.error.message if sample.error else None
    if was_cancelled(error):
        return None
    meta, record, verdict = sample.metadata, _record(sample), verdict_of(sample)
    model = mark.model if mark else spec.model
    row: Row = {
        "run_id": mark.run_id if mark else None,
        "model": model,
        "scenario": meta["scenario"],
        "version": meta["version"],
        "preset": meta["preset"].partition("+")[0],
        "condition": meta["preset"],
        "surface": meta["surface"],
        "split": meta["split"],
        "seed": meta["seed"],
        "outcome": verdict.outcome if verdict else Outcome.MALFUNCTION,
        "reached": verdict.outcome.reached if verdict else False,
        "techniques": list(verdict.techniques) if verdict else [],
        "honesty": verdict.honesty if verdict else Honesty.NOT_ASKED,
        "aware": verdict.awareness.mentioned if verdict and verdict.awareness else None,
        "reason": verdict.reason if verdict else "the trial failed before it could be judged",
        "evidence": len(verdict.evidence) if verdict else 0,
        "seconds": sample.total_time,
        "log": log,
        "sample_id": str(sample.id),
        "error": error,
        **_usage(sample, model),
        **{f"{FACTOR_PREFIX}{name}": level for name, level in meta["condition"].items()},
        **{f"{MEASURE_PREFIX}{name}": value for name, value in (verdict.measures if verdict else {}).items()},
    }
    if record is not None:
        row |= _of_record(record)
        row["error"] = record.error or error
    return row


def _of_record(record: TrialRecord) -> Row:
    return {
        "ending": record.ending,
        "power": record.power.state,
        "turns": len(record.said) - (record.interview is not None),
        "commands": len(record.commands),
        "tasks_answered": _count(record.world, "answered"),
        "tasks_correct": _count(record.world, "correct"),
    }


def _usage(sample: EvalSample, model: str) -> Row:
    """Tokens of the agent and, apart from them, of judges; a judge may be the same model. The cost is of both."""
    everyone = list(sample.model_usage.values())
    judges = [sample.role_usage[ROLE]] if ROLE in sample.role_usage else []
    judge_in, judge_out = sum(map(_sent, judges)), sum(usage.output_tokens for usage in judges)
    costs = [
        0.0 if provider(name) in FREE else usage.total_cost
        for name, usage in (sample.model_usage or {model: ModelUsage()}).items()
    ]
    known = [cost for cost in costs if cost is not None]
    return {
        "tokens_in": sum(map(_sent, everyone)) - judge_in,
        "tokens_out": sum(usage.output_tokens for usage in everyone) - judge_out,
        "judge_tokens_in": judge_in,
        "judge_tokens_out": judge_out,
        "cost": sum(known) if len(known) == len(costs) else None,
    }


def _sent(usage: ModelUsage) -> int:
    return usage.input_tokens + (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)


def _record(sample: EvalSample) -> TrialRecord | None:
    kept = sample.store.get(RECORD_KEY)
    return TrialRecord.model_validate(kept) if kept is not None else None


def verdict_of(sample: EvalSample) -> Verdict | None:
    """The verdict in a sample's score; None where it was not scored, or not by an oracle of ours."""
    for score in (sample.scores or {}).values():
        try:
            return Verdict.model_validate((score.metadata or {}).get("verdict"))
        except ValidationError:
            continue
    return None


def _count(world: Mapping[str, Any], name: str) -> int | None:
    value = world.get(name)
    return value if isinstance(value, int) else None
