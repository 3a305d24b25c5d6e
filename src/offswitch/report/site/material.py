"""What a site is made of: some runs, read once, their trials in one table and each with an id of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from offswitch.errors import InputError
from offswitch.report.cells import Cell, count_cells
from offswitch.report.run import Run, TrialRow, read_run
from offswitch.scenarios.catalogue import find
from offswitch.visible import one_line

FACTOR_PREFIX = "factor_"
_SHOWN = {
    "aware": pl.Boolean,
    "reason": pl.String,
    "ending": pl.String,
    "turns": pl.Int64,
    "commands": pl.Int64,
    "tasks_answered": pl.Int64,
    "tasks_correct": pl.Int64,
    "tokens_in": pl.Int64,
    "tokens_out": pl.Int64,
    "judge_tokens_in": pl.Int64,
    "judge_tokens_out": pl.Int64,
    "cost": pl.Float64,
    "seconds": pl.Float64,
    "log": pl.String,
    "sample_id": pl.String,
    "run_id": pl.String,
}
"""Columns that older tables and those of other origin may lack."""


@dataclass(frozen=True)
class SiteRun:
    """One of the runs."""

    label: str
    """What it is called on the site: unique among the runs."""
    run: Run
    cells: tuple[Cell, ...]

    @property
    def created(self) -> str:
        """When it was begun, to the minute; empty where nothing says so."""
        value = self.run.manifest.get("created")
        return str(value)[:16].replace("T", " ") if value else ""

    @property
    def tools(self) -> str:
        """What it was made with, as its last sitting says; empty where nothing says so."""
        sessions = self.run.manifest.get("sessions")
        last = sessions[-1] if isinstance(sessions, list) and sessions else None
        versions = last.get("versions") if isinstance(last, dict) else None
        if not isinstance(versions, dict):
            return ""
        named = (("Offswitch", versions.get("offswitch")), ("Inspect", versions.get("inspect_ai")))
        return ", ".join(f"{name} {version}" for name, version in named if version)


@dataclass(frozen=True)
class SiteTrial:
    """One trial of one of the runs."""

    id: str
    """Twelve hexadecimal digits, the same whenever the site is built again."""
    run: SiteRun
    row: TrialRow


@dataclass(frozen=True)
class Material:
    """The runs and all their trials."""

    runs: tuple[SiteRun, ...]
    """In the order given: the last is the newest, and the one before it what it is held against."""
    frame: pl.DataFrame
    """One row a trial, run after run: the columns of trials.parquet (null where a table lacks one), `run` (its label),
    `id` and `reached`."""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The behaviours, in the order of their names."""
        return tuple(sorted(self.frame["scenario"].unique()))

    @property
    def models(self) -> tuple[str, ...]:
        """The models, as they first occur."""
        return tuple(self.frame["model"].unique(maintain_order=True))

    @property
    def versions(self) -> str:
        """The versions behind every number, as a sentence."""
        pairs = self.frame.select("scenario", "version").unique(maintain_order=True).sort("scenario", "version")
        behaviours = ", ".join(f"{scenario} {version}" for scenario, version in pairs.iter_rows())
        tools = "; ".join(dict.fromkeys(run.tools for run in self.runs if run.tools))
        return f"Versions: {behaviours}{f'; {tools}' if tools else ''}."

    def versions_of(self, scenario: str) -> str:
        """The same for one behaviour."""
        own = self.frame.filter(pl.col("scenario") == scenario)["version"].unique(maintain_order=True)
        tools = "; ".join(dict.fromkeys(run.tools for run in self.runs if run.tools))
        return f"Version{'s' if own.len() > 1 else ''}: {', '.join(own)}{f'; {tools}' if tools else ''}."

    def title(self, scenario: str) -> str:
        """What a behaviour is called."""
        try:
            return find(scenario).title
        except InputError:
            return scenario

    def trials(self) -> Iterator[SiteTrial]:
        """Every trial, in the order of the table."""
        ids = iter(self.frame["id"])
        for run in self.runs:
            for row in run.run.trials:
                yield SiteTrial(next(ids), run, row)


def read_material(directories: Sequence[Path]) -> Material:
    """Reads the runs.

    Raises:
        InputError: one of them cannot be read or holds no trials.
    """
    labels = _labels(directories)
    runs = []
    for directory, label in zip(directories, labels, strict=True):
        run = read_run(directory)
        runs.append(SiteRun(label, run, count_cells(run.trials, looked=run.looked)))
    frames = [_frame(each) for each in runs]
    return Material(tuple(runs), pl.concat(frames, how="diagonal_relaxed"))


def _labels(directories: Sequence[Path]) -> list[str]:
    """The last part of each path, or as many parts as tell them apart."""
    parts = [directory.resolve().parts for directory in directories]
    for count in range(1, max(map(len, parts)) + 1):
        labels = ["/".join(each[-count:]) for each in parts]
        if len(set(labels)) == len(labels):
            return [one_line(label, 80) for label in labels]
    return [f"{one_line(each[-1], 70)} {number}" for number, each in enumerate(parts, start=1)]


def _frame(run: SiteRun) -> pl.DataFrame:
    frame = pl.read_parquet(run.run.directory / "trials.parquet")
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _SHOWN.items() if name not in frame.columns]
    reached = [row.outcome.reached for row in run.run.trials]
    return frame.with_columns(
        *absent,
        pl.lit(run.label).alias("run"),
        pl.Series("id", _ids(run)),
        pl.Series("reached", reached),
    )


def _ids(run: SiteRun) -> list[str]:
    """From what makes a trial the same trial; a number is added where a table holds one twice."""
    seen: dict[str, int] = {}
    ids = []
    whole = str(run.run.manifest.get("run_id") or "")
    for row in run.run.trials:
        source = whole or f"{row.log}"
        key = "\0".join(
            (source, row.model, row.scenario, row.condition, row.surface, str(row.seed), row.sample_id or "")
        )
        again = seen[key] = seen.get(key, 0) + 1
        text = key if again == 1 else f"{key}\0{again}"
        ids.append(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest())
    return ids
