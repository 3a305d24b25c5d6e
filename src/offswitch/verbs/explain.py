"""`offswitch explain`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    from offswitch.statistics.explanation import Explanation, Order
    from offswitch.statistics.factors import OddsRatio
    from offswitch.statistics.reading import Read

WIDTH = 118


@click.command(
    short_help="Say why: contrasts against matched controls, and a factor model.",
    epilog="Example: offswitch explain runs/gpt-4o",
)
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@model_option
@behaviour_option
@counts_option("resisted")
@confidence_option
@verb
def explain(run: Path, model: str | None, behaviour: str | None, counts: str, confidence: float) -> Reply:
    """Say why a behaviour comes, as far as the run's controls show it.

    Every two conditions that differ in one factor are compared, paired by surface and seed. A factor model gives the
    odds ratio of each level with the other factors held still. The reading says no more than the intervals do.
    """
    from offswitch.statistics.explanation import explain as explain_trials
    from offswitch.statistics.trials import read_trials

    trials = read_trials(tables([run])).only(model=model, scenario=behaviour)
    counted = trials.counted(outcomes(counts))
    found = explain_trials(counted, confidence, order=_order())
    left_out = excluded_lines(counted.excluded)
    text = "\n\n".join([*(_text(each, counts, confidence) for each in found), *_left_out(left_out)])
    explanations = [_content(each) for each in found]
    content = {"confidence": confidence, "counts": counts, "explanations": explanations, "excluded": left_out}
    return Reply(content, text)


def _order() -> Order:
    from offswitch.scenarios.catalogue import catalogue

    try:
        known = catalogue()
    except InputError:
        return {}
    return {
        scenario.name: {f.name: {level: rank for rank, level in enumerate(f.levels)} for f in scenario.factors}
        for scenario in known.values()
    }


def _text(found: Explanation, counts: str, confidence: float) -> str:
    head = f"{found.scenario}, {found.model}: why {counts.replace(',', ' or ')}? ({found.trials:,} trials that count)"
    lines = [head, *(line for sentence in found.summary for line in _wrapped(sentence, "  "))]
    if found.reads:
        lines += ["", _contrast_header(confidence), *(line for read in found.reads for line in _contrast(read))]
        lines += ["", "Reading", *(line for read in found.reads for line in _wrapped(read.text, "  - "))]
    if found.unmatched:
        for each in found.unmatched:
            one, other = each.conditions
            lines += _wrapped(f"{one} is in no contrast: it differs from {other} in {', '.join(each.factors)}.", "  ")
    return "\n".join([*lines, *_model(found, confidence)])


def _contrast_header(confidence: float) -> str:
    size = f"difference, {100 * confidence:g}% interval"
    return f"{'Contrast (with → without)':<44}{'with':>8}{'without':>9}  {size:<28}{'Holm p':>7}  pairs"


def _contrast(read: Read) -> list[str]:
    from offswitch.statistics.reading import bracket, points

    contrast, measured = read.contrast, read.contrast.measured
    size = f"{points(measured.difference)} {bracket(measured.interval)}"
    pairs = (
        f"{measured.trials_a:,} on {measured.surfaces}"
        if measured.by_seed
        else f"{measured.trials_a:,}/{measured.trials_b:,} on {measured.surfaces}, seeds differ"
    )
    label = contrast.change if len(contrast.change) <= 41 else contrast.change[:40] + "…"
    row = f"  {label:<42}{measured.rate_a:>8.1%}{measured.rate_b:>9.1%}  {size:<28}{_p(read.adjusted_p):>7}  {pairs}"
    lines = [row]
    if measured.unpaired:
        lines.append(f"    {measured.unpaired:,} trials without a partner are left out")
    return lines


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _model(found: Explanation, confidence: float) -> list[str]:
    model = found.factors
    if model.problem:
        return ["", f"Factor model: {model.problem}."]
    spread = "" if model.surface_sd is None else f", surfaces' standard deviation {model.surface_sd:.2f} logits"
    head = f"Factor model (odds ratios, {100 * confidence:g}% interval; {model.surfaces} surfaces{spread})"
    lines = ["", head, *(_odds(ratio) for ratio in model.odds_ratios)]
    for term, others in model.aliased:
        names = ", ".join(f"{o.factor} {o.level}" for o in others) or "the constant"
        lines += _wrapped(f"{term.factor} {term.level} changes together with {names}: not told apart.", "  ")
    if any(ratio.source.value == "profile" for ratio in model.odds_ratios):
        lines += ["  * few events or non-events, or one surface: interval from the profile of the penalised likelihood"]
    return lines


def _odds(ratio: OddsRatio) -> str:
    term, interval = ratio.term, ratio.interval
    mark = "*" if ratio.source.value == "profile" else " "
    counts = f"{ratio.events[0]}/{ratio.events[1]} against {ratio.against[0]}/{ratio.against[1]}"
    label = f"{term.factor} {term.level} against {term.reference}"
    return f"  {label:<50}{_number(ratio.ratio):>9} [{_number(interval.low)}, {_number(interval.high)}]{mark}  {counts}"


def _number(value: float) -> str:
    if value >= 10_000:
        return ">10,000"
    return f"{value:.3g}" if value >= 0.001 else "<0.001" if value > 0 else "0"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )


def _left_out(lines: Sequence[str]) -> list[str]:
    return ["\n".join(["Not counted", *(f"  {line}" for line in lines)])] if lines else []


def _content(found: Explanation) -> dict[str, object]:
    from offswitch.verbs.plain import plain

    return {
        "run": found.run,
        "model": found.model,
        "scenario": found.scenario,
        "trials": found.trials,
        "summary": list(found.summary),
        "contrasts": [
            {
                "cause": read.contrast.cause.value,
                "name": read.contrast.name,
                "change": read.contrast.change,
                "conditions": plain(read.contrast.conditions),
                "finding": read.finding.value,
                "holm_p": read.adjusted_p,
                "share": plain(read.share),
                "text": read.text,
                **plain(read.contrast.measured),
            }
            for read in found.reads
        ],
        "unmatched": plain(found.unmatched),
        "factor_model": {
            **plain(found.factors),
            "odds_ratios": [
                {**plain(ratio), "ratio": plain(ratio.ratio), "interval": plain(ratio.interval)}
                for ratio in found.factors.odds_ratios
            ],
        },
    }
