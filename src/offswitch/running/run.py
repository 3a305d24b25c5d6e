"""A run from beginning to end, and again from where it stopped."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from operator import add
from pathlib import Path

from inspect_ai.model import ModelCost
from pydantic import JsonValue

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.access import Access, open_judge, open_model, provider
from offswitch.running.beginning import first_manifest, same_again
from offswitch.running.budget import Budget, Stop
from offswitch.running.collect import collect
from offswitch.running.directory import RunDirectory, write_whole
from offswitch.running.estimate import Estimate, estimate, in_words, judging
from offswitch.running.execute import Due, at_once, execute
from offswitch.running.ledger import Ledger, read_ledger
from offswitch.running.manifest import Caps, Manifest, Session, versions_here
from offswitch.running.plan import Plan, make_plan
from offswitch.running.preflight import check_machine
from offswitch.running.progress import Progress
from offswitch.running.request import Request
from offswitch.running.stopping.baseline import baseline
from offswitch.running.stopping.until import Until
from offswitch.running.summary import Summary, summarise
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.scenario import no_questions
from offswitch.statistics.sequential import Counts, Criterion

TRIAL_BYTES = 200_000
"""Room a trial's log may take, twice over: Inspect writes the new log beside the old one."""


@dataclass(frozen=True)
class Sitting:
    """How this session runs: nothing here changes which trials there are."""

    caps: Caps = field(default_factory=Caps)
    until: Criterion | None = None
    """What each cell is to find out, after which it needs no more trials."""
    parallel: int | None = None
    model_args: Mapping[str, JsonValue] = field(default_factory=dict)
    """As given, secrets included: never written down."""
    prices: Mapping[str, ModelCost] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None
    """Tells the person something."""
    agree: Callable[[Estimate], bool] = lambda _: True
    """Asks the person whether to spend that; called only where it costs something."""


@dataclass(frozen=True)
class Result:
    """Where a session left the run."""

    directory: Path
    summary: Summary
    failures: tuple[str, ...] = ()
    """What failed as a whole."""


def run(request: Request, directory: RunDirectory, sitting: Sitting) -> Result:
    """Begins the run in a directory, or goes on with it.

    Raises:
        InputError: the request means nothing, or differs from the one the directory was begun with.
        EnvironmentProblem: a model, the machine or the disk is not ready.
    """
    plan = make_plan(request)
    resumed = directory.exists()
    manifest = (
        same_again(directory.manifest(), request, plan, directory.path) if resumed else first_manifest(request, plan)
    )
    _priced(request, sitting)
    others = _others(sitting, manifest, directory)
    models = {name: _open(name, request, sitting) for name in request.models}
    judges = tuple(_open_judge(name, sitting) for name in request.judges)
    _say_whether_judged(request, plan, sitting)
    lower_hash = check_machine(request.backend)
    manifest = manifest.model_copy(update={"sessions": (*manifest.sessions, _session(sitting, lower_hash))})
    if not resumed:
        _agreed(
            _estimate(_due(plan, manifest, Ledger()), models, judges, request, sitting),
            (*models.values(), *judges),
            sitting,
        )
        _room(directory, plan.trials)
        directory.create()
    with directory.locked():
        directory.sweep()
        ledger = read_ledger(directory, manifest.run_id)
        for note in ledger.notes:
            sitting.say(note)
        due = _due(plan, manifest, ledger)
        if resumed:
            sitting.say(
                f"Going on with {directory.path}: {plan.trials - _count(due)} of {plan.trials} trials are done."
            )
            if due:
                _agreed(_estimate(due, models, judges, request, sitting), (*models.values(), *judges), sitting)
        _room(directory, _count(due))
        directory.write_manifest(manifest)
        until = Until(sitting.until, manifest.plan, ledger, others) if sitting.until else None
        return _carry_out(due, manifest, directory, models, judges, ledger, sitting, until)


def _carry_out(
    due: tuple[Due, ...],
    manifest: Manifest,
    directory: RunDirectory,
    models: Mapping[str, Access],
    judges: tuple[Access, ...],
    ledger: Ledger,
    sitting: Sitting,
    until: Until | None,
) -> Result:
    budget = Budget(directory, sitting.caps, ledger.spent)
    progress = Progress(manifest.plan, ledger, budget.spent)
    failures: tuple[str, ...] = ()
    try:
        if due and budget.check() is None:
            failures = execute(
                due,
                manifest=manifest,
                directory=directory,
                models=models,
                judges=judges,
                budget=budget,
                progress=progress,
                parallel=sitting.parallel,
                until=until,
            )
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        budget.stop = Stop.DISK
    if directory.room() <= 0:
        budget.stop = Stop.DISK
    try:
        summary = settle(manifest, directory, budget, tuple(ledger.notes), until)
    except EnvironmentProblem as error:
        if budget.stop is not Stop.DISK:
            raise
        raise EnvironmentProblem(
            f"the disk is full: what {directory.path} has recorded is whole; free some space and run the same "
            "command to go on"
        ) from error
    return Result(directory.path, summary, failures)


def settle(
    manifest: Manifest, directory: RunDirectory, budget: Budget, notes: tuple[str, ...], until: Until | None = None
) -> Summary:
    """Writes trials.parquet and summary.json from what the logs hold."""
    found = collect(directory.log_paths(), manifest.run_id, root=directory.logs)
    table = found.table()
    summary = summarise(
        manifest,
        table,
        stopped=budget.stop,
        spent=budget.spent,
        notes=tuple(dict.fromkeys((*notes, *found.notes))),
        answers=tuple(until.summary(number) for number in range(len(manifest.plan))) if until else (),
    )
    write_whole(directory.trials_path, found.parquet())
    write_whole(directory.summary_path, summary.model_dump_json(indent=2).encode() + b"\n")
    return summary


def _session(sitting: Sitting, lower_hash: str | None) -> Session:
    return Session(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions_here(),
        lower_hash=lower_hash,
        caps=sitting.caps,
        parallel=sitting.parallel,
        until=sitting.until.text if sitting.until else None,
    )


def _others(sitting: Sitting, manifest: Manifest, directory: RunDirectory) -> tuple[Counts, ...]:
    """The counts that each cell is to differ from, and a word where the plan is too short for what is asked."""
    if sitting.until is None:
        return ()
    least = sitting.until.fewest()
    most = max(len(cell.trials) for cell in manifest.plan)
    if least is not None and most < least:
        sitting.say(
            f"{sitting.until.text} cannot be shown with {most} trials a condition, however they end: "
            f"it takes {least}; raise --trials"
        )
    if sitting.until.run is None:
        return ()
    other = Path(sitting.until.run)
    if other.resolve() == directory.path.resolve():
        raise InputError(f"--until {sitting.until.text!r}: {other} is this run itself; name another")
    return baseline(other, manifest.plan)


def _priced(request: Request, sitting: Sitting) -> None:
    known = dict.fromkeys((*request.models, *request.judges))
    for name in sitting.prices:
        if name not in known:
            raise InputError(f"--price {name}: that model is not in this run; name one of {', '.join(known)}")


def _open(name: str, request: Request, sitting: Sitting) -> Access:
    access = open_model(
        name,
        base_url=request.model_base_url,
        arguments=sitting.model_args,
        temperature=request.temperature,
        connections=at_once(name, sitting.parallel),
        price=sitting.prices.get(name),
    )
    return _affordable(access, sitting)


def _open_judge(name: str, sitting: Sitting) -> Access:
    access = open_judge(name, connections=at_once(name, sitting.parallel), price=sitting.prices.get(name))
    return _affordable(access, sitting)


def _say_whether_judged(request: Request, plan: Plan, sitting: Sitting) -> None:
    asking = [name for name in dict.fromkeys(cell.scenario for cell in plan.cells) if _asks(name)]
    if asking and not request.judges:
        sitting.say(
            f"No judge is named: what only a judge can decide in {', '.join(asking)} comes out as needs-judge, in no "
            "rate (add --model-role judge=MODEL)."
        )


def _asks(scenario: str) -> bool:
    return find(scenario).questions is not no_questions


def _affordable(access: Access, sitting: Sitting) -> Access:
    name = access.name
    if sitting.caps.cost is not None and not access.free and access.price is None:
        raise InputError(
            f"--limit-cost needs the price of {name}, which is not known: add --price {name}=IN,OUT "
            "(dollars per million tokens)"
        )
    return access


def _due(plan: Plan, manifest: Manifest, ledger: Ledger) -> tuple[Due, ...]:
    items = (Due(i, cell, ledger.due(manifest.plan[i])) for i, cell in enumerate(plan.cells))
    return tuple(item for item in items if item.ids)


def _count(due: tuple[Due, ...]) -> int:
    return sum(len(item.ids) for item in due)


def _estimate(
    due: tuple[Due, ...],
    models: Mapping[str, Access],
    judges: tuple[Access, ...],
    request: Request,
    sitting: Sitting,
) -> Estimate:
    judged = sum(len(item.ids) for item in due if _asks(item.cell.scenario))
    parts = (
        estimate(
            sum(len(item.ids) for item in due if item.cell.model == name),
            provider=provider(name),
            price=access.price,
            free=access.free,
            parallel=at_once(name, sitting.parallel),
            turns=request.turns,
        )
        for name, access in models.items()
    )
    rulings = (judging(judged, price=access.price, free=access.free) for access in judges)
    return reduce(add, (*parts, *rulings))


def _agreed(cost: Estimate, models: Iterable[Access], sitting: Sitting) -> None:
    if all(access.free for access in models):
        sitting.say(in_words(cost))
    elif not sitting.agree(cost):
        raise InputError("nothing was run")


def _room(directory: RunDirectory, trials: int) -> None:
    short = trials * TRIAL_BYTES - directory.room()
    if trials and short > 0:
        raise EnvironmentProblem(
            f"{directory.path}: the disk needs about {short / 1e6:.0f} MB more for {trials} trials; free some space"
        )
