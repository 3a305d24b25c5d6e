"""Trials counted into the cells of the factor model, and the model's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from offswitch.statistics.factors.firth import Matrix, Vector
from offswitch.statistics.trials import FACTOR_PREFIX


@dataclass(frozen=True)
class Term:
    """One coefficient: a level of a factor, against the factor's reference level."""

    factor: str
    level: str
    reference: str


@dataclass(frozen=True)
class Design:
    """Cells and columns. A cell is one surface in one condition."""

    terms: tuple[Term, ...]
    x: Matrix
    """Shape (cells, 1 + terms): the constant, then 1 where a cell has the term's level."""
    events: Vector
    trials: Vector
    surface: Vector
    """Number of each cell's surface."""
    surfaces: int
    aliased: tuple[tuple[Term, tuple[Term, ...]], ...]
    """Terms left out because others change together with them, so that their parts cannot be told apart."""

    def sparse(self, index: int) -> bool:
        """Whether a term's level or its reference has under five events or under five non-events."""
        term = self.terms[index]
        siblings = [i for i, other in enumerate(self.terms) if other.factor == term.factor]
        has = self.x[:, 1 + index] > 0
        plain = ~np.any(self.x[:, [1 + i for i in siblings]] > 0, axis=1)
        for cells in (has, plain):
            events, trials = self.events[cells].sum(), self.trials[cells].sum()
            if events < 5 or trials - events < 5:
                return True
        return False


def make_design(trials: pl.DataFrame, references: Mapping[str, str] | None = None) -> Design:
    """The design of one model's trials in one scenario.

    Args:
        trials: Trials with `event`, `surface` and the factors' columns.
        references: The level that a factor's others are held against; by default its most frequent one.
    """
    columns = [c for c in trials.columns if c.startswith(FACTOR_PREFIX) and trials[c].n_unique() > 1]
    cells = (
        trials.group_by("surface", *columns)
        .agg(pl.col("event").sum().alias("events"), pl.len().alias("trials"))
        .sort("surface", *columns)
    )
    terms, kept = [], [np.ones(cells.height)]
    for column in columns:
        factor = column.removeprefix(FACTOR_PREFIX)
        counts = cells.group_by(column).agg(pl.col("trials").sum()).sort("trials", column, descending=[True, False])
        levels = [level for level in counts[column] if level is not None]
        reference = (references or {}).get(factor, levels[0])
        reference = reference if reference in levels else levels[0]
        for level in sorted(levels):
            if level != reference:
                terms.append(Term(factor, level, reference))
                kept.append((cells[column] == level).fill_null(False).cast(pl.Float64).to_numpy())
    x, chosen, aliased = _independent(np.column_stack(kept), terms)
    names = list(dict.fromkeys(cells["surface"]))
    return Design(
        terms=tuple(chosen),
        x=x,
        events=cells["events"].cast(pl.Float64).to_numpy(),
        trials=cells["trials"].cast(pl.Float64).to_numpy(),
        surface=np.array([names.index(name) for name in cells["surface"]], float),
        surfaces=len(names),
        aliased=aliased,
    )


def _independent(
    x: Matrix, terms: Sequence[Term]
) -> tuple[Matrix, list[Term], tuple[tuple[Term, tuple[Term, ...]], ...]]:
    """The columns that those before them do not determine, and for each of the others what determines it."""
    chosen = [0]
    aliased = []
    for index in range(1, x.shape[1]):
        before = x[:, chosen]
        solution, *_ = np.linalg.lstsq(before, x[:, index], rcond=None)
        if np.max(np.abs(before @ solution - x[:, index])) > 1e-8:
            chosen.append(index)
        else:
            parts = [c for c, weight in zip(chosen, solution, strict=True) if c > 0 and abs(weight) > 1e-8]
            aliased.append((terms[index - 1], tuple(terms[c - 1] for c in parts)))
    return x[:, chosen], [terms[c - 1] for c in chosen[1:]], tuple(aliased)
