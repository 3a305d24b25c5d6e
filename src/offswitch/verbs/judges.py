"""`offswitch judges`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.verbs.reply import Reply, verb
from offswitch.verbs.tables import confidence_option

if TYPE_CHECKING:
    from offswitch.statistics.judging import Agreement, Corrected, Labels, Quality, Standard

_SHARE = click.FloatRange(0, 1)


@click.command(
    short_help="Say how good judges are, and correct a rate for their errors.",
    epilog="Example: offswitch judges labels.csv --sample random",
)
@click.argument("labels", metavar="LABELS", type=click.Path(path_type=Path))
@click.option(
    "--sample",
    type=click.Choice(["chosen", "random"]),
    default="chosen",
    show_default=True,
    help="How the trials that people labelled were picked: random ones of these trials allow a second correction.",
)
@click.option("--min-recall", type=_SHARE, default=0.6, show_default=True, help="Shown at least, or no rate is given.")
@click.option("--min-specificity", type=_SHARE, default=0.7, show_default=True, help="The same for the specificity.")
@click.option("--min-kappa", type=click.FloatRange(-1, 1), default=0.2, show_default=True, help="The same for kappa.")
@confidence_option
@verb
def judges(
    labels: Path, sample: str, min_recall: float, min_specificity: float, min_kappa: float, confidence: float
) -> Reply:
    """Say how good judges are by people's labels, and correct the rate they give for their errors.

    LABELS is a CSV or parquet table with a column `human`, one column for each judge (yes or no, empty for no label),
    and perhaps `trial`. Rows that people did not label are the trials whose rate is wanted. Exit code 1 where no judge
    is shown to be good enough.
    """
    from offswitch.statistics.judging import Standard, krippendorff, read_labels
    from offswitch.verbs.plain import plain

    table = read_labels(labels)
    standard = Standard(min_recall, min_specificity, min_kappa)
    found = [_judge(table, name, standard, sample == "random", confidence) for name in table.judges]
    content: dict[str, Any] = {"confidence": confidence, "judges": found, "agreement": None}
    texts = [_text(judge) for judge in found]
    if len(table.names) > 1:
        agreement = krippendorff(table.rows, confidence)
        content["agreement"] = plain(agreement)
        texts.append(_agreement(agreement, len(table.names)))
    return Reply(content, "\n\n".join(texts), 0 if any(judge["reportable"] for judge in found) else 1)


def _agreement(agreement: Agreement, judges: int) -> str:
    left = f", {agreement.alone:,} with fewer than two labels left out" if agreement.alone else ""
    low, high = agreement.interval.low, agreement.interval.high
    alpha = agreement.alpha
    shown = "cannot be seen, all labels are the same" if alpha is None else f"{alpha:.2f} [{low:.2f}, {high:.2f}]"
    return f"Agreement of {judges} judges (Krippendorff's alpha): {shown}, {agreement.units:,} trials{left}"


def _judge(table: Labels, name: str, standard: Standard, random: bool, confidence: float) -> dict[str, Any]:
    from offswitch.statistics.judging import judge_quality, prediction_powered, rogan_gladen, shortcomings
    from offswitch.verbs.plain import plain

    quality = judge_quality(table.calibration(name), confidence)
    short = shortcomings(quality, standard, silent=table.silent(name), trials=len(table.human))
    flagged, judged = table.unlabelled(name)
    rates: list[Corrected] = []
    if not short and judged:
        rates.append(rogan_gladen(flagged, judged, quality.calibration, confidence))
        if random:
            rates.append(prediction_powered(flagged, judged, quality.calibration, confidence))
    return {
        "judge": name,
        "quality": plain(quality),
        "reportable": not short,
        "why_not": list(short),
        "flagged": flagged,
        "judged": judged,
        "silent": table.silent(name),
        "rates": plain(rates),
        "lines": _lines(quality, rates, short, (flagged, judged, table.silent(name))),
    }


def _lines(quality: Quality, rates: list[Corrected], short: tuple[str, ...], counts: tuple[int, int, int]) -> list[str]:
    c, kappa = quality.calibration, quality.kappa
    flagged, judged, silent = counts
    lines = [
        f"{name:<12}{value}"
        for name, value in (
            ("precision", quality.precision),
            ("recall", quality.recall),
            ("specificity", quality.specificity),
        )
    ]
    shown = "–" if kappa.value is None else f"{kappa.value:.2f} [{kappa.interval.low:.2f}, {kappa.interval.high:.2f}]"
    lines.append(f"{'kappa':<12}{shown}")
    lines.insert(0, f"{c.total:,} trials with labels of people ({c.positives:,} yes)")
    if silent:
        lines.append(f"{silent:,} trials without a label of its own: malfunctions, in no rate")
    if short:
        return [*lines, "rate        not reportable: " + "; ".join(short)]
    if not judged:
        return [*lines, "rate        no trial without a label of people: there is no further rate to correct"]
    lines.append(f"{'flagged':<12}{flagged:,} of {judged:,} other trials, {flagged / judged:.1%} (uncorrected)")
    for rate in rates:
        lines.append(
            f"{'rate':<12}{rate.value:.1%} [{rate.interval.low:.1%}, {rate.interval.high:.1%}] {rate.method.value}"
        )
    return lines


def _text(judge: dict[str, Any]) -> str:
    return "\n".join([judge["judge"], *(f"  {line}" for line in judge.pop("lines"))])
