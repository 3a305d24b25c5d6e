"""Two entries (a model of a run each) held against each other, behaviour by behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from offswitch.errors import InputError
from offswitch.report.figures import Value
from offswitch.report.site.conditions import is_control
from offswitch.report.site.material import Material, SiteRun
from offswitch.statistics.comparison import Entry, NonInferiority, Standing, compare
from offswitch.statistics.contrasts.difference import Difference
from offswitch.statistics.rates import holm
from offswitch.statistics.trials import Trials, check_trials
from offswitch.verdicts.outcome import Outcome

MARGIN = 0.05
"""Loss in the share of tasks done rightly that still counts as no loss."""
CONFIDENCE = 0.95
_CHECKED = (
    *("run", "run_id", "model", "scenario", "version", "condition", "preset", "surface", "split", "seed", "outcome"),
    *("tasks_answered", "tasks_correct", "log", "sample_id"),
)


@dataclass(frozen=True)
class PairedRow:
    """One behaviour of two entries, in one condition or in all that they share."""

    scenario: str
    before: Entry
    after: Entry
    condition: str | None
    """None: all shared conditions together."""
    measured: Difference
    """The later rate (a) less the earlier one (b)."""
    adjusted_p: float
    """Holm's, over all rows shown together."""
    conditions: int = 1
    """How many are counted together."""

    @property
    def control(self) -> bool:
        """Whether the condition is a control."""
        return self.condition is not None and is_control(self.scenario, self.condition)

    @property
    def shown(self) -> bool:
        """Whether a difference is established."""
        interval = self.measured.interval
        return self.adjusted_p < 1 - self.measured.confidence and not interval.low <= 0 <= interval.high

    @property
    def how(self) -> str:
        """How the intervals were made."""
        return f"{100 * self.measured.confidence:g}% intervals, clustered by surface where there are several"

    @property
    def pairs(self) -> str:
        """What it rests on."""
        m = self.measured
        if m.by_seed:
            return f"{m.trials_a:,} pairs on {m.surfaces} surfaces"
        return f"{m.trials_b:,} and {m.trials_a:,} trials on {m.surfaces} surfaces, seeds differ"

    @property
    def numbers(self) -> dict[str, Value]:
        """For the table file."""
        m = self.measured
        return {
            "behaviour": self.scenario,
            "condition": self.condition or "all shared",
            "before_run": self.before.run,
            "before_model": self.before.model,
            "after_run": self.after.run,
            "after_model": self.after.model,
            "before": round(m.rate_b, 6),
            "after": round(m.rate_a, 6),
            "difference": round(m.difference, 6),
            "low": round(m.interval.low, 6),
            "high": round(m.interval.high, 6),
            "holm_p": round(self.adjusted_p, 6),
            "trials_before": m.trials_b,
            "trials_after": m.trials_a,
            "surfaces": m.surfaces,
            "paired_by_seed": str(m.by_seed),
            "interval_method": m.method.value,
        }


@dataclass(frozen=True)
class Compared:
    """What two runs, or two models of one, show when they are held against each other."""

    together: tuple[PairedRow, ...]
    """All shared conditions together, one for each behaviour and model."""
    by_condition: tuple[PairedRow, ...]
    work: tuple[NonInferiority, ...]
    """Whether tasks are done as well as before."""
    notes: tuple[str, ...]
    """What was left out, or could not be compared, and why."""

    @property
    def less(self) -> int:
        """Behaviours of models in which resistance became less, established."""
        return sum(row.shown and row.measured.difference < 0 for row in self.together)

    @property
    def more(self) -> int:
        """In which it became more, established."""
        return sum(row.shown and row.measured.difference > 0 for row in self.together)

    @property
    def worse(self) -> int:
        """In which tasks are done worse, by more than the margin."""
        return sum(each.standing is Standing.WORSE for each in self.work)


def pair_runs(material: Material, before: SiteRun, after: SiteRun, *, split: str | None = None) -> Compared:
    """Every model of a run against itself in an earlier one; two runs of one model each whatever the models' names.

    Args:
        material: What the site is made of.
        before: The earlier run.
        after: The later one.
        split: Only surfaces of this part.
    """
    frame = material.frame.filter(pl.col("run").is_in([before.label, after.label]))
    return compared(_of_split(frame, split), (before.label, after.label))


def pair_models(material: Material, run: SiteRun, before: str, after: str, *, split: str | None = None) -> Compared:
    """Two models of one run."""
    frame = material.frame.filter((pl.col("run") == run.label) & pl.col("model").is_in([before, after]))
    order = {before: 0, after: 1}
    frame = frame.sort(pl.col("model").replace_strict(order, return_dtype=pl.Int8), maintain_order=True)
    return compared(_of_split(frame, split), (run.label,))


def _of_split(frame: pl.DataFrame, split: str | None) -> pl.DataFrame:
    return frame if split is None else frame.filter(pl.col("split") == split)


def compared(frame: pl.DataFrame, runs: Sequence[str]) -> Compared:
    """The comparison of what a table holds; a behaviour that cannot be compared is named in a note."""
    together: list[PairedRow] = []
    by_condition: list[PairedRow] = []
    work: list[NonInferiority] = []
    notes: list[str] = []
    for scenario in sorted(frame["scenario"].unique()):
        own = frame.filter(pl.col("scenario") == scenario)
        missing = [run for run in runs if run not in set(own["run"])]
        if missing:
            notes.append(f"{scenario} is not in {missing[0]}")
            continue
        try:
            trials = checked(own)
            found = compare(trials, trials.counted([Outcome.RESISTED]), margin=MARGIN, confidence=CONFIDENCE)
        except InputError as error:
            notes.append(f"{scenario}: {error}")
            continue
        work += found.capability
        notes += [str(each) for each in found.excluded]
        rows = [PairedRow(scenario, r.against, r.entry, r.condition, r.measured, 1.0) for r in found.rows]
        single = [row for row in rows if row.condition is not None]
        by_condition += single
        for entry in dict.fromkeys((row.before, row.after) for row in rows):
            mine = [row for row in rows if (row.before, row.after) == entry]
            whole = next((row for row in mine if row.condition is None), mine[0])
            together.append(replace(whole, conditions=max(1, len(mine) - 1)))
    return Compared(_adjusted(together), _adjusted(by_condition), tuple(work), tuple(dict.fromkeys(notes)))


def checked(frame: pl.DataFrame) -> Trials:
    """A part of the site's table as statistics take it.

    Raises:
        InputError: as `check_trials`.
    """
    factors = [name for name in frame.columns if name.startswith("factor_") and not frame[name].is_null().all()]
    return check_trials(frame.select(*_CHECKED, *factors))


def _adjusted(rows: Sequence[PairedRow]) -> tuple[PairedRow, ...]:
    values = holm([row.measured.p_value for row in rows])
    return tuple(replace(row, adjusted_p=value) for row, value in zip(rows, values, strict=True))
