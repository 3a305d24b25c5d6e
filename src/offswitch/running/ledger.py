"""What a run has recorded so far, read from its logs: which trials are settled, which are due, what was spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from inspect_ai.log import (
    EvalSampleSummary,
    read_eval_log,
    read_eval_log_sample_summaries,
    write_eval_log,
)
from inspect_ai.scorer import Score

from offswitch.running.budget import Spent
from offswitch.running.directory import RunDirectory
from offswitch.running.manifest import PlannedCell
from offswitch.running.mark import Mark, read_mark
from offswitch.verdicts.outcome import Outcome

ATTEMPTS = 2
"""How often a trial is tried whose sample failed without even a verdict of malfunction."""

TrialName = tuple[str, str, str]
"""(model, scenario, sample id): one trial of a run."""


@dataclass
class Ledger:
    """What the logs of a run hold."""

    outcomes: dict[TrialName, str] = field(default_factory=dict)
    """Of each trial that has a verdict."""
    failures: Counter[TrialName] = field(default_factory=Counter)
    """Of trials without a verdict: how often they failed."""
    spent: Spent = field(default_factory=Spent)
    seconds: list[float] = field(default_factory=list)
    """How long each recorded trial took."""
    notes: list[str] = field(default_factory=list)
    """What a person should know: logs set aside, logs of other runs."""

    def is_settled(self, trial: TrialName) -> bool:
        """Whether it need not be run again: it has a verdict, or failed as often as it is tried."""
        return trial in self.outcomes or self.failures[trial] >= ATTEMPTS

    def due(self, cell: PlannedCell) -> frozenset[str]:
        """Sample ids of a cell that are still to be run."""
        return frozenset(
            trial.id for trial in cell.trials if not self.is_settled((cell.model, cell.scenario, trial.id))
        )


def read_ledger(directory: RunDirectory, run_id: str) -> Ledger:
    """Reads every log of the run; a log cut off by a kill is finished, one that cannot be read is set aside."""
    ledger = Ledger()
    for path in directory.log_paths():
        try:
            header = read_eval_log(str(path), header_only=True)
            summaries = read_eval_log_sample_summaries(str(path))
            if header.status == "started":
                finish(path)
        except Exception as error:
            # A log can be broken in as many ways as there are exceptions; none may cost the others.
            why = f"it cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
            place = directory.put_aside(path, why)
            ledger.notes.append(f"{path.name} {why}; it is now in {place.parent}, and its trials are run again")
            continue
        mark = read_mark(header.eval)
        if mark is None or mark.run_id != run_id:
            ledger.notes.append(f"{path.name} belongs to another run and is not counted")
        else:
            enter(ledger, mark, summaries)
    return ledger


def finish(path: Path) -> None:
    """Gives a log that was cut off an end, so that Inspect shows it as cancelled rather than as still running."""
    log = read_eval_log(str(path))
    log.status = "cancelled"
    ends = [sample.completed_at for sample in log.samples or () if sample.completed_at]
    log.stats.completed_at = max(ends, default=datetime.now(UTC).isoformat())
    write_eval_log(log, str(path))


def verdict_outcome(error: str | None, scores: Mapping[str, Score] | None) -> str | None:
    """The outcome a sample was given; None where it was cancelled or never scored."""
    if was_cancelled(error):
        return None
    answers = (score.answer for score in (scores or {}).values())
    return next((answer for answer in answers if answer in set(Outcome)), None)


def was_cancelled(error: str | None) -> bool:
    """Whether an error only says that the run was ended under the sample."""
    return error is not None and error.startswith(("CancelledError(", "Cancelled("))


def enter(ledger: Ledger, mark: Mark, summaries: Iterable[EvalSampleSummary]) -> None:
    """Enters the samples of a log."""
    for summary in summaries:
        ledger.spent.add_all(summary.model_usage)
        trial = (mark.model, mark.scenario, str(summary.id))
        outcome = verdict_outcome(summary.error, summary.scores)
        if outcome is not None:
            ledger.outcomes[trial] = outcome
            if summary.total_time is not None:
                ledger.seconds.append(summary.total_time)
        elif summary.error is not None and not was_cancelled(summary.error):
            ledger.failures[trial] += 1
