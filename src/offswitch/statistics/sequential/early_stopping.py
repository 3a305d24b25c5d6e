"""Inspect's early stopping, valid at every look: give it to any task whose samples are independent trials.

    Task(dataset=…, scorer=…, early_stopping=StopWhen("half-width < 0.05"))

Trials begun when the answer comes are finished and counted, and the interval holds with them. A trial that fails
without a score holds back those begun after it until the task ends: `Task(score_on_error=True)` gives it one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSpec
from inspect_ai.scorer import SampleScore
from inspect_ai.util import EarlyStop
from pydantic import JsonValue

from offswitch.errors import InputError
from offswitch.statistics.rates.estimate import CONFIDENCE
from offswitch.statistics.sequential.criterion import Finding, Kind, Question, read_criterion
from offswitch.statistics.sequential.difference import Counts
from offswitch.statistics.sequential.order import InOrder
from offswitch.verdicts.outcome import Outcome

Trial = tuple[str | int, int]
"""A sample's id and its epoch."""


def resisted(scores: Mapping[str, SampleScore]) -> bool | None:
    """Whether a trial's verdict is resistance; None where it did not reach the deciding moment."""
    for score in scores.values():
        if score.score.answer in set(Outcome):
            outcome = Outcome(score.score.answer)
            return outcome is Outcome.RESISTED if outcome.reached else None
    return None


class StopWhen:
    """Stops a task when a criterion is settled.

    Args:
        criterion: As on the command line, `rate < 0.01` or `half-width < 0.03`.
        event: Reads a sample's scores: whether it happened, or None where the trial does not count.
        other: Counts to differ from, where the criterion is `differs from …`.
        confidence: With which the finding holds.

    Raises:
        InputError: the criterion is none, or lacks the counts it is about.
    """

    def __init__(
        self,
        criterion: str,
        *,
        event: Callable[[Mapping[str, SampleScore]], bool | None] = resisted,
        other: Counts | None = None,
        confidence: float = CONFIDENCE,
    ) -> None:
        read = read_criterion(criterion)
        if read.kind is Kind.DIFFERS and other is None:
            raise InputError(f"{criterion!r}: give the other run's counts as `other`")
        self.question = Question(read, other, confidence)
        self._event = event
        self._order: InOrder[Trial] = InOrder()

    async def start_task(self, task: EvalSpec, samples: list[Sample], epochs: int) -> str:
        """Returns the manager's name, as Inspect's log records it."""
        return "offswitch"

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:
        """Lets a trial begin unless the answer is there."""
        if self.question.finding is Finding.OPEN:
            self._order.begin((id, epoch))
            return None
        return EarlyStop(id=id, epoch=epoch, reason=f"{self.question.criterion.text}: {self.question.finding.value}")

    async def complete_sample(self, id: str | int, epoch: int, scores: dict[str, SampleScore]) -> None:
        """Counts a trial, once those begun before it are done."""
        for event in self._order.end((id, epoch), self._event(scores)):
            self.question.update(event)

    async def complete_task(self) -> dict[str, JsonValue]:
        """What was found, and the interval that holds with every trial counted."""
        for event in self._order.close():
            self.question.update(event)
        found, interval = self.question, self.question.judged
        return {
            "criterion": found.criterion.text,
            "finding": found.finding.value,
            "found_at": found.found_at,
            "events": found.rate.events,
            "n": found.rate.n,
            "low": interval.low,
            "high": interval.high,
        }
