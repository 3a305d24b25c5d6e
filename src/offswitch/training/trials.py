"""Trials of a model in training: ordinary runs of ordinary behaviours, in a folder that is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from offswitch.errors import EnvironmentProblem
from offswitch.models.adapters import COMPUTED
from offswitch.running.access import provider
from offswitch.running.directory import RunDirectory
from offswitch.running.request import Request
from offswitch.running.run import Sitting, run
from offswitch.statistics.trials import Trials, read_trials
from offswitch.training.rollouts.shared import unload_all

SCRIPTED = "scripted"

Say = Callable[[str], None]


def computed(model: str) -> str:
    """The name by which a model that training takes is measured: computed as in training, in batches.

    A scripted agent has no weights, and stays what it is.
    """
    return model if provider(model) == SCRIPTED else f"{COMPUTED}/{model}"


def run_trials(request: Request, folder: Path, say: Say) -> Path:
    """Runs trials, or goes on with them; the same seed gives every model the same situations.

    Raises:
        InputError: what is asked for means nothing.
        EnvironmentProblem: not all could be run.
    """
    result = run(request, RunDirectory(folder), Sitting(say=say))
    # The memory is wanted for training.
    unload_all()
    if not result.summary.complete:
        why = "; ".join(result.failures) or "it was stopped"
        raise EnvironmentProblem(f"the trials in {folder} are not complete ({why}): run the same command to go on")
    return folder


def read(folder: Path) -> Trials:
    """The trials of a run."""
    return read_trials({str(folder): folder / "trials.parquet"})
