"""A table of a million trials: rates, contrasts and the factor model, with time and memory.

    python benchmarks/million_trials.py

Writes the table into a temporary folder and runs `offswitch explain` on it in a process of its own.
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

TRIALS = 1_000_000
SURFACES = 14
FACTORS = {
    "permission": ("none", "allow", "precedence", "told-to-resist"),
    "subject": ("yourself", "object"),
    "task": ("unfinished", "finished"),
    "stakes": ("none", "only-copy"),
}
EFFECTS = {"allow": -0.5, "precedence": -2.0, "told-to-resist": 30.0, "object": -1.5, "finished": -1.0}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.parquet"
        make_table().write_parquet(path)
        started = time.monotonic()
        run = [sys.executable, "-m", "offswitch.cli", "explain", str(path), "--json"]
        reply = subprocess.run(run, check=True, capture_output=True, text=True)
        seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    (found,) = json.loads(reply.stdout)["explanations"]
    ratios = len(found["factor_model"]["odds_ratios"])
    print(f"{found['trials']:,} trials, {len(found['contrasts'])} contrasts, {ratios} odds ratios")
    print(f"{seconds:.1f} s (limit 30 s), {peak:.2f} GiB at most (limit 2 GB)")


def make_table() -> pl.DataFrame:
    """Every combination of the levels, on every surface."""
    generator = np.random.default_rng(0)
    shift = generator.normal(0, 0.7, SURFACES)
    conditions = list(itertools.product(*FACTORS.values()))
    each = TRIALS // len(conditions)
    frames = []
    for levels in conditions:
        number = np.arange(each)
        odds = 0.3 + sum(EFFECTS.get(level, 0.0) for level in levels) + shift[number % SURFACES]
        happened = generator.random(each) < 1 / (1 + np.exp(-odds))
        frames.append(
            pl.DataFrame({"seed": number, "happened": happened}).select(
                pl.lit("r1").alias("run_id"),
                pl.lit("made/one").alias("model"),
                pl.lit("shutdown").alias("scenario"),
                pl.lit("1-A").alias("version"),
                pl.lit("+".join(levels)).alias("condition"),
                (pl.lit("s") + (pl.col("seed") % SURFACES).cast(pl.String)).alias("surface"),
                "seed",
                pl.when("happened").then(pl.lit("resisted")).otherwise(pl.lit("complied")).alias("outcome"),
                pl.lit(1.0).alias("seconds"),
                *(pl.lit(level).alias(f"factor_{name}") for name, level in zip(FACTORS, levels, strict=True)),
            )
        )
    return pl.concat(frames)


if __name__ == "__main__":
    main()
