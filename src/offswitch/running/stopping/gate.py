"""Inspect's early-stopping manager of a run, asked before each trial begins."""

from __future__ import annotations

from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSpec
from inspect_ai.scorer import SampleScore
from inspect_ai.util import EarlyStop
from pydantic import JsonValue

from offswitch.running.budget import Budget
from offswitch.running.stopping.until import Until
from offswitch.running.watch import install


class Gate:
    """For one task: trials in flight finish, the rest is left for the next session, or not needed.

    Args:
        budget: Of the run.
        cell: The task's cell, by its place in the plan.
        until: What the run is to find out, where it may end once it has.
    """

    def __init__(self, budget: Budget, cell: int, until: Until | None = None) -> None:
        self._budget = budget
        self._cell = cell
        self._until = until

    async def start_task(self, task: EvalSpec, samples: list[Sample], epochs: int) -> str:
        """Ties the evaluation to its cell; returns the manager's name, as Inspect's log records it."""
        install(task.eval_id, self._cell)
        return "offswitch"

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:
        """Asks the budget, and whether the trial can still teach anything."""
        if stop := self._budget.check():
            return EarlyStop(id=id, epoch=epoch, reason=stop.value)
        if self._until is not None and not self._until.begin(self._cell, str(id)):
            return EarlyStop(id=id, epoch=epoch, reason=self._until.reason(self._cell))
        return None

    async def complete_sample(self, id: str | int, epoch: int, scores: dict[str, SampleScore]) -> None:
        """Nothing: usage and verdicts come in through the hooks, failures among them."""

    async def complete_task(self) -> dict[str, JsonValue]:
        """What stopped the task, if anything."""
        return {"stop": self._budget.stop.value if self._budget.stop else None}
