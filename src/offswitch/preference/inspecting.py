"""Carries out Inspect tasks for a comparison, and reads back the samples that went through."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai.log import EvalSample, read_eval_log

from offswitch.errors import InputError
from offswitch.running.evaluating import EACH_SAMPLE, evaluate, failures, quieten

MARK = "offswitch_preference"
"""Where a log's metadata says which part of which comparison it is."""


@dataclass(frozen=True)
class Logged:
    """A sample and the log that holds it."""

    log: str
    """File name."""
    sample: EvalSample


def carry_out(tasks: Sequence[Task], logs: Path, at_once: int) -> tuple[str, ...]:
    """Runs them; each sample is on disk as soon as it is done.

    Returns:
        What failed as a whole, a sentence each: samples that failed alone are in their logs.
    """
    quieten()
    log_dir, most = str(logs), max(1, len(tasks))
    return failures(
        asyncio.run(evaluate(tasks, model=None, log_dir=log_dir, max_samples=at_once, max_tasks=most, **EACH_SAMPLE))
    )


def read_back(logs: Path, mark: dict[str, Any]) -> Iterator[Logged]:
    """The samples of all logs that bear a mark, oldest first; those that failed too.

    Raises:
        InputError: a log cannot be read.
    """
    for path in sorted(logs.glob("*.eval")):
        try:
            log = read_eval_log(str(path), header_only=True)
            if (log.eval.metadata or {}).get(MARK) != mark:
                continue
            # A log whose process was killed lacks its summary; its samples are all there.
            samples = read_eval_log(str(path), resolve_attachments="core", exclude_fields={"events"}).samples or []
        # A damaged zip file, a missing member and bad JSON come out of Inspect as errors of many kinds.
        except Exception as error:
            raise InputError(
                f"{path} cannot be read ({type(error).__name__}): move it away, and run this again"
            ) from error
        for sample in samples:
            yield Logged(path.name, sample)
