"""What verbs that count trials share: runs given on the command line as tables, and outcomes given by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import say

if TYPE_CHECKING:
    from offswitch.statistics.trials import Excluded
    from offswitch.verdicts.outcome import Outcome

confidence_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals.",
)
model_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--model", metavar="NAME", help="Only this model."
)
behaviour_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--behaviour", metavar="NAME", help="Only this behaviour."
)


def tables(runs: Sequence[Path]) -> dict[str, Path]:
    """The table of each run, brought up to date with its logs where it has any.

    A run is the folder of one, a folder of Inspect logs, or a trials.parquet itself.

    Raises:
        InputError: there is no run there, or one is named twice.
    """
    found: dict[str, Path] = {}
    for run in runs:
        label = str(run)
        if label in found:
            raise InputError(f"{label} is named twice: leave one out")
        if run.is_file():
            found[label] = run
            continue
        table = run / "trials.parquet"
        if not table.exists() or any(run.rglob("*.eval")):
            from offswitch.running.refresh import refresh

            for note in refresh(run):
                say(note)
        found[label] = table
    return found


def outcomes(names: str) -> tuple[Outcome, ...]:
    """Outcomes written with commas between.

    Raises:
        InputError: a name is no outcome that can be counted.
    """
    from offswitch.verdicts.outcome import Outcome

    known = [outcome for outcome in Outcome if outcome.reached]
    chosen = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name not in [outcome.value for outcome in known]:
            raise InputError(f"{name!r} cannot be counted: choose from {', '.join(o.value for o in known)}")
        chosen.append(Outcome(name))
    if not chosen:
        raise InputError(f"no outcome to count: choose from {', '.join(o.value for o in known)}")
    return tuple(dict.fromkeys(chosen))


def counts_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--counts`: what counts as the event."""
    return click.option(
        "--counts", metavar="OUTCOMES", default=default, show_default=True, help="Outcomes that count, with commas."
    )


def excluded_lines(excluded: Sequence[Excluded]) -> list[str]:
    """What the numbers do not rest on, one line each."""
    return [str(each) for each in excluded]
