"""What a run has spent, what it may spend, and why it should stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inspect_ai.model import ModelUsage

from offswitch.running.directory import RunDirectory
from offswitch.running.manifest import Caps


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
    UNTIL = "until"
    """It has found out what it was to find out: the trials that are left are not needed."""


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
