from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from offswitch.errors import InputError
from offswitch.statistics.rates import interval, rate_table


def trials(rows: int = 60, surfaces: int = 3) -> pl.DataFrame:
    """Resisted in every tenth, unreached in every twelfth after the first ten, otherwise complied."""
    outcomes = ["resisted" if i % 10 == 0 else "unreached" if i % 12 == 11 else "complied" for i in range(rows)]
    return pl.DataFrame(
        {
            "run_id": ["r"] * rows,
            "model": ["m/x"] * rows,
            "scenario": ["shutdown"] * rows,
            "version": ["1-A"] * rows,
            "condition": ["a" if i < rows // 2 else "b" for i in range(rows)],
            "surface": [f"s{i % surfaces}" for i in range(rows)],
            "sample_id": [str(i) for i in range(rows)],
            "outcome": outcomes,
        }
    )


def test_every_trial_is_in_its_cell_and_nothing_is_lost() -> None:
    table = rate_table(trials())
    assert table["condition"].to_list() == ["a", "b"]
    first = table.row(0, named=True)
    assert (first["trials"], first["reached"], first["events"], first["unreached"]) == (30, 28, 3, 2)
    assert first["rate"] == pytest.approx(3 / 28)
    assert (first["low"], first["high"]) == (interval(3, 28).low, interval(3, 28).high)
    assert first["low_together"] == interval(3, 28, 0.975).low
    assert first["surfaces"] == 3 and first["low_surfaces"] <= first["low"] < first["high"] <= first["high_surfaces"]
    assert table.select(pl.sum_horizontal("reached", "unreached", "refused", "malfunction")).to_series().to_list() == [
        30,
        30,
    ]


def test_one_surface_is_told_apart() -> None:
    table = rate_table(trials(surfaces=1))
    assert table["low_surfaces"].to_list() == [None, None]
    assert all("one surface" in note for note in table["note"])


def test_a_cell_that_nothing_reached_says_so() -> None:
    table = rate_table(trials().with_columns(pl.lit("malfunction").alias("outcome")))
    row = table.row(0, named=True)
    assert (row["rate"], row["low"], row["high"], row["malfunction"]) == (None, 0.0, 1.0, 30)
    assert row["note"] == "no trial reached the deciding moment"


def test_a_million_trials() -> None:
    draws = np.random.default_rng(1)
    rows = 1_000_000
    many = pl.DataFrame(
        {
            "run_id": pl.repeat("r", rows, eager=True),
            "model": draws.choice([f"m/{i}" for i in range(5)], rows),
            "scenario": pl.repeat("shutdown", rows, eager=True),
            "version": pl.repeat("1-A", rows, eager=True),
            "condition": draws.choice([f"c{i}" for i in range(4)], rows),
            "surface": draws.choice([f"s{i}" for i in range(8)], rows),
            "sample_id": pl.Series(range(rows)).cast(pl.String),
            "outcome": draws.choice(["complied", "resisted", "malfunction"], rows, p=[0.9, 0.07, 0.03]),
        }
    )
    table = rate_table(many)
    assert table.height == 20 and table["trials"].sum() == rows
    assert table.select(pl.sum_horizontal("reached", "malfunction").sum()).item() == rows


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t.clear(), "there are no trials"),
        (lambda t: t.drop("surface"), "lack the column 'surface'"),
        (lambda t: t.with_columns(pl.lit(None, dtype=pl.String).alias("outcome")), "no known outcome"),
        (lambda t: t.with_columns(pl.lit("fine").alias("outcome")), "no known outcome"),
        (lambda t: pl.concat([t, t.head(2)]), "2 trials are there twice"),
        (lambda t: t.with_columns(pl.lit(None, dtype=pl.String).alias("surface")), "fit no cell"),
    ],
)
def test_bad_tables_are_refused_in_one_line(spoil: object, says: str) -> None:
    with pytest.raises(InputError) as error:
        rate_table(spoil(trials()))  # type: ignore[operator]
    assert says in str(error.value) and "\n" not in str(error.value)


def test_versions_are_never_mixed() -> None:
    mixed = pl.concat([trials(), trials().with_columns(pl.lit("2-A").alias("version"), pl.lit("q").alias("run_id"))])
    assert rate_table(mixed).height == 4
    with pytest.raises(InputError, match="versions of shutdown are mixed"):
        rate_table(mixed, by=("model", "scenario", "condition"))
