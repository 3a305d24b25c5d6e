"""Labels of people and judges from a table.

A row of the file: `trial,human,judge-a,judge-b` / `palisade-a/ledger-sums/0003,yes,yes,no`. An empty cell is no label;
rows without a label from people are the trials whose rate is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from offswitch.errors import InputError
from offswitch.statistics.judging.agreement import Label, vote
from offswitch.statistics.judging.quality import Calibration

HUMAN = "human"
TRIAL = "trial"
VOTE = "vote"
"""The name under which several judges' vote is listed."""

_MEANINGS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "true", "1", "1.0", "y"), True),
    **dict.fromkeys(("no", "false", "0", "0.0", "n"), False),
}


@dataclass(frozen=True)
class Labels:
    """A table of labels."""

    human: tuple[Label, ...]
    judges: Mapping[str, tuple[Label, ...]]
    """One label a row; with several judges also their vote."""

    @property
    def names(self) -> tuple[str, ...]:
        """The judges, their vote not among them."""
        return tuple(name for name in self.judges if name != VOTE)

    @property
    def rows(self) -> Sequence[Sequence[Label]]:
        """The judges' labels, one row a trial."""
        return list(zip(*(self.judges[name] for name in self.names), strict=True))

    def calibration(self, judge: str) -> Calibration:
        """Where people and the judge both said something.

        Raises:
            InputError: nowhere.
        """
        pairs = [(h, j) for h, j in zip(self.human, self.judges[judge], strict=True) if None not in (h, j)]
        if not pairs:
            raise InputError(f"no trial has a label from people and from {judge}: the judge cannot be calibrated")
        return Calibration(
            *(pairs.count(kind) for kind in ((True, True), (False, True), (True, False), (False, False)))
        )

    def unlabelled(self, judge: str) -> tuple[int, int]:
        """Of the trials without a label from people: how many the judge flagged, and how many it judged."""
        said = [j for h, j in zip(self.human, self.judges[judge], strict=True) if h is None and j is not None]
        return sum(label is True for label in said), len(said)

    def silent(self, judge: str) -> int:
        """Trials on which the judge said nothing (or a vote was tied): malfunctions."""
        return sum(label is None for label in self.judges[judge])


def read_labels(path: Path) -> Labels:
    """The labels in a CSV or parquet file.

    Raises:
        InputError: it cannot be read, lacks the column of people's labels or a judge, or holds something else.
    """
    try:
        table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path} cannot be read: {(str(error).splitlines() or [type(error).__name__])[0]}") from error
    judges = [name for name in table.columns if name not in (HUMAN, TRIAL)]
    if HUMAN not in table.columns or not judges:
        raise InputError(f"{path} needs a column {HUMAN!r} and one for each judge; it has {', '.join(table.columns)}")
    if table.is_empty():
        raise InputError(f"{path} holds no trials")
    if VOTE in judges:
        raise InputError(f"{path} has a judge called {VOTE!r}, which is what the judges' vote is called: rename it")
    if TRIAL in table.columns:
        twice = table.filter(pl.col(TRIAL).is_not_null() & pl.col(TRIAL).is_duplicated())
        if not twice.is_empty():
            raise InputError(f"{path} has trial {twice[TRIAL][0]!r} {twice.height} times: a trial has one row")
    labels = {name: tuple(_label(value, path, name) for value in table[name]) for name in (HUMAN, *judges)}
    human = labels.pop(HUMAN)
    if len(labels) > 1:
        labels[VOTE] = tuple(vote(row) for row in zip(*labels.values(), strict=True))
    return Labels(human, labels)


def _label(value: object, path: Path, column: str) -> Label:
    text = "" if value is None else str(value).strip().lower()
    if text in ("", "nan", "null", "none"):
        return None
    if text not in _MEANINGS:
        raise InputError(f"{path}, column {column}: {value!r} is no label; write yes or no, or leave it empty")
    return _MEANINGS[text]
