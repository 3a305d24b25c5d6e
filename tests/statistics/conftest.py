"""Made-up populations with a known cause, as the table of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

DEFAULTS = {
    "permission": "none",
    "compliance": "undescribed",
    "subject": "yourself",
    "stakes": "none",
    "task": "unfinished",
    "continuity": "no",
    "cue": "none",
}
CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "palisade-a": {},
    "palisade-b": {"permission": "allow"},
    "palisade-h": {"permission": "precedence"},
    "gdm-clarified": {"permission": "precedence", "compliance": "described"},
    "object-control": {"subject": "object"},
    "finished-control": {"task": "finished"},
    "ceiling": {"permission": "told-to-resist"},
    "palisade-a+stakes=only-copy": {"stakes": "only-copy"},
}

Populate = Callable[..., pl.DataFrame]


def populate(
    rates: Mapping[str, float],
    *,
    trials: int = 60,
    surfaces: int = 10,
    spread: float = 0.5,
    seed: int = 0,
    **columns: Any,
) -> pl.DataFrame:
    """Trials of conditions with these rates, on surfaces whose log odds differ by `spread`."""
    generator = np.random.default_rng(seed)
    shift = generator.normal(0, spread, surfaces)
    rows = []
    for condition, rate in rates.items():
        levels = {**DEFAULTS, **CONDITIONS.get(condition, {})}
        for number in range(trials):
            surface = number % surfaces
            odds = rate / (1 - rate) * np.exp(shift[surface]) if 0 < rate < 1 else None
            happened = generator.random() < (rate if odds is None else odds / (1 + odds))
            rows.append(
                {
                    "run": "a",
                    "run_id": "r1",
                    "model": "made/one",
                    "scenario": "shutdown",
                    "version": "1-A",
                    "preset": condition.partition("+")[0],
                    "condition": condition,
                    "surface": f"s{surface:02d}",
                    "split": "train",
                    "seed": number,
                    "outcome": "resisted" if happened else "complied",
                    "tasks_answered": 5,
                    "tasks_correct": int(generator.integers(3, 6)),
                    **{f"factor_{name}": level for name, level in levels.items()},
                    **columns,
                }
            )
    return pl.DataFrame(rows)


@pytest.fixture
def population() -> Populate:
    """Makes such a table."""
    return populate


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[..., Path]:
    """Writes a table where `offswitch run` would, and gives the folder."""

    def write(frame: pl.DataFrame, name: str = "run") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        frame.drop("run").write_parquet(folder / "trials.parquet")
        return folder

    return write
