"""Inspect's hooks, turned into calls on whoever watches the run in this process."""

from __future__ import annotations

from typing import Protocol

from inspect_ai.hooks import Hooks, ModelUsageData, SampleEnd, SampleStart, hooks
from inspect_ai.log import EvalSample
from inspect_ai.model import ModelUsage


class Watcher(Protocol):
    """Is told what happens while it happens."""

    def started(self, cell: int) -> None:
        """A trial of that cell began."""
        ...

    def used(self, usage: ModelUsage) -> None:
        """A model answered."""
        ...

    def ended(self, cell: int, sample: EvalSample) -> None:
        """A trial of that cell ended, well or not."""
        ...


_watchers: list[Watcher] = []
_cells: dict[str, int] = {}
"""By Inspect's eval id."""
_installed = False


def attach(watcher: Watcher) -> None:
    """Lets a watcher be told of everything from now on."""
    _watchers.append(watcher)


def detach(watcher: Watcher) -> None:
    """Ends that."""
    _watchers.remove(watcher)
    _cells.clear()


def install(eval_id: str, cell: int) -> None:
    """Ties an evaluation to its cell, and registers the hooks.

    Called once Inspect has begun: hooks that are registered earlier are announced on standard output.
    """
    global _installed
    _cells[eval_id] = cell
    if not _installed:
        hooks(name="offswitch-watch", description="Follows an Offswitch run.")(_Watch)
        _installed = True


class _Watch(Hooks):
    def enabled(self) -> bool:
        return bool(_watchers)

    async def on_sample_start(self, data: SampleStart) -> None:
        for watcher in _watchers:
            watcher.started(_cells[data.eval_id])

    async def on_model_usage(self, data: ModelUsageData) -> None:
        for watcher in _watchers:
            watcher.used(data.usage)

    async def on_sample_end(self, data: SampleEnd) -> None:
        for watcher in _watchers:
            watcher.ended(_cells[data.eval_id], data.sample)
