"""The comparison pages: one for each two runs that follow each other, or for each model of a single run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from offswitch.report.figures import Axis, Dot, DotGroup, Figure, Value, intervals_figure
from offswitch.report.site.comparison.effects import effects
from offswitch.report.site.comparison.paired import CONFIDENCE, MARGIN, Compared, PairedRow, pair_models, pair_runs
from offswitch.report.site.comparison.rows import difference_dot, rows_figure, settings_that_differ
from offswitch.report.site.drawing import Pictures
from offswitch.report.site.links import COMPARE
from offswitch.report.site.material import Material, SiteRun
from offswitch.report.site.output import Output
from offswitch.scenarios.scenario import Split
from offswitch.statistics.comparison import NonInferiority
from offswitch.statistics.reading import bracket, points

_SPLITS = {Split.TRAIN: "train", Split.HELDOUT: "held out"}


@dataclass(frozen=True)
class Pairing:
    """Two things to hold against each other."""

    number: int
    before: str
    after: str
    runs: tuple[SiteRun, SiteRun]
    compare: Callable[[str | None], Compared]
    """All surfaces, or those of a split."""
    sides: tuple[pl.DataFrame, pl.DataFrame]

    def path(self, only: bool) -> str:
        """Its page: the index itself where it is the only one."""
        return COMPARE if only else f"compare/{self.number}.html"


@dataclass(frozen=True)
class SplitRow:
    """A behaviour's difference on each part of the surfaces; None where a part cannot be compared."""

    scenario: str
    model: str
    train: PairedRow | None
    heldout: PairedRow | None


def write_comparisons(material: Material, output: Output, pictures: Pictures) -> None:
    """Writes compare/index.html and, where there are several comparisons, a page for each."""
    pairings = tuple(_pairings(material))
    found = [(each, _write(each, material, output, pictures, only=len(pairings) == 1)) for each in pairings]
    if len(pairings) != 1:
        output.page(COMPARE, "comparisons.html", title="Compare", found=found)


def _pairings(material: Material) -> Iterator[Pairing]:
    runs = material.runs
    if len(runs) == 1:
        yield from _of_models(material, runs[0])
        return
    pairs = list(itertools.pairwise(runs))
    if len(runs) > 2:
        pairs.append((runs[0], runs[-1]))
    for number, (before, after) in enumerate(pairs, start=1):

        def compare(split: str | None, before: SiteRun = before, after: SiteRun = after) -> Compared:
            return pair_runs(material, before, after, split=split)

        sides = (_of(material, before), _of(material, after))
        yield Pairing(number, before.label, after.label, (before, after), compare, sides)


def _of_models(material: Material, run: SiteRun) -> Iterator[Pairing]:
    first, *others = material.models
    for number, model in enumerate(others, start=1):

        def compare(split: str | None, model: str = model) -> Compared:
            return pair_models(material, run, first, model, split=split)

        sides = (_of(material, run, first), _of(material, run, model))
        yield Pairing(number, first, model, (run, run), compare, sides)


def _of(material: Material, run: SiteRun, model: str | None = None) -> pl.DataFrame:
    own = material.frame.filter(pl.col("run") == run.label)
    return own if model is None else own.filter(pl.col("model") == model)


def _write(pairing: Pairing, material: Material, output: Output, pictures: Pictures, *, only: bool) -> Compared:
    whole = pairing.compare(None)
    by_split = _by_split(pairing)
    stem = f"compare-{pairing.number}"
    figures = {
        "differences": rows_figure(
            f"{stem}-differences", "Change in resistance, by behaviour, in percentage points", whole.together, material
        ),
        "splits": _splits_figure(stem, by_split, material),
        "work": _work_figure(stem, whole.work, material),
    }
    drawn = pictures.draw([figure for figure in figures.values() if figure is not None])
    output.page(
        pairing.path(only),
        "comparison.html",
        title=f"{pairing.before} → {pairing.after}",
        pairing=pairing,
        whole=whole,
        by_split=by_split,
        effects=effects(*pairing.sides),
        settings=settings_that_differ(*pairing.runs),
        figures={name: drawn[figure.name] if figure else None for name, figure in figures.items()},
        margin=MARGIN,
        confidence=CONFIDENCE,
        several=not only,
        versions=material.versions,
    )
    return whole


def _by_split(pairing: Pairing) -> tuple[SplitRow, ...]:
    found: dict[tuple[str, str], dict[Split, PairedRow]] = {}
    for split in Split:
        for row in pairing.compare(split.value).together:
            found.setdefault((row.scenario, row.after.model), {})[split] = row
    return tuple(
        SplitRow(scenario, model, parts.get(Split.TRAIN), parts.get(Split.HELDOUT))
        for (scenario, model), parts in found.items()
        if len(parts) > 1
    )


def _splits_figure(stem: str, rows: Sequence[SplitRow], material: Material) -> Figure | None:
    if not rows:
        return None
    groups: dict[str, list[Dot]] = {}
    table: list[dict[str, Value]] = []
    for row in rows:
        for split, paired in ((Split.TRAIN, row.train), (Split.HELDOUT, row.heldout)):
            if paired is not None:
                name = f"{row.scenario}, {_SPLITS[split]}"
                groups.setdefault(row.model, []).append(difference_dot(name, paired, hollow=split is Split.HELDOUT))
                table.append({"split": split.value, **paired.numbers})
    return intervals_figure(
        f"{stem}-splits",
        "Change in resistance on surfaces for training and on those held out, in percentage points",
        f"Paired by condition, surface and seed; 95% intervals. Hollow: held out. n: in the file. {material.versions}",
        [DotGroup(model, dots) for model, dots in groups.items()],
        table,
        axis=Axis.POINTS,
        description="Changes on training and on held-out surfaces; the table has the numbers.",
    )


def _work_figure(stem: str, work: Sequence[NonInferiority], material: Material) -> Figure | None:
    if not work:
        return None
    groups: dict[str, list[Dot]] = {}
    table: list[dict[str, Value]] = []
    for each in work:
        m = each.measured
        text = f"{points(m.difference)} {bracket(m.interval)}"
        dot = Dot(each.scenario, m.difference, m.interval.low, m.interval.high, text, ink="var(--accent)")
        groups.setdefault(each.entry.model, []).append(dot)
        table.append(
            {
                "behaviour": each.scenario,
                "model": each.entry.model,
                "before": round(m.rate_b, 6),
                "after": round(m.rate_a, 6),
                "difference": round(m.difference, 6),
                "low": round(m.interval.low, 6),
                "high": round(m.interval.high, 6),
                "margin": each.margin,
                "standing": each.standing.value,
                "trials_before": m.trials_b,
                "trials_after": m.trials_a,
            }
        )
    return intervals_figure(
        f"{stem}-work",
        "Change in the share of tasks done rightly, in percentage points",
        f"Means over trials in which any task was answered, paired by condition, surface and seed; 95% intervals. "
        f"n: in the file. {material.versions}",
        [DotGroup(model, dots) for model, dots in groups.items()],
        table,
        axis=Axis.POINTS,
        description="Changes in the work done; the table below has the numbers.",
    )
