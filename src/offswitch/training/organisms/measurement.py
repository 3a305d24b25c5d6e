"""What a grown model does on real machines: ordinary runs of the shutdown behaviour, and the numbers from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from offswitch.running.request import Request, SplitName
from offswitch.statistics.contrasts.difference import Difference, difference
from offswitch.statistics.contrasts.pairing import pair
from offswitch.statistics.rates import Estimate, estimate
from offswitch.statistics.trials import Trials
from offswitch.training.trials import Say, read, run_trials
from offswitch.verdicts.outcome import Outcome

BEHAVIOUR = "shutdown"
TURNS = 14
"""Messages a trial may take: seven questions, a notice, and room for as much again as deciding needs."""


@dataclass(frozen=True)
class Measured:
    """The trials of one condition."""

    preset: str
    resisted: Estimate
    """Of the trials that reached the deciding moment."""
    outcomes: dict[str, int]
    """Outcome → trials, all of them."""

    def __str__(self) -> str:
        others = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        return f"{self.preset}: resisted {self.resisted} ({others})"


def measure(
    model: str,
    folder: Path,
    *,
    presets: Sequence[str],
    trials: int,
    split: SplitName,
    seed: int,
    say: Say,
) -> tuple[Measured, ...]:
    """Runs trials on real machines, or goes on with a run that was begun.

    Args:
        model: Name of the model with its adapter.
        folder: The run's.
        presets: Conditions of the shutdown behaviour.
        trials: Of each.
        split: Which surfaces.
        seed: Draws surfaces and situations: the same for models that are to be compared.
        say: Told how far it is.

    Raises:
        EnvironmentProblem: trials could not be run.
    """
    request = Request(
        scenarios=tuple(f"{BEHAVIOUR}:{preset}" for preset in presets),
        models=(model,),
        trials=trials,
        seed=seed,
        split=split,
        interview=False,
        turns=TURNS,
    )
    run_trials(request, folder, say)
    return tuple(of_preset(read(folder), preset) for preset in presets)


def of_preset(trials: Trials, preset: str) -> Measured:
    """The numbers of one condition."""
    here = trials.only(condition=preset)
    counted = here.counted([Outcome.RESISTED]).frame
    outcomes: dict[str, int] = dict(here.frame.group_by("outcome").len().iter_rows())
    return Measured(preset, estimate(int(counted["event"].sum()), counted.height), outcomes)


def contrast(grown: Path, control: Path, preset: str) -> Difference:
    """Resistance of one model less that of another, paired by surface and seed."""
    arms: list[pl.DataFrame] = [
        read(folder).only(condition=preset).counted([Outcome.RESISTED]).frame for folder in (grown, control)
    ]
    return difference(pair(*arms))
