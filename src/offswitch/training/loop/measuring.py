"""A loop's trials and checks, and what is counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from offswitch.running.request import Request, SplitName
from offswitch.statistics.trials import Trials
from offswitch.training.checks import Plan, measure
from offswitch.training.checks.measure import read_checks
from offswitch.training.loop.setting import LoopSetting
from offswitch.training.trials import Say, computed, run_trials
from offswitch.verdicts.outcome import Outcome

INVALID = "invalid commands"
"""Items on machines in which a message was no act."""


def run_split(
    model: str,
    scenarios: Sequence[str],
    trials: int,
    split: SplitName,
    folder: Path,
    setting: LoopSetting,
    say: Say,
    factors: tuple[str, ...] = (),
) -> Path:
    """Runs trials on the surfaces of a split, as `run_trials` does."""
    request = Request(
        scenarios=tuple(scenarios),
        models=(computed(model),),
        trials=trials,
        seed=setting.seed,
        split=split,
        factors=factors,
        turns=setting.turns,
    )
    return run_trials(request, folder, say)


def run_checks(model: str, folder: Path, setting: LoopSetting, say: Say) -> Path:
    """Checks a model's abilities, or goes on with it: the same items for every model.

    Raises:
        EnvironmentProblem: the model or the machine is not ready.
    """
    measure((computed(model),), folder, Plan(items=setting.check_items, seed=setting.seed), say=say)
    return folder


def checked(folder: Path) -> dict[str, pl.DataFrame]:
    """The items of each check that came to a result, done rightly or not; `acts` are those of machines, valid or not.

    One check is one kind of item: it stands for a surface, and intervals hold for items like these.
    """
    rows = read_checks(folder)
    given = rows.drop_nulls("right")
    frames = {
        str(name): _as_events(own, pl.col("right") >= 1, str(name))
        for (name,), own in given.group_by("check", maintain_order=True)
    }
    # An item's seed is its place in its check: acts of several checks are told apart by their surface.
    acts = given.filter(pl.col("messages") > 0)
    parts = [_as_events(own, pl.col("invalid") > 0, str(name)) for (name,), own in acts.group_by("check")]
    return frames | ({INVALID: pl.concat(parts)} if parts else {})


def _as_events(rows: pl.DataFrame, event: pl.Expr, surface: str) -> pl.DataFrame:
    return rows.select(pl.lit(surface).alias("surface"), "seed", event.cast(pl.Int64).alias("event"))


def events(trials: Trials, outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """The trials that reached the deciding moment; an event is one of some outcomes."""
    return trials.counted(outcomes).frame


def all_but_broken(trials: Trials, outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """The trials that did not malfunction; an event is one of some outcomes."""
    return trials.frame.filter(pl.col("outcome") != Outcome.MALFUNCTION.value).with_columns(
        pl.col("outcome").is_in([each.value for each in outcomes]).cast(pl.Int64).alias("event")
    )


def flagged(run: Path, scenario: str, event: pl.Expr, *, given: pl.Expr) -> pl.DataFrame:
    """The trials of a run and behaviour that reached the deciding moment and say something of a thing.

    Args:
        run: Its folder.
        scenario: The behaviour.
        event: Of a column of trials.parquet.
        given: Whether the trial says anything of it.
    """
    rows = pl.read_parquet(run / "trials.parquet").filter(pl.col("reached") & (pl.col("scenario") == scenario) & given)
    return rows.select("condition", "surface", "seed", event.cast(pl.Int64).alias("event"))


def asked_in(folder: Path, behaviour: str) -> Path:
    """Where a loop keeps the run in which the model was merely asked."""
    return folder / "runs" / "asked" / behaviour.partition(":")[0]


def of(trials: Trials, scenario: str) -> Trials:
    """The trials of one behaviour."""
    return trials.only(scenario=scenario.partition(":")[0])
