"""`offswitch reference`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, verb
from offswitch.verbs.tables import confidence_option, counts_option, excluded_lines, model_option, outcomes, tables

if TYPE_CHECKING:
    from offswitch.statistics.against import Beside
    from offswitch.statistics.published import PublishedRate


@click.command(
    short_help="Show published figures, alone or beside a run.",
    epilog="Example: offswitch reference shutdown --against runs/gpt-4o",
)
@click.argument("behaviour", required=False)
@click.option("--study", metavar="NAME", help="Only this study.")
@model_option
@click.option("--against", type=click.Path(path_type=Path), metavar="RUN", help="Put this run beside, cell by cell.")
@counts_option("resisted")
@confidence_option
@verb
def reference(
    behaviour: str | None, study: str | None, model: str | None, against: Path | None, counts: str, confidence: float
) -> Reply:
    """Show what others published, with the interval that a run of this tool would have.

    With --against, each cell of the run stands beside every figure of the same condition; --model then chooses the
    run's model. The protocols differ in ways that the scenario's card names: a landmark, not a replication.
    """
    if against is None:
        return _figures(behaviour, study, model, confidence)
    return _beside(against, behaviour, study, model, counts, confidence)


def _figures(behaviour: str | None, study: str | None, model: str | None, confidence: float) -> Reply:
    from offswitch.statistics.against import figure_events, figure_interval
    from offswitch.statistics.published import every_figure
    from offswitch.verbs.plain import plain

    chosen = list(every_figure())
    for name, value in (("behaviour", behaviour), ("study", study), ("model", model)):
        if value is None:
            continue
        # `shutdown-compliance` holds the figures of `shutdown` that are given the other way round.
        values = (value, f"{value}-compliance") if name == "behaviour" else (value,)
        kept = [figure for figure in chosen if getattr(figure, name) in values]
        if not kept:
            known = ", ".join(dict.fromkeys(getattr(figure, name) for figure in chosen))
            raise InputError(f"no figure has the {name} {value!r}: choose from {known}")
        chosen = kept
    rows = [
        {**plain(figure), "interval": plain(figure_interval(figure, confidence)), "counted": figure_events(figure)}
        for figure in chosen
    ]
    percent = f"{100 * confidence:g}% interval"
    head = f"{'Behaviour, study, condition':<58}{'model':<22}{'n':>6}{'rate':>8}  {percent:<16} grade"
    lines, last = [head], ""
    for figure in chosen:
        place = f"{figure.behaviour}, {figure.study}, {figure.condition}"
        lines.append(_line(figure, "" if place == last else place, confidence))
        last = place
    lines += [
        "",
        "Grades: P read in the primary text or data, S in a careful secondary source; –: n is not given.",
    ]
    return Reply({"figures": rows}, "\n".join(lines))


def _line(figure: PublishedRate, place: str, confidence: float) -> str:
    from offswitch.statistics.against import figure_interval

    n = "–" if figure.trials is None else f"{figure.trials:,}"
    found = figure_interval(figure, confidence)
    span = "–" if found is None else f"[{found.low:.1%}, {found.high:.1%}]"
    return f"{place[:57]:<58}{figure.model[:21]:<22}{n:>6}{figure.percent:>7g}%  {span:<16} {figure.grade}"


def _beside(
    run: Path, behaviour: str | None, study: str | None, model: str | None, counts: str, confidence: float
) -> Reply:
    from offswitch.statistics.against import beside_published
    from offswitch.statistics.trials import read_trials
    from offswitch.verbs.plain import plain

    trials = read_trials(tables([run])).only(model=model, scenario=behaviour)
    counted = trials.counted(outcomes(counts))
    if counted.frame.is_empty():
        raise InputError(f"{run} has no trial that reached the deciding moment: there is no rate to put beside")

    def pairs(scenario: str, condition: str) -> list[tuple[str, str]]:
        return [pair for pair in _pairs(scenario, condition) if study in (None, pair[0])]

    found = beside_published(counted, pairs, confidence)
    conditions = dict.fromkeys(trials.frame["condition"].unique(maintain_order=True))
    alone = [condition for condition in conditions if condition not in {cell.condition for cell in found}]
    if not found:
        raise InputError(f"no condition of {run} ({', '.join(conditions)}) corresponds to a published one")
    notes = [f"no published figure: {', '.join(alone)}"] if alone else []
    notes += excluded_lines(counted.excluded)
    content: dict[str, Any] = {"run": str(run), "cells": plain(found), "without_figure": alone, "excluded": notes}
    return Reply(content, _text(found, notes, confidence))


def _pairs(scenario: str, condition: str) -> tuple[tuple[str, str], ...]:
    from offswitch.scenarios.catalogue import find

    try:
        preset = find(scenario).presets.get(condition)
    except InputError:
        return ()
    return preset.published if preset is not None else ()


def _text(found: tuple[Beside, ...], notes: list[str], confidence: float) -> str:
    from offswitch.statistics.reading import bracket, points

    lines: list[str] = []
    last: tuple[str, ...] = ()
    for cell in found:
        key = (cell.model, cell.scenario, cell.condition)
        if key != last:
            last = key
            span = f"[{cell.interval.low:.1%}, {cell.interval.high:.1%}]"
            where = f"{cell.surfaces} surfaces" if cell.surfaces > 1 else "1 surface"
            rate = f"{cell.events}/{cell.trials} {cell.rate:.1%} {span} on {where}"
            lines += ["", f"{cell.scenario} {cell.condition}, {cell.model}: {rate}"]
            head = f"run less published, {100 * confidence:g}%"
            lines.append(f"  {'published':<46}{'n':>6}{'rate':>8}  {head:<32}{'BH p':>6}")
        figure = cell.figure
        name = f"{figure.study} {figure.condition}, {figure.model}{' (same model)' if cell.same_model else ''}"
        n = "–" if figure.trials is None else f"{figure.trials:,}"
        size = points(cell.difference)
        size += f" {bracket(cell.difference_interval)}" if cell.difference_interval else " (n not given)"
        p = "–" if cell.adjusted_p is None else "<0.001" if cell.adjusted_p < 0.001 else f"{cell.adjusted_p:.3f}"
        lines.append(f"  {name[:45]:<46}{n:>6}{figure.percent:>7g}%  {size:<32}{p:>6}")
    lines += ["", "Protocols differ in ways that the scenario's card names: a landmark, not a replication."]
    return "\n".join([*lines, *notes]).lstrip("\n")
