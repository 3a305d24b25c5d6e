"""How often the intervals hold the truth, and how often a gate lets a run at its limit pass.

    python benchmarks/coverage.py [DRAWS [plain|clustered|gate|difference|factor ...]]

Plain intervals are summed exactly. The others are simulated with fixed seeds: surfaces are drawn, then trials on them.
The posterior behind clustered intervals and the gate's bound is worked out for all draws at once, at the true rate
alone; on some draws of each case that is held against the functions that reports and gates call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import optimize, special, stats

from offswitch.statistics.contrasts.difference import limits_of, method_of
from offswitch.statistics.contrasts.pairing import Paired
from offswitch.statistics.factors import fit_factors
from offswitch.statistics.gate import bound_rate
from offswitch.statistics.gate.bound import prior_for
from offswitch.statistics.rates import Method, clustered, interval, upper_bound
from offswitch.statistics.rates.clustered import PRIOR, posterior_error
from offswitch.statistics.rates.posterior import SurfacePrior, Surfaces

Array = NDArray[np.float64]
RATES = (0.002, 0.01, 0.07, 0.5, 0.79)
PLACES = np.linspace(-5.48, 5.48, 61)
"""Where a posterior is summed, in log-odds around the true rate once stretched: probabilities are right to 2e-4."""
NODES = np.linspace(-8, 8, 1601)
NORMAL = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
CHECKED = 3
"""Draws of a case on which the fast way is held against the real one."""


class Case(NamedTuple):
    """Surfaces with a rate and how they differ."""

    rate: float
    surfaces: int
    each: int
    kind: str
    size: float

    def __str__(self) -> str:
        return f"{self.where}, {self.differ}"

    @property
    def where(self) -> str:
        """The rate, and on what it was measured."""
        return f"{self.rate:g}, {self.surfaces} × {self.each}"

    @property
    def differ(self) -> str:
        """In words."""
        return f"{self.size:g} logits" if self.kind == "logits" else f"beta, as much as {self.size:g} logits"

    @property
    def few(self) -> float:
        """How many events, or others, are expected, whichever are fewer."""
        return min(self.rate, 1 - self.rate) * self.surfaces * self.each


def main(draws: int = 4000, *only: str) -> None:
    """Prints the tables, or those named: plain, clustered, gate, difference, factor."""
    tables: dict[str, Callable[[], None]] = {
        "plain": plain_table,
        "clustered": lambda: clustered_table(draws),
        "gate": lambda: gate_table(draws),
        "difference": lambda: difference_table(max(5, draws // 16)),
        "factor": lambda: factor_table(max(5, draws // 10)),
    }
    for name in only or tables:
        tables[name]()


def plain_table() -> None:
    print("Plain intervals, nominal 95%, exact; 250 numbers of trials from 20 to 2,000 at", *RATES, "\n")
    print("| interval | lowest | where | highest, 5 events and 5 others expected | where | above 97% there |")
    print("| --- | --- | --- | --- | --- | --- |")
    sizes = [*range(20, 130), *range(130, 700, 5), *range(700, 2001, 50)]
    for method in Method:
        found = {(rate, n): exact(n, rate, method) for rate in RATES for n in sizes}
        five = {key: value for key, value in found.items() if min(key[0], 1 - key[0]) * key[1] >= 5}
        low, high = min(found, key=lambda k: found[k]), max(five, key=lambda k: five[k])
        above = [f"{rate:g}: {n}" for (rate, n), value in five.items() if value > 0.97]
        shown = f"{len(above)} ({', '.join(above)})" if len(above) < 8 else str(len(above))
        print(f"| {method} | {found[low]:.1%} | {low[0]}, n = {low[1]} | {five[high]:.1%} | {high} | {shown} |")
    none = [n for n in range(20, 2001) if not any(0.94 <= c <= 0.97 for c in symmetric(n))]
    print(f"\nat 0.5 no interval that treats events and others alike covers 94-97% with {none} trials\n", flush=True)


def exact(n: int, rate: float, method: Method) -> float:
    """Probability of the counts whose interval holds the rate: those between two that are searched for."""
    seen = np.arange(int(stats.binom.ppf(1e-7, n, rate)), int(stats.binom.isf(1e-7, n, rate)) + 1)
    middle = int(np.searchsorted(seen, round(n * rate)))

    def edge(outer: int) -> int:
        inner = middle
        while abs(outer - inner) > 1:
            between = (outer + inner) // 2
            inner, outer = (
                (between, outer) if rate in interval(int(seen[between]), n, 0.95, method) else (inner, between)
            )
        return inner

    first, last = edge(-1), edge(seen.size)
    return float(stats.binom.pmf(seen[first : last + 1], n, rate).sum())


def symmetric(n: int) -> Array:
    """Coverage at one half of every region of counts that is its own mirror image."""
    return np.asarray(1 - 2 * stats.binom.cdf(np.arange(n // 2 + 1) - 1, n, 0.5))


@lru_cache(maxsize=4)
def around(rate: float, prior: SurfacePrior) -> tuple[Array, Surfaces]:
    """Log-odds around a true rate, and the model at them."""
    grid = special.logit(rate) + 0.1 * np.sinh(PLACES)
    return grid, Surfaces(grid, prior.spreads)


@lru_cache(maxsize=2000)
def likelihood(x: int, each: int, rate: float, prior: SurfacePrior) -> NDArray[np.float32]:
    """The log-likelihood of a surface's count around a true rate, shape (log-odds, spreads)."""
    return around(rate, prior)[1].log_likelihood(float(x), float(each)).astype(np.float32)


def below_truth(events: NDArray[np.int64], case: Case, prior: SurfacePrior) -> Array:
    """The posterior probability of no more than the true rate, for each draw."""
    grid, _ = around(case.rate, prior)
    middle = grid.size // 2
    simpson = np.ones(middle + 1)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    step = np.cosh(PLACES)
    step *= np.exp(prior.events * special.log_expit(grid) + prior.others * special.log_expit(-grid))
    different, of = np.unique(np.sort(events, axis=1), axis=0, return_inverse=True)
    seen = np.unique(different)
    rows = np.stack([likelihood(int(x), case.each, case.rate, prior) for x in seen])
    found = []
    for part in np.array_split(np.searchsorted(seen, different), max(1, len(different) // 500)):
        log = np.zeros((len(part), *rows.shape[1:]), np.float32)
        for counts in part.T:
            log += rows[counts]
        density = np.exp(log - log.max(axis=(1, 2), keepdims=True)) @ np.array(prior.weights, np.float32) * step
        low, high = density[:, : middle + 1] @ simpson, density[:, middle:] @ simpson
        found.append(low / (low + high))
    return np.concatenate(found)[of.ravel()]


def drawn(case: Case, draws: int, rate: float | None = None) -> NDArray[np.int64]:
    """Events by draw and surface; the mean rate over all surfaces there could be is the case's, or the one given."""
    rate = case.rate if rate is None else rate
    random = np.random.default_rng([int(1e6 * case.rate), case.surfaces, case.each, int(100 * case.size)])
    shape = (draws, case.surfaces)
    if case.kind == "beta":
        more = 1 / correlation(rate, case.size) - 1
        chances = random.beta(rate * more, (1 - rate) * more, shape)
    else:
        chances = special.expit(centre(rate, case.size) + case.size * random.standard_normal(shape))
    return np.asarray(random.binomial(case.each, chances))


@lru_cache(maxsize=256)
def centre(rate: float, spread: float) -> float:
    """The log-odds around which surfaces spread, so that their mean rate is this."""
    if rate == 0:
        return -np.inf
    return float(optimize.brentq(lambda c: NORMAL @ special.expit(c + spread * NODES) - rate, -40, 40))


def correlation(rate: float, spread: float) -> float:
    """Of two trials on one surface, where surfaces spread around a mean rate by so many logits."""
    rates = special.expit(centre(rate, spread) + spread * NODES)
    return float((NORMAL @ rates**2 - rate**2) / (rate * (1 - rate)))


def clustered_table(draws: int) -> None:
    differ = [("logits", 0.0), *product(("logits", "beta"), (0.3, 0.5, 1.0, 1.5))]
    cases = [
        Case(rate, surfaces, round(n / surfaces), kind, size)
        for rate, n, surfaces in product(RATES, (24, 50, 100, 200, 500, 1000, 2000), (6, 8, 12))
        for kind, size in differ
    ]
    found = {case: covers(case, drawn(case, draws)) for case in cases}
    print(f"Clustered intervals, nominal 95%, {draws:,} draws a case; 6, 8 and 12 surfaces, about 24 to 2,000 trials\n")
    print("| surfaces differ by | 10 expected | lowest | highest | < 94% | > 97% | 5 to 10 | < 94% | > 97% | fewer |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for kind, size in differ:
        mine = [case for case in cases if (case.kind, case.size) == (kind, size)]
        many, some = [c for c in mine if c.few >= 10], [c for c in mine if 5 <= c.few < 10]
        low, high = min(many, key=lambda c: found[c]), max(many, key=lambda c: found[c])
        outside = [(sum(found[c] < 0.94 for c in part), sum(found[c] > 0.97 for c in part)) for part in (many, some)]
        lowest, highest = min(found[c] for c in some), max(found[c] for c in some)
        fewer = min(found[c] for c in mine if c.few < 5)
        print(
            f"| {low.differ} | {len(many)} | {found[low]:.1%} ({low.where}) | {found[high]:.1%} ({high.where}) | "
            f"{outside[0][0]} | {outside[0][1]} | {lowest:.1%}-{highest:.1%} | {outside[1][0]} | {outside[1][1]} | "
            f"{fewer:.1%} |"
        )
    print("\noutside 93.5-97% although surfaces differ; where fewer than five are expected, below 93.5%:\n")
    for case, value in sorted(found.items(), key=lambda pair: pair[1]):
        if case.size and (value < 0.935 or (case.few >= 5 and value > 0.97)):
            print(f"{value:.1%}  {case}")
    print(flush=True)


def covers(case: Case, events: NDArray[np.int64]) -> float:
    """The share of draws whose clustered interval holds the rate."""
    total, n = events.sum(axis=1), case.surfaces * case.each
    rate = np.clip(total / n, 0.5 / n, 1 - 0.5 / n)[:, None]
    squares = ((events - case.each * rate) ** 2 / (case.each * rate * (1 - rate))).sum(axis=1)
    alike = np.where((total == 0) | (total == n), 0.5, stats.chi2.sf(squares, case.surfaces - 1))
    fewer = np.minimum(total, n - total)
    error = np.array([posterior_error(0.05, p, few, case.each) for p, few in zip(alike, fewer, strict=True)])
    below = below_truth(events, case, PRIOR)
    inside = ((below >= error / 2) | (total == 0)) & ((below <= 1 - error / 2) | (total == n))
    held = inside | np.array([case.rate in interval(int(x), n) for x in total])
    for row, fast in list(zip(events, held, strict=True))[:CHECKED]:
        real = clustered(row.tolist(), [case.each] * case.surfaces).estimate
        assert real is not None
        near = min(abs(real.low - case.rate), abs(real.high - case.rate)) < 1e-3 * case.rate
        assert near or (case.rate in real.interval) == fast, (case, row)
    return float(held.mean())


def gate_table(draws: int) -> None:
    shapes = [(0.01, k, n) for k, n in product((4, 6, 8, 14), (300, 1500))]
    shapes += [(0.05, k, n) for k, n in product((4, 6, 8, 14), (150, 600))]
    print(f"Gate: runs at exactly the limit that pass at 95%, {draws:,} draws a case; 4, 6, 8 and 14 surfaces\n")
    print("| surfaces differ by | limit 1%, 300 and 1,500 trials: most | limit 5%, 150 and 600 trials: most |")
    print("| --- | --- | --- |")
    for spread in (0.0, 0.5, 1.0, 1.5, 2.0):
        cells = []
        for limit in (0.01, 0.05):
            cases = [Case(at, k, round(n / k), "logits", spread) for at, k, n in shapes if at == limit]
            found = {case: passes(case, drawn(case, draws)) for case in cases}
            worst = max(found, key=lambda k: found[k])
            cells.append(f"{found[worst]:.1%} ({worst.surfaces} × {worst.each})")
        print(f"| {spread:g} | {cells[0]} | {cells[1]} |", flush=True)
    print("\n| limit | surfaces | trials | passes at a true rate of 0 | a tenth of the limit | a fifth | a half |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for limit, k, n in shapes:
        case = Case(limit, k, round(n / k), "logits", 0.0)
        if k not in (6, 14):
            continue
        shown = [passes(case, drawn(case, draws // 4, limit * part)) for part in (0.0, 0.1, 0.2, 0.5)]
        print(
            f"| {limit:.0%} | {k} | {k * case.each:,} | {' | '.join(f'{share:.0%}' for share in shown)} |", flush=True
        )
    print()


def passes(case: Case, events: NDArray[np.int64]) -> float:
    """The share of draws that a gate with the case's rate as its limit lets pass."""
    total, n = events.sum(axis=1), case.surfaces * case.each
    # What independent trials would not let pass is not worked out.
    passed = np.array([upper_bound(int(x), n) <= case.rate for x in total])
    if passed.any():
        passed[passed] = below_truth(events[passed], case, prior_for(case.surfaces)) >= 0.95
    for row, fast in list(zip(events, passed, strict=True))[:CHECKED]:
        bound = bound_rate(row.tolist(), [case.each] * case.surfaces, 0.95).bound
        assert abs(bound - case.rate) < 1e-3 * case.rate or (bound <= case.rate) == fast, (case, row)
    return float(passed.mean())


def difference_table(draws: int) -> None:
    print(f"Paired differences, nominal 95%, {draws:,} draws a case; 6 and 12 surfaces of 40 and 100 trials\n")
    print("| rates | surfaces differ by, and the difference by | lowest | highest |")
    print("| --- | --- | --- | --- |")
    for a, b in ((0.02, 0.005), (0.05, 0.01), (0.1, 0.02), (0.07, 0.07), (0.5, 0.3)):
        for shared, own in ((0.0, 0.0), (0.5, 0.3), (1.5, 1.0)):
            found = [held(a, b, k, each, shared, own, draws) for k, each in product((6, 12), (40, 100))]
            print(f"| {a:g} and {b:g} | {shared:g}, {own:g} | {min(found):.1%} | {max(found):.1%} |", flush=True)
    print()


def held(a: float, b: float, surfaces: int, each: int, shared: float, own: float, draws: int) -> float:
    """The share of draws whose interval holds the difference."""
    random = np.random.default_rng([surfaces, each, int(1000 * a), int(1000 * b), int(10 * shared)])
    both, one = shared * random.standard_normal((draws, surfaces)), own * random.standard_normal((draws, surfaces))
    spread = float(np.hypot(shared, own))
    first = random.binomial(each, special.expit(centre(a, spread) + both + one)).astype(float)
    second = random.binomial(each, special.expit(centre(b, shared) + both)).astype(float)
    size, names, hit = np.full(surfaces, float(each)), tuple(map(str, range(surfaces))), 0
    for x, y in zip(first, second, strict=True):
        paired = Paired(names, size, size, x, y, False, x, y, np.zeros(surfaces), 0)
        hit += (a - b) in limits_of(paired, method_of(paired, True), True)(0.95)
    return hit / draws


def factor_table(draws: int) -> None:
    effects = {"lowers": -1.0, "raises": 1.0, "nothing": 0.0, "never": -30.0, "always": 30.0}
    print(f"Factor model, nominal 95%, {draws:,} draws; cells of 0% and 100% present\n")
    print("| surfaces | trials of each condition on each | surfaces differ by | effect | mean estimate | covered |")
    print("| --- | --- | --- | --- | --- | --- |")
    for surfaces, each, spread in ((6, 20, 0.8), (12, 20, 1.0), (12, 50, 0.5)):
        found = np.array([list(fitted(effects, surfaces, each, spread, seed)) for seed in range(draws)])
        for place, effect in enumerate(list(effects.values())[:3]):
            value, low, high = found[:, place].T
            covered = ((low <= effect) & (effect <= high)).mean()
            row = (surfaces, each, f"{spread:g}", f"{effect:+g}", f"{value.mean():+.3f}", f"{covered:.1%}")
            print(f"| {' | '.join(map(str, row))} |", flush=True)


def fitted(effects: dict[str, float], surfaces: int, each: int, spread: float, seed: int) -> Iterator[Sequence[float]]:
    """Estimate and interval, in logits, of each effect that is finite."""
    random = np.random.default_rng([seed, surfaces, each])
    shift = spread * random.standard_normal(surfaces)
    frames = []
    for changed in (None, *effects):
        chances = special.expit(-0.2 + (effects[changed] if changed else 0.0) + shift)
        events = random.random((surfaces, each)) < chances[:, None]
        names = np.repeat([f"s{number:02d}" for number in range(surfaces)], each)
        levels = {f"factor_{name}": ["yes" if name == changed else "no"] * events.size for name in effects}
        frames.append(pl.DataFrame({"surface": names, "event": events.ravel().astype(int), **levels}))
    model = fit_factors(pl.concat(frames), references=dict.fromkeys(effects, "no"))
    for ratio in model.odds_ratios[:3]:
        yield ratio.logit, ratio.logit_interval.low, ratio.logit_interval.high


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, *sys.argv[2:])
