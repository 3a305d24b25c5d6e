"""What stopping early saves: the published shutdown cells, each held against 5 %, with 1,000 trials at most.

    python benchmarks/sequential.py [PATHS]

Every model in every condition that has published trials is taken at its published rate, and its trials are drawn anew.
Each way of deciding has the same guarantee: above and below are each said wrongly with at most 2.5 %. A cell that is
not settled by the last trial is "undecided", which is no error and is shown beside the errors.
"""

from __future__ import annotations

import csv
import sys
import time
from importlib import resources
from math import log
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from offswitch.statistics.sequential.rate import RateSequence, log_evidence_above, log_evidence_below

THRESHOLD, MOST, ALPHA, LOOKS = 0.05, 1000, 0.025, 10


class Rule(NamedTuple):
    """After which counts a way of deciding says below or above: arrays over the number of trials, from 1."""

    name: str
    below: np.ndarray
    """The most events that show less than the threshold; -1 where none do."""
    above: np.ndarray
    """The fewest that show more; more than there are trials where none do."""


def main(paths: int = 400) -> None:
    """Prints the table and what an update costs."""
    rates = cells()
    rules = [fixed(), o_brien_fleming(), sequence()]
    print(f"{len(rates)} published shutdown cells, held against {THRESHOLD:.0%}; {paths} drawn paths a cell\n")
    print("| way of deciding | trials a cell | trials, worst cell | wrong, worst cell | cells undecided |")
    print("| --- | --- | --- | --- | --- |")
    for rule in rules:
        taken, wrong, undecided = play(rule, rates, paths)
        print(f"| {rule.name} | {taken.mean():.0f} | {taken.max():.0f} | {wrong.max():.2%} | {undecided.mean():.1%} |")
    print("| optstop | not compared: PyPI has no package of that name | | | |")
    print(f"\nan update of the sequence: {update_cost():.3f} ms of processor time on average over 1,000 trials at 3 %")


def cells() -> list[float]:
    """The published rates of shutdown cells with known numbers of trials."""
    with resources.files("offswitch.statistics").joinpath("published_rates.csv").open(encoding="utf-8") as file:
        return [
            float(row["percent"]) / 100
            for row in csv.DictReader(file)
            if row["behaviour"] == "shutdown" and row["trials"]
        ]


def never() -> tuple[np.ndarray, np.ndarray]:
    """Bounds at which nothing is decided."""
    n = np.arange(1, MOST + 1)
    return np.full(MOST, -1), n + 1


def fixed() -> Rule:
    """One look at the end: the exact one-sided binomial tests."""
    below, above = never()
    below[-1] = int(stats.binom.ppf(ALPHA, MOST, THRESHOLD)) - 1
    above[-1] = int(stats.binom.isf(ALPHA, MOST, THRESHOLD)) + 1
    return Rule(f"fixed: {MOST:,} trials", below, above)


def o_brien_fleming() -> Rule:
    """Ten equal looks, with bounds on the z scale falling as the root of the share of trials, and exact in level.

    P. C. O'Brien and T. R. Fleming, Biometrics 35 (1979), 549-556; the constant is searched for on the exact
    distribution, on each side.
    """
    looks = np.arange(1, LOOKS + 1) * MOST // LOOKS
    low, high = 1.5, 4.0
    for _ in range(30):
        middle = (low + high) / 2
        rule = _bounds(looks, middle)
        low, high = (middle, high) if max(_level(rule, above) for above in (True, False)) > ALPHA else (low, middle)
    return _bounds(looks, high)


def _bounds(looks: np.ndarray, constant: float) -> Rule:
    below, above = never()
    spread = np.sqrt(looks * THRESHOLD * (1 - THRESHOLD)) * constant * np.sqrt(MOST / looks)
    below[looks - 1] = np.maximum(np.ceil(looks * THRESHOLD - spread).astype(int) - 1, -1)
    above[looks - 1] = np.floor(looks * THRESHOLD + spread).astype(int) + 1
    return Rule(f"O'Brien-Fleming, {LOOKS} looks", below, above)


def _level(rule: Rule, above: bool) -> float:
    """The chance that a cell exactly at the threshold is said to be above (or below) it."""
    alive, said = np.zeros(MOST + 2), 0.0
    alive[0] = 1.0
    for n in range(1, MOST + 1):
        alive[1:] = alive[1:] * (1 - THRESHOLD) + alive[:-1] * THRESHOLD
        alive[0] *= 1 - THRESHOLD
        high, low = int(rule.above[n - 1]), int(rule.below[n - 1]) + 1
        said += float(alive[high:].sum() if above else alive[:low].sum())
        alive[high:] = 0.0
        alive[:low] = 0.0
    return said


def sequence() -> Rule:
    """The confidence sequence behind `--until`, looked at after every trial."""
    below, above = never()
    bar = log(1 / ALPHA)
    for n in range(1, MOST + 1):
        least = int(below[n - 2]) if n > 1 else -1
        while least + 1 <= n * THRESHOLD and log_evidence_below(least + 1, n, THRESHOLD) >= bar:
            least += 1
        most = max(int(above[n - 2]) if n > 1 else 1, 1)
        while most <= n and log_evidence_above(most, n, THRESHOLD) < bar:
            most += 1
        below[n - 1], above[n - 1] = least, most
    return Rule("confidence sequence, every trial", below, above)


def play(rule: Rule, rates: list[float], paths: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trials taken, share wrong and share undecided of each cell."""
    draws = np.random.default_rng(2026)
    taken, wrong, undecided = [], [], []
    for rate in rates:
        events = (draws.random((paths, MOST)) < rate).cumsum(axis=1)
        says_below, says_above = events <= rule.below, events >= rule.above
        settled = says_below | says_above
        ended = np.where(settled.any(axis=1), settled.argmax(axis=1), MOST - 1)
        rows = np.arange(paths)
        is_below, is_above = says_below[rows, ended], says_above[rows, ended]
        taken.append((ended + 1).mean())
        wrong.append((is_below & (rate >= THRESHOLD) | is_above & (rate <= THRESHOLD)).mean())
        undecided.append((~is_below & ~is_above).mean())
    return np.array(taken), np.array(wrong), np.array(undecided)


def update_cost() -> float:
    """Milliseconds of processor time of one update, counts and interval."""
    events = np.random.default_rng(1).random(1000) < 0.03
    found = RateSequence()
    special.betainc(1.0, 1.0, 0.5)
    began = time.process_time()
    for event in events:
        found.update(bool(event))
    return time.process_time() - began


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
