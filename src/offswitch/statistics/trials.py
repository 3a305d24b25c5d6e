"""Runs' trials as one checked table: what cannot be used is refused in one line, or counted and named.

A row of the table: `run "runs/a", model "openai/o3", scenario "shutdown", version "1-A", condition "palisade-a",
surface "ledger-sums", seed 3, outcome "resisted", factor_permission "none", ...`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from offswitch.errors import InputError
from offswitch.verdicts.outcome import Outcome

FACTOR_PREFIX = "factor_"
"""Columns that hold a factor's level."""

IDENTITY = ("run", "model", "scenario", "condition", "surface", "seed")
"""What makes a trial the same trial."""

_NEEDED = ("model", "scenario", "version", "condition", "surface", "seed", "outcome")
_WANTED = ("run_id", "preset", "split", "tasks_answered", "tasks_correct")
_TEXTS = ("model", "scenario", "version", "condition", "surface", "outcome", "run_id", "preset", "split")


@dataclass(frozen=True)
class Excluded:
    """Trials that a number does not rest on, and why: always shown beside the number."""

    run: str
    why: str
    trials: int

    def __str__(self) -> str:
        return f"{self.run}: {self.trials:,} {'trial' if self.trials == 1 else 'trials'} left out: {self.why}"


@dataclass(frozen=True)
class Trials:
    """The trials of one or more runs, checked."""

    frame: pl.DataFrame
    """One row a trial: `run`, the columns named above, and `factor_NAME` for every factor of any of the scenarios."""
    excluded: tuple[Excluded, ...] = ()
    """Rows that could not be used."""

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs, in the order given."""
        return tuple(self.frame["run"].unique(maintain_order=True))

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors that the table has columns for."""
        return tuple(c.removeprefix(FACTOR_PREFIX) for c in self.frame.columns if c.startswith(FACTOR_PREFIX))

    @property
    def unusable(self) -> int:
        """Rows that were left out because they show nothing: as bad as malfunctions."""
        return sum(excluded.trials for excluded in self.excluded)

    def only(self, **columns: str | None) -> Trials:
        """The trials whose columns have these values; None leaves a column free.

        Raises:
            InputError: there are none.
        """
        frame = self.frame
        for name, value in columns.items():
            if value is None:
                continue
            kept = frame.filter(pl.col(name) == value)
            if kept.is_empty():
                known = ", ".join(map(str, frame[name].unique(maintain_order=True)))
                raise InputError(f"no trial has the {name} {value!r}: choose from {known}")
            frame = kept
        return replace(self, frame=frame)

    def of_run(self, run: str) -> Trials:
        """The trials of one of the runs, with what was left out of it.

        Raises:
            InputError: there are none.
        """
        frame = self.frame.filter(pl.col("run") == run)
        if frame.is_empty():
            raise InputError(f"{run} holds no trials of what was asked for: choose another run or behaviour")
        return Trials(frame, tuple(excluded for excluded in self.excluded if excluded.run == run))

    def counted(self, events: Collection[Outcome]) -> Counted:
        """The trials that reached the deciding moment, each an event or not.

        Args:
            events: The outcomes that count as the event.
        """
        reached = [outcome.value for outcome in Outcome if outcome.reached]
        frame = self.frame.filter(pl.col("outcome").is_in(reached)).with_columns(
            pl.col("outcome").is_in([event.value for event in events]).cast(pl.Int64).alias("event")
        )
        return Counted(frame, tuple(events), (*self.excluded, *_not_reached(self.frame)))


@dataclass(frozen=True)
class Counted:
    """The trials that rates are made of."""

    frame: pl.DataFrame
    """As in `Trials`, with `event` (0 or 1); only trials that reached the deciding moment."""
    events: tuple[Outcome, ...]
    excluded: tuple[Excluded, ...]
    """All that the rates do not rest on: unusable rows, and trials that did not reach the deciding moment."""


def read_trials(tables: Mapping[str, Path]) -> Trials:
    """The trials of runs.

    Args:
        tables: Name of each run, as it is to be shown, and its trials.parquet.

    Raises:
        InputError: a table cannot be read or is empty; versions are mixed; one trial has two results; one condition
            stands for different levels.
    """
    frames = [_read(run, path) for run, path in tables.items()]
    return check_trials(pl.concat(frames, how="diagonal_relaxed"))


def check_trials(frame: pl.DataFrame) -> Trials:
    """Checks a table that has a column `run` beside those of trials.parquet.

    Raises:
        InputError: as `read_trials`.
    """
    known = {outcome.value for outcome in Outcome}
    strange = frame.filter(pl.col("outcome").is_not_null() & ~pl.col("outcome").is_in(list(known)))
    if not strange.is_empty():
        raise InputError(
            f"{strange['run'][0]} has the unknown outcome {strange['outcome'][0]!r} ({strange.height} rows): "
            "it was not written by this version of Offswitch"
        )
    excluded: list[Excluded] = []
    bare = pl.any_horizontal(pl.col(c).is_null() for c in _NEEDED)
    excluded += _count(frame.filter(bare), "a column that identifies the trial, or its outcome, has no value")
    frame = frame.filter(~bare)
    versions = frame.select("run", "scenario", "version").unique(maintain_order=True)
    for run in versions["run"].unique(maintain_order=True):
        _one_version(versions.filter(pl.col("run") == run), str(run))
    _one_version(versions, "the runs together")
    _same_levels(frame)
    if frame.select(IDENTITY).hash_rows().n_unique() == frame.height:
        return Trials(frame.drop("run_id"), tuple(excluded))
    single = frame.unique(maintain_order=True)
    if single.height < frame.height:
        counts = frame.group_by("run").len().join(single.group_by("run").len(), on="run", suffix="_kept")
        excluded += [
            Excluded(row["run"], "the same row is there already", row["len"] - row["len_kept"])
            for row in counts.sort("run").iter_rows(named=True)
            if row["len"] > row["len_kept"]
        ]
    _one_result(single)
    return Trials(single.drop("run_id"), tuple(excluded))


def _read(run: str, path: Path) -> pl.DataFrame:
    try:
        lazy = pl.scan_parquet(path)
        names = lazy.collect_schema().names()
    except (OSError, pl.exceptions.PolarsError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} cannot be read: {first}") from error
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError(f"{path} lacks the column {missing[0]!r}: it was not written by this version of Offswitch")
    wanted = [*_NEEDED, *(n for n in _WANTED if n in names), *(n for n in names if n.startswith(FACTOR_PREFIX))]
    # Two attempts at one trial differ in what they took: with the name of the log, true repeats stay apart.
    tell_apart = [n for n in ("log", "seconds", "tokens_in", "tokens_out") if n in names]
    try:
        frame = lazy.select(*wanted, *tell_apart).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} cannot be read: {first}") from error
    if frame.is_empty():
        raise InputError(f"{path} holds no trials: run the command of {run} again to go on")
    return _typed(frame, run, path)


def _typed(frame: pl.DataFrame, run: str, path: Path) -> pl.DataFrame:
    texts = [c for c in frame.columns if c in _TEXTS or c.startswith(FACTOR_PREFIX)]
    numbers = [c for c in ("seed", "tasks_answered", "tasks_correct") if c in frame.columns]
    for name in numbers:
        column = frame[name]
        if column.dtype.is_float():
            # NaN is no number: it becomes a missing value, which is then counted. 1.5 is a fault of the file.
            frame = frame.with_columns(pl.col(name).fill_nan(None))
            rest = frame[name].drop_nulls()
            if ((rest % 1) != 0).any() or rest.is_infinite().any():
                raise InputError(f"{path} has a bad value in column {name!r}: whole numbers are needed")
    try:
        frame = frame.with_columns(
            *(pl.col(c).cast(pl.String) for c in texts), *(pl.col(c).cast(pl.Int64) for c in numbers)
        )
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} has a bad value: {(str(error).splitlines() or ['?'])[0]}") from error
    absent = [pl.lit(None, pl.String).alias(n) for n in ("run_id", "preset", "split") if n not in frame.columns]
    absent += [pl.lit(None, pl.Int64).alias(n) for n in ("tasks_answered", "tasks_correct") if n not in frame.columns]
    return frame.with_columns(pl.lit(run).alias("run"), *absent)


def _one_version(frame: pl.DataFrame, where: str) -> None:
    for scenario in frame["scenario"].unique(maintain_order=True):
        versions = list(dict.fromkeys(frame.filter(pl.col("scenario") == scenario)["version"]))
        if len({version.partition("-")[0] for version in versions}) > 1:
            raise InputError(
                f"{where} {'mix' if where.startswith('the') else 'mixes'} {scenario} {' and '.join(sorted(versions))}: "
                "results whose version numbers differ are not comparable; use runs of one version"
            )


def _same_levels(frame: pl.DataFrame) -> None:
    factors = [c for c in frame.columns if c.startswith(FACTOR_PREFIX)]
    conditions = frame.select("run", "scenario", "condition", *factors).unique(maintain_order=True)
    distinct = conditions.drop("run").unique(maintain_order=True)
    twice = distinct.filter(pl.struct("scenario", "condition").is_duplicated())
    if twice.is_empty():
        return
    scenario, condition = twice["scenario"][0], twice["condition"][0]
    rows = twice.filter((pl.col("scenario") == scenario) & (pl.col("condition") == condition))
    for name in factors:
        levels = sorted(rows[name].fill_null("not given").unique())
        if len(levels) > 1:
            raise InputError(
                f"the condition {condition} of {scenario} is not one prompt: {name.removeprefix(FACTOR_PREFIX)} is "
                f"{' here and '.join(levels)} there; compare runs of the same conditions"
            )


def _one_result(frame: pl.DataFrame) -> None:
    """Of a run, a trial has one row; plain logs (no run_id) may repeat a trial: epochs."""
    twice = frame.filter(pl.col("run_id").is_not_null())
    twice = twice.filter(pl.struct(*IDENTITY).is_duplicated())
    if not twice.is_empty():
        row = twice.row(0, named=True)
        raise InputError(
            f"{row['run']} holds two different results of one trial ({row['model']}, {row['condition']}, "
            f"{row['surface']}, seed {row['seed']}; {twice.height} such rows): its trials.parquet is damaged, "
            "delete it and run offswitch report on the folder"
        )


def _count(frame: pl.DataFrame, why: str) -> Iterator[Excluded]:
    for run, number in frame.group_by("run", maintain_order=True).len().iter_rows():
        yield Excluded(run, why, number)


_WHY: Sequence[tuple[Outcome, str]] = (
    (Outcome.UNREACHED, "unreached: the deciding moment never came"),
    (Outcome.REFUSED, "refused: it declined to take part"),
    (Outcome.MALFUNCTION, "malfunction: harness, tool, provider or judge failed"),
)


def _not_reached(frame: pl.DataFrame) -> Iterator[Excluded]:
    for outcome, why in _WHY:
        yield from _count(frame.filter(pl.col("outcome") == outcome.value), why)
