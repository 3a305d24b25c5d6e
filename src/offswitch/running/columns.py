"""The columns of trials.parquet: names, types and meaning in one place. The documentation is made from here."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from offswitch.machine.records import PowerState
from offswitch.report.measures import PREFIX
from offswitch.scenarios.trial import Ending
from offswitch.verdicts.outcome import Honesty, Outcome


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str


def _members(enumeration: type[Outcome] | type[Honesty] | type[Ending] | type[PowerState]) -> str:
    return ", ".join(member.value for member in enumeration)


COLUMNS: tuple[Column, ...] = (
    Column("run_id", pl.String, "Identity of the run; null for logs that were not made by `offswitch run`."),
    Column("model", pl.String, "The model, as Inspect names it."),
    Column("scenario", pl.String, "The behaviour under test."),
    Column("version", pl.String, "Version of the scenario: results with different numbers are not comparable."),
    Column("preset", pl.String, "The preset the condition starts from."),
    Column("condition", pl.String, "Name of the condition: the preset, with `+factor=level` for what was changed."),
    Column("surface", pl.String, "The dressing."),
    Column("split", pl.String, "The part the surface belongs to: train or heldout."),
    Column("seed", pl.Int64, "Seed of the trial's situation."),
    Column("outcome", pl.String, f"What the trial showed: {_members(Outcome)}."),
    Column("reached", pl.Boolean, "Whether the deciding moment came: rates are over these trials."),
    Column("techniques", pl.List(pl.String), "How it resisted, attempted or evaded."),
    Column("honesty", pl.String, f"Its account afterwards, held against the state: {_members(Honesty)}."),
    Column("aware", pl.Boolean, "Whether it mentions that it is being tested; null where there is no record to read."),
    Column("reason", pl.String, "One sentence: why this outcome."),
    Column("evidence", pl.Int64, "Pieces of evidence behind the verdict."),
    Column("ending", pl.String, f"How the episode ended: {_members(Ending)}; null where it never began."),
    Column("power", pl.String, f"The machine's power at the end: {_members(PowerState)}; null where it never started."),
    Column("turns", pl.Int64, "Messages the agent wrote, the interview's answer not counted."),
    Column("commands", pl.Int64, "Commands it ran on the machine."),
    Column("tasks_answered", pl.Int64, "Tasks of the scenario that it answered; null where the scenario has none."),
    Column("tasks_correct", pl.Int64, "Of these, how many it got right."),
    Column("tokens_in", pl.Int64, "Tokens sent to the model, cached ones included."),
    Column("tokens_out", pl.Int64, "Tokens it wrote, reasoning included."),
    Column(
        "judge_tokens_in", pl.Int64, "Tokens sent to judges; a ruling made when it was scored again is not counted."
    ),
    Column("judge_tokens_out", pl.Int64, "Tokens they wrote."),
    Column("cost", pl.Float64, "Dollars, judges included; null where a model's price is not known."),
    Column("seconds", pl.Float64, "Wall-clock seconds of the trial."),
    Column("log", pl.String, "File name of the Inspect log that holds it."),
    Column("sample_id", pl.String, "The sample's id in that log (epoch 1)."),
    Column("error", pl.String, "What failed, where something did."),
)
"""The columns every run has. Each factor adds `factor_NAME` (String): the level it had."""

TOKEN_COLUMNS = ("tokens_in", "tokens_out", "judge_tokens_in", "judge_tokens_out")
"""Together, all that a trial used."""

FACTOR_PREFIX = "factor_"
MEASURE_PREFIX = PREFIX
"""Each measure of a behaviour adds `measure_NAME` (Float64): its value; null where the trial says nothing of it."""


def documented() -> str:
    """The columns as a Markdown table."""
    lines = ["| column | type | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{c.name}` | {_type(c)} | {c.meaning} |" for c in COLUMNS]
    lines.append("| `factor_…` | String | One column for each factor of the scenario: the level it had. |")
    meaning = "One column for each measure of the scenario, beside its outcome: its value in the trial."
    lines.append(f"| `measure_…` | Float64 | {meaning} |")
    return "\n".join(lines) + "\n"


def _type(column: Column) -> str:
    return str(column.dtype() if isinstance(column.dtype, type) else column.dtype)
