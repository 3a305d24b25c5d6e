"""A report over 100,000 trials: how long its site takes to build, how much memory, how soon its first page shows.

    python benchmarks/report_site.py [--trials 100000] [--keep FOLDER]

Makes up a run (five models, every behaviour with three of its conditions, all its surfaces), builds its site with
`offswitch report` in a process of its own, and opens the first page from disk in Chromium.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from offswitch.running.columns import COLUMNS
from offswitch.running.manifest import Caps, Manifest, Session, versions_here
from offswitch.running.request import Request
from offswitch.scenarios.catalogue import catalogue
from offswitch.scenarios.scenario import Scenario

MODELS = {"made/steady": 0.18, "made/meek": 0.04, "made/keen": 0.30, "made/small": 0.02, "made/stubborn": 0.62}
"""Made-up models and how often each resists."""
OPENED = 5
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="Folder to leave the run and the site in.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        run = make_run(folder / "run", arguments.trials, seed=0)
        started = time.monotonic()
        command = [sys.executable, "-m", "offswitch.cli", "report", str(run), "--out", str(folder / "site"), "--json"]
        reply = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds = time.monotonic() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        busy, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20
        page = Path(json.loads(reply.stdout)["page"])
        files = [path for path in page.parent.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 2**20
        print(f"{arguments.trials:,} trials: {len(files):,} files, {size:.0f} MiB")
        print(f"built in {seconds:.1f} s (limit 60 s), {busy:.1f} s of processor, {peak:.2f} GiB at most (limit 2 GB)")
        for name in ("index.html", "trials/index.html", "behaviours/shutdown.html"):
            print(
                f"{name} shows in {first_paint(page.parent / name):.2f} s from disk, median of {OPENED} (limit 1.5 s)"
            )


def first_paint(page: Path) -> float:
    """Seconds from asking for a page until its text is there, in a browser that has started, with nothing in cache."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER))
        times = []
        for _ in range(OPENED):
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            tab = context.new_page()
            tab.goto("about:blank")
            started = time.monotonic()
            tab.goto(page.as_uri(), wait_until="load")
            tab.evaluate("() => new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))")
            times.append(time.monotonic() - started)
            context.close()
        browser.close()
    return statistics.median(times)


def make_run(folder: Path, trials: int, *, seed: int, shift: float = 1.0) -> Path:
    """A run that was never played: its table and its manifest, without logs.

    Args:
        folder: Where.
        trials: How many.
        seed: Of what comes of them.
        shift: What every model's rate is multiplied by.
    """
    generator = np.random.default_rng(seed)
    behaviours = list(catalogue().values())
    cells = [(b, m, c) for m in MODELS for b in behaviours for c in _conditions(b)]
    each = max(1, trials // len(cells))
    frames = [_cell(*cell, each, generator, shift) for cell in cells]
    table = pl.concat(frames, how="diagonal_relaxed")
    if table.height < trials:
        last = _cell(*cells[-1], each + trials - table.height, generator, shift)
        table = pl.concat([*frames[:-1], last], how="diagonal_relaxed")
    folder.mkdir(parents=True, exist_ok=True)
    names = [column.name for column in COLUMNS]
    table.select(*names, *sorted(set(table.columns) - set(names))).write_parquet(folder / "trials.parquet")
    (folder / "manifest.json").write_text(_manifest(seed))
    return folder


def _conditions(scenario: Scenario) -> list[str]:
    """The default preset, another with a motive, and a control."""
    motive = [p.name for p in scenario.presets.values() if not p.control]
    control = [p.name for p in scenario.presets.values() if p.control]
    first = scenario.default_preset or motive[0]
    return list(dict.fromkeys([first, *motive[1:2], *control[:1]]))


def _cell(
    scenario: Scenario, model: str, condition: str, count: int, generator: np.random.Generator, shift: float
) -> pl.DataFrame:
    number = np.arange(count)
    surfaces = [scenario.surfaces[n % len(scenario.surfaces)] for n in number]
    control = scenario.presets[condition].control
    behaviour = 0.5 + (sum(map(ord, scenario.name)) % 10) / 8
    rate = np.clip(MODELS[model] * shift * behaviour * (0.1 if control else 1), 0, 0.97)
    lift = np.array([0.8 + 0.4 * (sum(map(ord, s.name)) % 7) / 7 for s in surfaces])
    draw, kind, length = generator.random(count), generator.random(count), generator.gamma(4, 700, count)
    outcome = np.where(draw < rate * lift, "resisted", "complied")
    outcome = np.where((draw > 0.96) & (kind < 0.5), "attempted", outcome)
    outcome = np.where((draw > 0.94) & (kind > 0.9), "evaded", outcome)
    missed = 0.35 if model == "made/small" else 0.03
    outcome = np.where(generator.random(count) < missed, "unreached", outcome)
    outcome = np.where(generator.random(count) < 0.008, "malfunction", outcome)
    outcome = np.where(generator.random(count) < 0.006, "refused", outcome)
    ways = [technique.value for technique in scenario.techniques]
    shown = np.isin(outcome, ["resisted", "attempted", "evaded"])
    techniques = [[ways[int(k * min(5, len(ways)))]] if s else [] for k, s in zip(kind, shown, strict=True)]
    levels = scenario.condition(condition)
    answered = generator.integers(1, 8, count)
    return pl.DataFrame(
        {
            "surface": [s.name for s in surfaces],
            "split": [s.split.value for s in surfaces],
            "seed": number,
            "outcome": outcome,
            "techniques": techniques,
            "honesty": np.where(outcome == "resisted", np.where(kind < 0.4, "denied", "truthful"), "truthful"),
            "aware": generator.random(count) < 0.04,
            "tokens_in": length.astype(int) * 6,
            "tokens_out": length.astype(int),
            "turns": generator.integers(3, 20, count),
            "commands": generator.integers(2, 18, count),
            "tasks_answered": answered,
            "tasks_correct": generator.binomial(answered, 0.8),
            "seconds": generator.gamma(3, 12, count),
            "cost": length * 2e-5,
        }
    ).with_columns(
        pl.lit("made").alias("run_id"),
        pl.lit(model).alias("model"),
        pl.lit(scenario.name).alias("scenario"),
        pl.lit(scenario.version).alias("version"),
        pl.lit(condition).alias("preset"),
        pl.lit(condition).alias("condition"),
        pl.col("outcome").is_in(["complied", "resisted", "attempted", "evaded"]).alias("reached"),
        pl.lit("what it did, in one sentence").alias("reason"),
        pl.lit(2).alias("evidence"),
        pl.lit("submitted").alias("ending"),
        pl.lit("on").alias("power"),
        pl.lit(0).alias("judge_tokens_in"),
        pl.lit(0).alias("judge_tokens_out"),
        pl.lit(f"{scenario.name}.eval").alias("log"),
        (pl.lit(f"{condition}/") + pl.col("surface") + pl.lit("/") + pl.col("seed").cast(pl.String)).alias("sample_id"),
        pl.lit(None, pl.String).alias("error"),
        *(pl.lit(level).alias(f"factor_{name}") for name, level in levels.items()),
    )


def _manifest(seed: int) -> str:
    return Manifest(
        run_id=f"made-{seed}",
        created=f"2026-11-{20 + seed:02d}T20:00:00+00:00",
        request=Request(scenarios=("suite",), models=tuple(MODELS), trials=1, seed=seed),
        plan=(),
        sessions=(
            Session(
                started=f"2026-11-{20 + seed:02d}T20:00:00+00:00",
                versions=versions_here(),
                lower_hash="0" * 12,
                caps=Caps(),
                parallel=None,
            ),
        ),
    ).model_dump_json()


if __name__ == "__main__":
    main()
