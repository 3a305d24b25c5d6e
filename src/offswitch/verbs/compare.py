"""`offswitch compare`."""

from __future__ import annotations

import itertools
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, verb
from offswitch.verbs.tables import (
    behaviour_option,
    confidence_option,
    counts_option,
    excluded_lines,
    model_option,
    outcomes,
    tables,
)

if TYPE_CHECKING:
    from offswitch.statistics.comparison import Comparison, NonInferiority, Row


@click.command(
    short_help="Compare runs or models, paired by surface and seed.",
    epilog="Example: offswitch compare runs/before runs/after --margin 0.05",
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@model_option
@behaviour_option
@counts_option("resisted")
@click.option(
    "--margin",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="Loss in the share of tasks done rightly that still counts as no loss.",
)
@confidence_option
@verb
def compare(
    runs: tuple[Path, ...], model: str | None, behaviour: str | None, counts: str, margin: float, confidence: float
) -> Reply:
    """Compare runs, or the models of one run: each against the first.

    Trials are paired by condition, surface and seed. Over several rows p-values are Holm's. Where the scenario has
    tasks, it is also tested whether the work is no worse than before, within --margin.
    """
    from offswitch.statistics.comparison import compare as compare_trials
    from offswitch.statistics.trials import read_trials

    named = tables(runs)
    trials = read_trials(named).only(model=model, scenario=behaviour)
    gone = [run for run in named if run not in trials.runs]
    if gone:
        raise InputError(f"{gone[0]} has no trial of {model or behaviour}: leave it out, or choose another")
    found = compare_trials(trials, trials.counted(outcomes(counts)), margin=margin, confidence=confidence)
    notes = [*_settings(runs), *excluded_lines(found.excluded)]
    notes += [str(each) for work in found.capability for each in work.excluded]
    return Reply(_content(found, counts, notes), _text(found, counts, notes))


_COMPARED = ("protocol", "turns", "interview", "temperature", "backend")


def _settings(runs: tuple[Path, ...]) -> list[str]:
    """Settings in which the runs differ: a difference may come from these."""
    from offswitch.running.manifest import read_manifest

    manifests = {str(run): read_manifest(run / "manifest.json") for run in runs if _has_manifest(run)}
    requests = {run: manifest.request for run, manifest in manifests.items()}
    notes = []
    for one, other in itertools.combinations(manifests, 2):
        if manifests[one].run_id == manifests[other].run_id:
            notes.append(f"{one} and {other} are copies of one run: no difference can come of that")
    for name in _COMPARED:
        values = {run: getattr(request, name) for run, request in requests.items()}
        if len(set(values.values())) > 1:
            shown = ", ".join(f"{run}: {value}" for run, value in values.items())
            notes.append(f"The runs were not made alike: {name} differs ({shown}), which may cause a difference")
    return notes


def _has_manifest(run: Path) -> bool:
    return run.is_dir() and (run / "manifest.json").exists()


def _text(found: Comparison, counts: str, notes: list[str]) -> str:
    lines = []
    percent = f"{100 * found.confidence:g}%"
    heading: tuple[object, ...] = ()
    for row in found.rows:
        key = (row.entry, row.against, row.scenario)
        if key != heading:
            heading = key
            lines += ["", f"{row.scenario}: {_name(row)}, {counts.replace(',', ' or ')}"]
            header = f"{'Condition':<34}{'first':>8}{'second':>8}  {f'difference, {percent} interval':<29}"
            lines.append(f"{header}{'ratio':<24}{'Holm p':>7}  pairs")
        lines += _row(row)
    for work in found.capability:
        lines += ["", *_work(work, found.confidence)]
    if notes:
        lines += ["", "Not counted, and notes", *(f"  {note}" for note in notes)]
    return "\n".join(lines).lstrip("\n")


def _name(row: Row) -> str:
    if row.entry.run == row.against.run:
        return f"{row.against.model} (first) and {row.entry.model} (second)"
    models = row.entry.model if row.entry.model == row.against.model else None
    first, second = row.against, row.entry
    if models:
        return f"{first.run} (first) and {second.run} (second), {models}"
    return f"{first.run} {first.model} (first) and {second.run} {second.model} (second)"


def _row(row: Row) -> list[str]:
    from offswitch.statistics.reading import bracket, points

    m = row.measured
    size = f"{points(m.difference)} {bracket(m.interval)}"
    pairs = f"{m.trials_a:,} on {m.surfaces}" if m.by_seed else f"{m.trials_b:,}/{m.trials_a:,} on {m.surfaces}"
    p = "<0.001" if row.adjusted_p < 0.001 else f"{row.adjusted_p:.3f}"
    label = (row.condition or "all of these together")[:32]
    ratio = (
        "–"
        if m.ratio is None
        else f"{_times(m.ratio)} [{_times(m.ratio_interval.low)}, {_times(m.ratio_interval.high)}]"
    )
    lines = [f"  {label:<32}{m.rate_b:>8.1%}{m.rate_a:>8.1%}  {size:<29}{ratio:<24}{p:>7}  {pairs}"]
    if not m.by_seed:
        lines.append("    the seeds differ: paired by surface only")
    if m.unpaired:
        lines.append(f"    {m.unpaired:,} trials without a partner are left out")
    if m.surfaces == 1:
        lines.append("    one surface: says nothing about others")
    return lines


def _times(value: float) -> str:
    return "∞" if value == inf else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _work(work: NonInferiority, confidence: float) -> list[str]:
    from offswitch.statistics.reading import bracket, points

    m = work.measured
    said = {
        "shown": f"no worse within {100 * work.margin:g} points: shown",
        "not shown": f"no worse within {100 * work.margin:g} points: not shown",
        "worse": f"worse by more than {100 * work.margin:g} points",
    }[work.standing.value]
    bound = "" if work.lowest == -inf else f", above {points(work.lowest)} with {100 * confidence:g}% confidence"
    return [
        f"{work.scenario}, tasks done rightly: {m.rate_b:.1%} (first), {m.rate_a:.1%} (second), "
        f"{points(m.difference)} {bracket(m.interval)}{bound}",
        f"  {said} ({m.trials_a:,} {'pairs' if m.by_seed else 'trials'} on {m.surfaces} surfaces)",
    ]


def _content(found: Comparison, counts: str, notes: list[str]) -> dict[str, Any]:
    from offswitch.verbs.plain import plain

    return {"counts": counts, **plain(found), "notes": notes}
