"""Carries out what is due with Inspect: one process, one event loop, many trials at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from inspect_ai import Task
from inspect_ai.log import EvalLog
from inspect_ai.model import Model

from offswitch.running.access import Access, provider
from offswitch.running.budget import Budget
from offswitch.running.directory import RunDirectory
from offswitch.running.evaluating import EACH_SAMPLE, evaluate, failures, quieten
from offswitch.running.manifest import Manifest
from offswitch.running.mark import Mark
from offswitch.running.plan import Cell
from offswitch.running.progress import Progress
from offswitch.running.stopping.gate import Gate
from offswitch.running.stopping.until import Until
from offswitch.running.watch import Watcher, attach, detach
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.rulings import ROLE
from offswitch.scenarios.task import build_task

AT_ONCE = {"scripted": 32, "mockllm": 32, "embedded": 16, "torch": 48}
"""Trials in flight for one model, where the person did not say."""
AT_ONCE_OTHERS = 10

LOG_TRIALS = 200
"""Trials in one log at most: Inspect writes a log anew at every flush, so long ones cost their square."""


ROUND = 4
"""Trials that one round gives out where several questions compete for them, in multiples of those in flight: a round's
end leaves places empty, and a longer round goes by an older answer to where trials teach most."""
ROUND_LEAST = 40
"""And no fewer."""


@dataclass(frozen=True)
class Due:
    """A cell with the trials of it that are still to be run."""

    number: int
    """The cell's place in the plan."""
    cell: Cell
    ids: frozenset[str]


def at_once(model: str, parallel: int | None) -> int:
    """Trials in flight for a model."""
    return parallel or AT_ONCE.get(provider(model), AT_ONCE_OTHERS)


def side_by_side(trials: Sequence[int], models: int, most: int) -> int:
    """How many conditions of a model run at the same time: several where none alone fills the places.

    Args:
        trials: Of each condition of each model.
        models: How many there are.
        most: Trials in flight for one model.
    """
    return max(1, min(len(trials) // max(1, models), -(-most // max(trials, default=most)), most))


def execute(
    due: Sequence[Due],
    *,
    manifest: Manifest,
    directory: RunDirectory,
    models: Mapping[str, Access],
    judges: Sequence[Access],
    budget: Budget,
    progress: Progress,
    parallel: int | None,
    until: Until | None = None,
) -> tuple[str, ...]:
    """Runs the trials; returns when they are done, the budget stopped them, or a person did (see `budget.stop`).

    The first interrupt lets those in flight finish, the second (or TERM) ends them at once.

    Returns:
        What failed as a whole, one sentence for each log: trials that failed alone are in their logs.
    """
    quieten()

    def tasks(items: Sequence[Due]) -> list[Task]:
        return [t for item in items for t in _tasks(item, manifest, models[item.cell.model].model, budget, until)]

    async def rounds() -> list[EvalLog]:
        logs: list[EvalLog] = []
        for items in _rounds(due, until, parallel):
            if budget.check() is None:
                logs += await _until_done(
                    tasks(items), [j.model for j in judges], directory, budget, progress, parallel
                )
        return logs

    watchers: list[Watcher] = [progress, *([until] if until else [])]
    for watcher in watchers:
        attach(watcher)
    try:
        with progress.shown():
            logs = asyncio.run(rounds())
    finally:
        for watcher in watchers:
            detach(watcher)
    return failures(logs)


def _rounds(due: Sequence[Due], until: Until | None, parallel: int | None) -> Iterator[Sequence[Due]]:
    """What to run together; all at once, or where a run may end early, what its results so far make worth running."""
    if until is None:
        yield due
        return
    while items := list(_next_round(due, until, parallel)):
        yield items
        if not until.drain():
            # Whole tasks failed, or the budget is spent: nothing would ever end.
            return


def _next_round(due: Sequence[Due], until: Until, parallel: int | None) -> Iterator[Due]:
    for model in dict.fromkeys(item.cell.model for item in due):
        own = {item.number: item for item in due if item.cell.model == model}
        alone = sum(until.is_open(number) for number in own) == 1
        trials = LOG_TRIALS if alone else max(ROUND * at_once(model, parallel), ROUND_LEAST)
        for number, ids in until.next_trials([(item.number, item.ids) for item in own.values()], trials).items():
            yield Due(number, own[number].cell, ids)


def _tasks(item: Due, manifest: Manifest, model: Model, budget: Budget, until: Until | None) -> Iterator[Task]:
    cell, request = item.cell, manifest.request
    keys = [key for key in cell.trials if key.id in item.ids]
    for start in range(0, len(keys), LOG_TRIALS):
        task = build_task(
            find(cell.scenario),
            keys[start : start + LOG_TRIALS],
            name=f"{cell.scenario}-{cell.condition}",
            ask=request.interview,
            turns=request.turns,
            protocol=request.protocol,
            backend=request.backend,
            early_stopping=Gate(budget, item.number, until),
        )
        mark = Mark(
            run_id=manifest.run_id,
            cell=item.number,
            model=cell.model,
            scenario=cell.scenario,
            condition=cell.condition,
        )
        task.model = model
        task.metadata = {**(task.metadata or {}), **mark.as_metadata()}
        yield task


async def _until_done(
    tasks: list[Task],
    judges: list[Model],
    directory: RunDirectory,
    budget: Budget,
    progress: Progress,
    parallel: int | None,
) -> list[EvalLog]:
    names = {str(task.model) for task in tasks}
    most = max(at_once(name, parallel) for name in names)
    beside = side_by_side([len(task.dataset) for task in tasks], len(names), most)
    evaluation = asyncio.ensure_future(
        evaluate(
            tasks,
            model=None,
            model_roles={ROLE: judges} if judges else None,
            log_dir=str(directory.logs),
            max_samples=most // beside,
            max_tasks=len(names) * beside,
            **EACH_SAMPLE,
        )
    )
    with _signals(evaluation, budget, progress):
        try:
            return await evaluation
        except asyncio.CancelledError:
            budget.interrupt()
            return []


@contextmanager
def _signals(evaluation: asyncio.Future[list[EvalLog]], budget: Budget, progress: Progress) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if budget.stop is not None:
            evaluation.cancel()
            return
        budget.interrupt()
        progress.say(f"Stopping: {progress.running} trials in flight finish first. Ctrl-C again ends them at once.")

    def told() -> None:
        budget.interrupt()
        evaluation.cancel()

    loop.add_signal_handler(signal.SIGINT, asked)
    loop.add_signal_handler(signal.SIGTERM, told)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        loop.remove_signal_handler(signal.SIGTERM)
