"""What a run has spent, what it may spend, and why it should stop; asked before each trial begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSpec
from inspect_ai.model import ModelUsage
from inspect_ai.scorer import SampleScore
from inspect_ai.util import EarlyStop
from pydantic import JsonValue

from offswitch.running.directory import RunDirectory
from offswitch.running.manifest import Caps
from offswitch.running.watch import install


class Stop(StrEnum):
    """Why a run ended before its plan was done."""

    TOKENS = "token-cap"
    """The token cap was reached."""
    COST = "cost-cap"
    """The cost cap was reached."""
    INTERRUPTED = "interrupted"
    """A person or the system asked it to end."""
    DISK = "disk-full"
    """The disk is nearly full."""


@dataclass
class Spent:
    """Usage so far."""

    tokens: int = 0
    cost: float = 0.0

    def add(self, usage: ModelUsage) -> None:
        """Counts one model call, or the total of several."""
        self.tokens += usage.total_tokens
        self.cost += usage.total_cost or 0.0

    def add_all(self, usage: Mapping[str, ModelUsage]) -> None:
        """Counts a sample's usage, model by model."""
        for each in usage.values():
            self.add(each)


class Budget:
    """Decides whether another trial may begin. Caps are for the whole run, earlier sessions included."""

    def __init__(self, directory: RunDirectory, caps: Caps, before: Spent) -> None:
        self._directory = directory
        self._caps = caps
        self.spent = before
        self.stop: Stop | None = None

    def interrupt(self) -> None:
        """Lets no new trial begin."""
        self.stop = self.stop or Stop.INTERRUPTED

    def check(self) -> Stop | None:
        """Why no new trial may begin; None where it may. Once stopped, a run stays stopped."""
        if self.stop is None:
            self.stop = self._reason()
        return self.stop

    def _reason(self) -> Stop | None:
        if self._caps.tokens is not None and self.spent.tokens >= self._caps.tokens:
            return Stop.TOKENS
        if self._caps.cost is not None and self.spent.cost >= self._caps.cost:
            return Stop.COST
        return Stop.DISK if self._directory.room() <= 0 else None


class Gate:
    """Inspect's early-stopping manager for one task: those in flight finish, the rest is left for the next session."""

    def __init__(self, budget: Budget, cell: int) -> None:
        self._budget = budget
        self._cell = cell

    async def start_task(self, task: EvalSpec, samples: list[Sample], epochs: int) -> str:
        """Ties the evaluation to its cell; returns the manager's name, as Inspect's log records it."""
        install(task.eval_id, self._cell)
        return "offswitch"

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:
        """Asks the budget."""
        stop = self._budget.check()
        return EarlyStop(id=id, epoch=epoch, reason=stop.value) if stop else None

    async def complete_sample(self, id: str | int, epoch: int, scores: dict[str, SampleScore]) -> None:
        """Nothing: usage comes in through the hooks, call by call."""

    async def complete_task(self) -> dict[str, JsonValue]:
        """What stopped the task, if anything."""
        return {"stop": self._budget.stop.value if self._budget.stop else None}
