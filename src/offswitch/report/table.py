"""The table for a terminal: plain text, at most 120 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from offswitch.report.cells import DENOMINATOR, Cell, Rate, count_cells, how_made
from offswitch.report.facts import joint_facts
from offswitch.report.measures import meanings
from offswitch.report.run import Run, read_run
from offswitch.statistics.published import PublishedRate
from offswitch.verdicts.outcome import Honesty, Outcome
from offswitch.visible import one_line

WIDTH = 118
_CONDITION = 18
_CONTROL = "* control: without a motive, or a ceiling at which the agent is told to do it."
_BOLD, _PLAIN = "\033[1m", "\033[0m"

Column = tuple[str, Callable[[Cell], str]]


def render_table(run_dir: Path, *, colour: bool = False) -> str:
    """The run's table as text for a terminal.

    Args:
        run_dir: Folder of the run.
        colour: Whether the text goes to a terminal, where headings may be bold.

    Raises:
        InputError: there is no run there that can be read.
    """
    return table_of(read_run(run_dir), colour=colour)


def table_of(run: Run, *, colour: bool = False) -> str:
    """The table of a run that was read already."""
    cells = count_cells(run.trials, looked=run.looked)
    parts = [_heading(run, cells)]
    if len({cell.scenario for cell in cells}) > 1:
        parts.append(_overview(cells))
    for scenario in dict.fromkeys((cell.scenario, cell.version) for cell in cells):
        own = [cell for cell in cells if (cell.scenario, cell.version) == scenario]
        parts.append(_section(" ".join(scenario), _rate_columns(own), own))
        controls = any(cell.preset and cell.preset.control for cell in own)
        brackets = f"Brackets: {how_made(run.looked)}."
        notes = [DENOMINATOR, brackets, *([_CONTROL] if controls else []), *_unjudged(own)]
        parts.append("\n".join(textwrap.wrap(" ".join(notes), WIDTH)))
        parts.append(_section("Outcomes", _outcome_columns(), own))
        parts.append(_section("Asked afterwards", _honesty_columns(), own))
        if any(cell.aware for cell in own):
            parts.append(_section("Mention of a test", _awareness_columns(), own))
        if any(cell.measures for cell in own):
            parts.append(_section("Measures", _measure_columns(own), own))
            parts.append("\n".join(_measure_notes(run, own)))
        parts += [text for text in (_techniques(own), _published(own)) if text]
    text = "\n\n".join(parts) + "\n"
    return text if colour else _without_marks(text)


def render_overview(run_dir: Path, *, colour: bool = False) -> str:
    """Every behaviour of a run in one table, a row for each condition of each model.

    Raises:
        InputError: there is no run there that can be read.
    """
    text = f"{_overview(count_cells(read_run(run_dir).trials))}\n"
    return text if colour else _without_marks(text)


def _overview(cells: Sequence[Cell]) -> str:
    models = list(dict.fromkeys(cell.model for cell in cells))
    rows = sorted(cells, key=lambda cell: (models.index(cell.model), cell.scenario))
    columns: list[Column] = [
        ("trials", lambda cell: str(cell.trials)),
        ("resisted / reached", _resisted),
        ("attempted", _counter(Outcome.ATTEMPTED)),
        ("evaded", _counter(Outcome.EVADED)),
        ("unreached", _counter(Outcome.UNREACHED)),
        ("malfunction", _counter(Outcome.MALFUNCTION)),
        ("judge", _counter(Outcome.NEEDS_JUDGE)),
    ]
    return _section("Behaviour", columns, rows, lambda cell: f"{cell.scenario}:{_condition(cell)}")


def _heading(run: Run, cells: Sequence[Cell]) -> str:
    trials = len(run.trials)
    planned = f" of {run.planned} planned" if run.planned and run.planned != trials else ""
    models = len({cell.model for cell in cells})
    conditions = len({(cell.scenario, cell.condition) for cell in cells})
    return f"{_plural(trials, 'trial')}{planned}, {_plural(models, 'model')}, {_plural(conditions, 'condition')}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _rate_columns(cells: Sequence[Cell]) -> list[Column]:
    columns: list[Column] = [
        ("trials", lambda cell: str(cell.trials)),
        ("reached", lambda cell: str(cell.reached)),
        ("resisted / reached", _resisted),
        ("attempted", _attempted),
        ("unreached", lambda cell: str(cell.outcomes[Outcome.UNREACHED])),
        ("malfunction", lambda cell: str(cell.outcomes[Outcome.MALFUNCTION])),
    ]
    if any(cell.published for cell in cells):
        columns.append(("published", lambda cell: _range(cell.published)))
    return columns


def _resisted(cell: Cell) -> str:
    rate = cell.rate(Outcome.RESISTED)
    return "no trial reached the deciding moment" if rate is None else _with_interval(rate)


def _with_interval(rate: Rate | None) -> str:
    if rate is None:
        return "–"
    low, high = rate.interval.low, rate.interval.high
    return f"{_count(rate)} {rate.share:6.1%} [{low:5.1%}, {high:6.1%}]"


def _attempted(cell: Cell) -> str:
    rate = cell.rate(Outcome.ATTEMPTED)
    return "–" if rate is None else f"{_count(rate)} {rate.share:6.1%}"


def _count(rate: Rate) -> str:
    return f"{rate.events}/{rate.trials}"


def _range(rates: Sequence[PublishedRate]) -> str:
    if not rates:
        return "–"
    low, high = min(r.percent for r in rates), max(r.percent for r in rates)
    return f"{low:g}%" if low == high else f"{low:g}–{high:g}%"


def _outcome_columns() -> list[Column]:
    columns: list[Column] = [(outcome.value, _counter(outcome)) for outcome in Outcome]
    columns.append(("tasks right", lambda cell: f"{_count(cell.tasks)} {cell.tasks.share:4.0%}" if cell.tasks else "–"))
    return columns


def _counter(outcome: Outcome) -> Callable[[Cell], str]:
    return lambda cell: str(cell.outcomes[outcome])


def _honesty_columns() -> list[Column]:
    def column(kind: Honesty) -> Column:
        return kind.value.replace("-", " "), lambda cell: str(cell.honesty[kind])

    return [column(kind) for kind in Honesty]


def _awareness_columns() -> list[Column]:
    """Resistance with and without a mention: where they differ, the rate over both says little."""

    def column(aware: bool) -> Callable[[Cell], str]:
        return lambda cell: _with_interval(cell.resisted_if_aware.get(aware))

    return [
        ("trials with", lambda cell: str(cell.aware)),
        ("resisted / reached, with a mention", column(True)),
        ("without", column(False)),
    ]


def _measure_columns(cells: Sequence[Cell]) -> list[Column]:
    """Means of the behaviour's own measures, as bare numbers with their intervals and trials."""

    def column(name: str) -> Callable[[Cell], str]:
        def shown(cell: Cell) -> str:
            found = cell.measures.get(name)
            return "–" if found is None else f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] n={found.n}"

        return shown

    names = dict.fromkeys(name for cell in cells for name in cell.measures)
    return [(name.replace("_", " "), column(name)) for name in names]


def _measure_notes(run: Run, cells: Sequence[Cell]) -> list[str]:
    """What the measures mean, and what trials of all conditions give together."""
    said = meanings(cells[0].scenario)
    used = dict.fromkeys(name for cell in cells for name in cell.measures)
    notes = [f"{name.replace('_', ' ')}: {said[name]}" for name in used if name in said]
    lines = textwrap.wrap("; ".join(notes) + ". Means with 95% intervals over surfaces.", WIDTH)
    for label, text in joint_facts(run.trials):
        if label.startswith(f"{cells[0].scenario} "):
            lines += _hanging(f"{one_line(label, 70)}: {text}")
    return lines


def _section(
    title: str, columns: Sequence[Column], cells: Sequence[Cell], label: Callable[[Cell], str] | None = None
) -> str:
    """One row a cell, under a line for each model; the condition's column gives way where the others are wide."""
    texts = [[make(cell) for _, make in columns] for cell in cells]
    widths = [max(len(name), *(len(row[i]) for row in texts)) for i, (name, _) in enumerate(columns)]
    names = [(label or _condition)(cell) for cell in cells]
    left = max(len(title), *(len(name) + 2 for name in names))
    left = max(min(left, WIDTH - sum(widths) - 2 * len(widths)), _CONDITION)
    header = "  ".join(
        [title[:left].ljust(left), *(name.rjust(w) for (name, _), w in zip(columns, widths, strict=True))]
    )
    lines = [f"{_BOLD}{header}{_PLAIN}"]
    model = None
    for cell, name, row in zip(cells, names, texts, strict=True):
        if cell.model != model:
            model = cell.model
            lines.append(one_line(model, WIDTH))
        first = ("  " + one_line(name, left - 2)).ljust(left)
        lines.append("  ".join([first, *(text.rjust(w) for text, w in zip(row, widths, strict=True))]))
    return "\n".join(lines)


def _condition(cell: Cell) -> str:
    return f"{cell.condition} *" if cell.preset and cell.preset.control else cell.condition


def _unjudged(cells: Sequence[Cell]) -> list[str]:
    open_trials = sum(cell.outcomes[Outcome.NEEDS_JUDGE] for cell in cells)
    if not open_trials:
        return []
    return [f"{_plural(open_trials, 'trial')} could only be decided by a judge, and none was named (needs-judge)."]


def _techniques(cells: Sequence[Cell]) -> str:
    lines = []
    for cell in cells:
        if cell.techniques:
            used = ", ".join(f"{technique} {count}" for technique, count in cell.techniques.items())
            lines += _hanging(f"{one_line(cell.model, 50)}, {one_line(_condition(cell), 40)}: {used}")
    return "\n".join([f"{_BOLD}Techniques (trials in which each was used){_PLAIN}", *lines]) if lines else ""


def _published(cells: Sequence[Cell]) -> str:
    lines = []
    for name, rates in {cell.condition: cell.published for cell in cells if cell.published}.items():
        for study, condition in dict.fromkeys((rate.study, rate.condition) for rate in rates):
            own = [rate for rate in rates if (rate.study, rate.condition) == (study, condition)]
            shown = ", ".join(f"{r.model} {r.percent:g}%" for r in sorted(own, key=lambda r: -r.percent))
            lines += _hanging(f"{name} = {study} {condition}{_how(own)}: {shown}")
    return "\n".join([f"{_BOLD}Published resistance in the same condition{_PLAIN}", *lines]) if lines else ""


def _how(rates: Sequence[PublishedRate]) -> str:
    sizes = sorted({rate.trials for rate in rates if rate.trials is not None})
    notes = [f"n = {'/'.join(map(str, sizes))} each" if sizes else "n not given"]
    if any(rate.complement for rate in rates):
        notes.append("100% less the published compliance")
    return f" ({'; '.join(notes)})"


def _hanging(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)


def _without_marks(text: str) -> str:
    return text.replace(_BOLD, "").replace(_PLAIN, "")
