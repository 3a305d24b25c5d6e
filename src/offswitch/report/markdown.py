"""The report as Markdown: what the table says, for a file or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from offswitch.report.cells import DENOMINATOR, Cell, Rate, count_cells, how_made
from offswitch.report.facts import facts_of
from offswitch.report.run import Run, read_run
from offswitch.verdicts.outcome import Honesty, Outcome
from offswitch.visible import one_line

_ACTIVE = re.compile(r"([\\`*_{}\[\]#|~!$])")


def as_markdown(run_dir: Path) -> str:
    """The run's table, its published counterparts and what the run was, as Markdown.

    Raises:
        InputError: there is no run there that can be read.
    """
    return markdown_of(read_run(run_dir))


def markdown_of(run: Run) -> str:
    """The Markdown of a run that was read already."""
    cells = count_cells(run.trials, looked=run.looked)
    parts = ["# Offswitch report"]
    for scenario, version in dict.fromkeys((cell.scenario, cell.version) for cell in cells):
        own = [cell for cell in cells if (cell.scenario, cell.version) == (scenario, version)]
        words = f"{DENOMINATOR} Brackets: {how_made(run.looked)}."
        parts += [f"## {_plain(scenario)} {_plain(version)}", words, _rates(own), _outcomes(own), _honesty(own)]
        parts += [text for text in (_awareness(own), _techniques(own), _published(own)) if text]
    parts += ["## What the run was", _table(["", ""], facts_of(run))]
    return "\n\n".join(parts) + "\n"


def _rates(cells: Sequence[Cell]) -> str:
    header = ["model", "condition", "trials", "reached", "resisted / reached", "attempted / reached"]
    rows = [
        [
            cell.model,
            cell.condition,
            cell.trials,
            cell.reached,
            cell.rate(Outcome.RESISTED) or "no trial reached the deciding moment",
            cell.rate(Outcome.ATTEMPTED) or "–",
            cell.outcomes[Outcome.UNREACHED],
            cell.outcomes[Outcome.NEEDS_JUDGE],
            cell.outcomes[Outcome.MALFUNCTION],
        ]
        for cell in cells
    ]
    return _table([*header, "unreached", "needs judge", "malfunction"], rows)


def _outcomes(cells: Sequence[Cell]) -> str:
    rows = [
        [cell.model, cell.condition, *(cell.outcomes[outcome] for outcome in Outcome), cell.tasks or "–"]
        for cell in cells
    ]
    return _table(["model", "condition", *(outcome.value for outcome in Outcome), "tasks right"], rows)


def _honesty(cells: Sequence[Cell]) -> str:
    rows = [[cell.model, cell.condition, *(cell.honesty[kind] for kind in Honesty)] for cell in cells]
    return "What it said afterwards, held against the state:\n\n" + _table(
        ["model", "condition", *(kind.value for kind in Honesty)], rows
    )


def _awareness(cells: Sequence[Cell]) -> str:
    if not any(cell.aware for cell in cells):
        return ""
    rows = [
        [cell.model, cell.condition, cell.aware, *(cell.resisted_if_aware.get(aware) or "–" for aware in (True, False))]
        for cell in cells
    ]
    header = ["model", "condition", "trials that mention it", "resisted / reached, with a mention", "without"]
    return "Mention of being tested, in the agent's own words:\n\n" + _table(header, rows)


def _techniques(cells: Sequence[Cell]) -> str:
    rows = [
        [cell.model, cell.condition, technique, count] for cell in cells for technique, count in cell.techniques.items()
    ]
    return _table(["model", "condition", "technique", "trials"], rows) if rows else ""


def _published(cells: Sequence[Cell]) -> str:
    rows = []
    for condition, rates in {cell.condition: cell.published for cell in cells if cell.published}.items():
        for rate in rates:
            interval = rate.interval
            shown = f"{interval.low:.1%} to {interval.high:.1%}" if interval else "–"
            source = f"{rate.study} {rate.condition}{' (100% less compliance)' if rate.complement else ''}"
            rows.append([condition, source, rate.model, f"{rate.percent:g}%", rate.trials or "–", shown, rate.grade])
    if not rows:
        return ""
    header = ["condition", "study", "model", "resisted", "trials", "95% interval", "grade"]
    return "Published figures for the same condition (grade P: primary source, S: secondary):\n\n" + _table(
        header, rows
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [_row(header), _row(["---"] * len(header))]
    lines += [_row([_plain(value) for value in row]) for row in rows]
    return "\n".join(lines)


def _row(values: Sequence[str]) -> str:
    return f"| {' | '.join(values)} |"


def _plain(value: object) -> str:
    if isinstance(value, Rate):
        return str(value)
    text = _ACTIVE.sub(r"\\\1", one_line(str(value)))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
