"""How Inspect is run here: without its display, its servers and its retries; what fails alone stays in its log."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from inspect_ai import Task, eval_async
from inspect_ai.log import EvalLog
from inspect_ai.util import display_type

_QUIET: dict[str, Any] = {
    "log_level": "warning",
    "log_realtime": False,
    "log_model_api": False,
    "score_display": False,
    "fail_on_error": False,
    "ctl_server": False,
    "acp_server": False,
}

EACH_SAMPLE: dict[str, Any] = {"log_format": "eval", "log_buffer": 1, "log_header_only": True, "retry_on_error": 0}
"""For what is gone on with after a kill: each sample is on disk as soon as it is done, and is read back from there."""


def quieten() -> None:
    """Turns Inspect's display off. To be called in the main thread, before the event loop starts."""
    os.environ["INSPECT_DISPLAY"] = "none"
    display_type()


async def evaluate(tasks: Task | Sequence[Task], **settings: Any) -> list[EvalLog]:
    """Inspect's `eval_async` with our settings; those given come before them."""
    return await eval_async(tasks if isinstance(tasks, Task) else list(tasks), **{**_QUIET, **settings})


def failures(logs: Sequence[EvalLog]) -> tuple[str, ...]:
    """What failed as a whole, a line each: samples that failed alone are in their logs."""
    return tuple(dict.fromkeys(one_line(log.error.message) for log in logs if log.status == "error" and log.error))


def one_line(text: str) -> str:
    """An error's text, short enough for a sentence."""
    return " ".join(text.split())[:300]
