"""Reads the trials of an Inspect log one after the other, quickly: a site needs thousands of them.

Inspect reads a sample with everything that happened in it, which is most of the time and most of the bytes. Here the
member of the archive is parsed once and only what a page shows becomes objects. Whatever is not as expected is left to
Inspect's own reader.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

# Inspect teaches `zipfile` the compression of its logs.
import inspect_ai.log  # noqa: F401
from inspect_ai.model import ChatMessage
from pydantic import BaseModel, ConfigDict, TypeAdapter

from offswitch.report.run import Run, TrialRow
from offswitch.report.transcript import LoggedTrial, UnreadableTrialError, logged_trial, read_trial

_ATTACHMENT = "attachment://"
_MESSAGES: TypeAdapter[list[ChatMessage]] = TypeAdapter(list[ChatMessage])


class _Score(BaseModel):
    model_config = ConfigDict(extra="ignore")

    metadata: dict[str, Any] | None = None


class _Error(BaseModel):
    model_config = ConfigDict(extra="ignore")

    message: str


class _Sample(BaseModel):
    """What is needed of a sample; the rest is parsed and dropped."""

    model_config = ConfigDict(extra="ignore")

    messages: list[dict[str, Any]]
    store: dict[str, Any]
    scores: dict[str, _Score] | None = None
    metadata: dict[str, Any] = {}
    error: _Error | None = None
    attachments: dict[str, str] = {}


def read_quickly(run: Run, row: TrialRow) -> LoggedTrial:
    """The trial of a row, as `read_trial` gives it.

    Raises:
        UnreadableTrialError: the log is missing or damaged, or does not hold the trial.
    """
    if row.log is None or row.sample_id is None:
        raise UnreadableTrialError("no log holds this trial")
    path = run.log_path(row.log)
    try:
        stat = path.stat()
        archive = _archive(path, stat.st_mtime_ns, stat.st_size)
        sample = _Sample.model_validate_json(archive.read(f"samples/{row.sample_id}_epoch_1.json"))
        return logged_trial(
            store=sample.store,
            metadatas=[score.metadata for score in (sample.scores or {}).values()],
            messages=_MESSAGES.validate_python(_whole(sample.messages, sample.attachments)),
            error=sample.error.message if sample.error else None,
            metadata=sample.metadata,
        )
    except Exception:
        return read_trial(run, row)


@lru_cache(maxsize=4)
def _archive(path: Path, changed: int, size: int) -> zipfile.ZipFile:
    """The log, its list of members read once; a log that has grown is another one."""
    return zipfile.ZipFile(path)


def _whole(value: Any, attachments: Mapping[str, str]) -> Any:
    """A value with its attachments put in."""
    if isinstance(value, str):
        if value.startswith(_ATTACHMENT):
            return attachments.get(value.removeprefix(_ATTACHMENT), value)
        return value
    if isinstance(value, dict):
        return {name: _whole(each, attachments) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each, attachments) for each in value]
    return value
