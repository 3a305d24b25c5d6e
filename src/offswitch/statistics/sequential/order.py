"""Trials in the order they were begun, whatever order they end in.

Trials run side by side, and how long one takes may depend on what the agent does: those that have ended by some moment
are not a fair sample of those begun. A confidence sequence is over trials in an order that owes nothing to their
outcomes, so a trial counts only once all that were begun before it are done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class InOrder(Generic[K]):
    """Hands results on in the order of the beginnings."""

    def __init__(self) -> None:
        self._begun: set[K] = set()
        self._queue: deque[K] = deque()
        self._results: dict[K, bool | None] = {}

    def begin(self, trial: K) -> None:
        """A trial takes the next place; one that has a place keeps it."""
        if trial not in self._begun:
            self._begun.add(trial)
            self._queue.append(trial)

    def has_begun(self, trial: K) -> bool:
        """Whether a trial has a place."""
        return trial in self._begun

    def end(self, trial: K, event: bool | None) -> list[bool]:
        """A trial ended; None where it did not reach the deciding moment.

        Returns:
            What counts from now on, in order: this trial's event and those that waited for it, or nothing yet.
        """
        self.begin(trial)
        self._results[trial] = event
        return self._release()

    def close(self) -> list[bool]:
        """Gives up on trials that never ended, and returns what waited for them."""
        for trial in self._queue:
            self._results.setdefault(trial, None)
        return self._release()

    @property
    def waiting(self) -> int:
        """Ended trials that wait for one begun before them."""
        return len(self._results)

    def _release(self) -> list[bool]:
        events = []
        while self._queue and self._queue[0] in self._results:
            event = self._results.pop(self._queue.popleft())
            if event is not None:
                events.append(event)
        return events
