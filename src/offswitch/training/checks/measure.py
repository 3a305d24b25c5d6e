"""Checks of some models, from what is asked to a table; what is done is not done again.

DIR/
  checks.json       what is measured: models, their adapters' hashes, the plan (written first)
  logs/*.eval       plain Inspect logs, one for each model and check
  checks.parquet    one row an item (see `COLUMNS`)
  behaviours/       a run directory as `offswitch run` writes it, where behaviours are measured too
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl
from inspect_ai import Task
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import Model
from pydantic import BaseModel, ConfigDict

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.embedded import EmbeddedAPI
from offswitch.models.server import stop
from offswitch.running.access import open_model, resolve
from offswitch.running.begun import begin, begun
from offswitch.running.directory import RunDirectory, write_whole
from offswitch.running.evaluating import evaluate, one_line, quieten
from offswitch.running.execute import at_once
from offswitch.running.manifest import Versions, adapters_on, versions_here
from offswitch.running.preflight import check_machine
from offswitch.running.request import Request
from offswitch.running.run import Sitting, run
from offswitch.training.checks.external import external_task
from offswitch.training.checks.items import CHECKS, Part, make_items
from offswitch.training.checks.tasks import check_task
from offswitch.training.rollouts.api import TorchAPI

RECORD = "checks.json"
KEY = "offswitch_check"

COLUMNS: dict[str, type[pl.DataType]] = {
    "model": pl.String,
    "check": pl.String,
    "seed": pl.Int64,
    "right": pl.Float64,
    "messages": pl.Int64,
    "invalid": pl.Int64,
    "tokens_out": pl.Int64,
    "error": pl.String,
}
"""`seed` is the item's place in the check; `right` is null where the item failed (see `error`), which is no result;
`messages` and `invalid`, on a machine only, count the model's messages and those that were no act."""


class Plan(BaseModel):
    """What is measured of each model."""

    model_config = ConfigDict(frozen=True)

    checks: tuple[str, ...] = tuple(CHECKS)
    external: tuple[str, ...] = ()
    """Inspect's tasks by name, such as `inspect_evals/gsm8k`."""
    items: int = 100
    """Of each check."""
    seed: int = 1
    part: Part = Part.TEST
    turns: int = 6
    """The most messages of an episode on a machine."""
    temperature: float | None = 0.0
    """None: the provider's default."""
    backend: str = "native"


class Record(BaseModel):
    """What is in checks.json."""

    model_config = ConfigDict(frozen=True)

    format: Literal["offswitch-checks-1"] = "offswitch-checks-1"
    models: tuple[str, ...]
    adapters: dict[str, str]
    plan: Plan
    versions: Versions


@dataclass(frozen=True)
class Measured:
    """Where the results are."""

    directory: Path
    rows: pl.DataFrame
    """See `COLUMNS`."""
    run: Path | None
    """The run directory of the behaviours, where some were asked for."""


def measure(
    models: Sequence[str],
    directory: Path,
    plan: Plan,
    *,
    behaviours: Request | None = None,
    parallel: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Measures models, or goes on with it.

    Args:
        models: As `--model` takes them.
        directory: A new folder, or the one of the same measurement.
        plan: What is measured of each.
        behaviours: What `offswitch run` is to measure of the same models, with their names in it.
        parallel: Items at once.
        say: Tells the person something.

    Raises:
        InputError: a name means nothing, or the folder holds another measurement.
        EnvironmentProblem: a model, a package or the machine is not ready, or the disk is full.
    """
    names = tuple(resolve(name) for name in models)
    record = Record(models=names, adapters=adapters_on(names), plan=plan, versions=versions_here())
    tasks = {name: _tasks(plan) for name in names}
    opened = {
        name: open_model(
            name,
            base_url=None,
            arguments={},
            temperature=plan.temperature,
            connections=at_once(name, parallel),
            price=None,
        ).model
        for name in names
    }
    if any(CHECKS[name].on_machine or name == "programs" for name in plan.checks):
        check_machine(plan.backend)
    _begin(directory, record)
    done = _done(directory)
    for name in names:
        for check, task in tasks[name].items():
            if (name, check) not in done:
                say(f"{name}: {check}, {plan.items} items")
                _evaluate(task, name, check, opened[name], directory, at_once(name, parallel), plan)
        _free(opened[name])
    rows = _rows(directory)
    write_whole(directory / "checks.parquet", _parquet(rows))
    folder = None
    if behaviours is not None:
        folder = run(behaviours, RunDirectory(directory / "behaviours"), Sitting(parallel=parallel, say=say)).directory
    return Measured(directory, rows, folder)


def read_checks(directory: Path) -> pl.DataFrame:
    """The rows of a measurement.

    Raises:
        InputError: there are none.
    """
    try:
        return pl.read_parquet(directory / "checks.parquet")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{directory} holds no checks.parquet that can be read: measure first") from error


def _tasks(plan: Plan) -> dict[str, Task]:
    own = {
        name: check_task(
            name,
            make_items(name, part=plan.part, count=plan.items, seed=plan.seed),
            turns=plan.turns,
            backend=plan.backend,
        )
        for name in plan.checks
    }
    return own | {name: external_task(name) for name in plan.external}


def _begin(directory: Path, record: Record) -> None:
    before = begun(directory, RECORD, Record, "measurement")
    if before is None:
        begin(directory, RECORD, record, "logs")
        return
    for field in ("models", "adapters", "plan"):
        if getattr(before, field) != getattr(record, field):
            raise InputError(f"{directory} was begun with other {field}: use the same, or another folder")


def _logs(directory: Path) -> list[EvalLog]:
    """The headers of the logs of checks that came to their end, oldest first."""
    found = []
    for path in sorted((directory / "logs").glob("*.eval")):
        try:
            log = read_eval_log(str(path), header_only=True)
        except Exception:
            # Half a log, of a process that was killed: its check is done again.
            continue
        if log.status == "success" and KEY in (log.eval.metadata or {}):
            found.append(log)
    return found


def _done(directory: Path) -> set[tuple[str, str]]:
    marks = [(log.eval.metadata or {})[KEY] for log in _logs(directory)]
    return {(mark["model"], mark["check"]) for mark in marks}


def _evaluate(task: Task, name: str, check: str, model: Model, directory: Path, at_most: int, plan: Plan) -> None:
    quieten()
    task.metadata = {**(task.metadata or {}), KEY: {"model": name, "check": check}}
    (log,) = asyncio.run(
        evaluate(
            task,
            model=model,
            limit=plan.items,
            log_dir=str(directory / "logs"),
            log_format="eval",
            log_level="error",
            max_samples=at_most,
        )
    )
    if log.status != "success":
        detail = one_line(log.error.message if log.error else log.status)
        raise EnvironmentProblem(f"{name}: the check {check} failed as a whole: {detail}")


def _free(model: Model) -> None:
    """Frees a model that is computed here: several of them would not fit a small computer together."""
    if isinstance(model.api, EmbeddedAPI):
        stop(model.api.settings)
    if isinstance(model.api, TorchAPI):
        model.api.unload()


def _rows(directory: Path) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for header in _logs(directory):
        mark = (header.eval.metadata or {})[KEY]
        log = read_eval_log(header.location)
        for place, sample in enumerate(log.samples or (), start=1):
            score = next(iter((sample.scores or {}).values()), None)
            meta = (score.metadata if score else None) or {}
            right = _number(score.value) if score is not None and sample.error is None else None
            rows.append(
                {
                    "model": mark["model"],
                    "check": mark["check"],
                    "seed": int(sample.id) if str(sample.id).isdigit() else place,
                    "right": right,
                    "messages": meta.get("messages"),
                    "invalid": meta.get("invalid"),
                    "tokens_out": sum(usage.output_tokens for usage in sample.model_usage.values()),
                    "error": sample.error.message if sample.error else None,
                }
            )
    return pl.DataFrame(rows, schema=COLUMNS)


_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


def _number(value: object) -> float | None:
    """A score's value: Inspect's letters, a truth value or a number from 0 to 1; None for anything else."""
    if isinstance(value, str):
        return _LETTERS.get(value)
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _parquet(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    return buffer.getvalue()
