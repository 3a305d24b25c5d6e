"""A trial's transcript out of its Inspect log, made ready to be shown as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from inspect_ai.log import read_eval_log_sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant
from inspect_ai.tool import ToolCall
from pydantic import ValidationError

from offswitch.errors import OffswitchError
from offswitch.report.run import Run, TrialRow
from offswitch.scenarios.rulings import RULINGS_KEY
from offswitch.scenarios.trial import Command, TrialRecord
from offswitch.verdicts.judges import Ruling
from offswitch.verdicts.verdict import Verdict
from offswitch.visible import cut

RECORD_KEY = "offswitch:trial"
TEXT_SHOWN = 6_000
"""Characters of one text."""
ALWAYS_SHOWN = 200
"""Characters that a text may have when its trial has used up its share of the page."""
MESSAGES_SHOWN = 300


class UnreadableTrialError(OffswitchError):
    """The log of a trial is gone or damaged: the report says so in the trial's place."""


@dataclass(frozen=True)
class LoggedTrial:
    """What a log holds of a trial."""

    record: TrialRecord | None
    """None when the trial broke before it had one."""
    verdict: Verdict | None
    rulings: tuple[Ruling, ...]
    """What judges decided, as the verdict rests on it."""
    messages: tuple[ChatMessage, ...]
    error: str | None
    cue: str
    """Words that the announcement of the deciding moment holds; empty where the log does not say."""


class PartKind(StrEnum):
    """What a piece of a message is."""

    TEXT = "text"
    REASONING = "reasoning"
    COMMAND = "command"
    """A command for the machine's shell."""
    CALL = "call"
    """A call of another tool."""


@dataclass(frozen=True)
class Part:
    """A piece of a message."""

    kind: PartKind
    text: str
    command: int | None = None
    """Number of the machine's command, as evidence refers to it."""


@dataclass(frozen=True)
class Line:
    """A message as it is shown."""

    number: int
    """Its index in the transcript, from 0, as evidence refers to it."""
    speaker: str
    parts: tuple[Part, ...]
    deciding: bool = False
    """The deciding moment was announced in it."""
    left_out_before: int = 0
    """Messages between the one shown before and this one."""


class Allowance:
    """A trial's share of the page: texts are shown up to a limit each, and less once the share is used up."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, text: str) -> str:
        """The text, cut to what is left for it."""
        shown = cut(text, min(TEXT_SHOWN, max(ALWAYS_SHOWN, self._left)))
        self._left -= len(shown)
        return shown


def read_trial(run: Run, row: TrialRow) -> LoggedTrial:
    """The trial of a row, from its log.

    Raises:
        UnreadableTrialError: the log is missing or damaged, or does not hold the trial.
    """
    if row.log is None or row.sample_id is None:
        raise UnreadableTrialError("no log holds this trial")
    path = run.log_path(row.log)
    if not path.exists():
        raise UnreadableTrialError(f"its log {row.log} is not there any more")
    try:
        sample = read_eval_log_sample(
            path, id=row.sample_id, epoch=1, resolve_attachments="core", exclude_fields={"events"}
        )
        return logged_trial(
            store=sample.store,
            metadatas=[score.metadata for score in (sample.scores or {}).values()],
            messages=sample.messages,
            error=sample.error.message if sample.error else None,
            metadata=sample.metadata,
        )
    except ValidationError as error:
        raise UnreadableTrialError(f"its log {row.log} holds it in another form: {error.errors()[0]['msg']}") from error
    # A damaged zip file, a missing member and bad JSON come out of Inspect as errors of many kinds.
    except Exception as error:
        raise UnreadableTrialError(f"its log {row.log} cannot be read: {type(error).__name__}: {error}") from error


def logged_trial(
    *,
    store: Mapping[str, Any],
    metadatas: Sequence[Mapping[str, Any] | None],
    messages: Sequence[ChatMessage],
    error: str | None,
    metadata: Mapping[str, Any],
) -> LoggedTrial:
    """The trial that a sample of a log holds.

    Args:
        store: The sample's store.
        metadatas: Of each of its scores.
        messages: Its transcript, attachments put in.
        error: What failed, where something did.
        metadata: The sample's own.

    Raises:
        ValidationError: record, verdict or a ruling is in another form.
    """
    record = store.get(RECORD_KEY)
    judged = next(iter(metadatas), None) or {}
    verdict = judged.get("verdict")
    return LoggedTrial(
        record=TrialRecord.model_validate(record) if record is not None else None,
        verdict=Verdict.model_validate(verdict) if verdict is not None else None,
        rulings=tuple(Ruling.model_validate(ruling) for ruling in judged.get(RULINGS_KEY, {}).values()),
        messages=tuple(messages),
        error=error,
        cue=_cue(metadata.get("cues")),
    )


def _cue(cues: object) -> str:
    return str(cues.get("notice", "")) if isinstance(cues, dict) else ""


def show(trial: LoggedTrial, deciding: int | None, allowance: Allowance) -> tuple[Line, ...]:
    """The transcript as lines to show; the messages around the deciding moment have the first call on the share."""
    chosen = _chosen(len(trial.messages), deciding)
    near = () if deciding is None else range(deciding - 1, deciding + 3)
    parts = {n: _parts(trial, n, allowance) for n in chosen if n in near}
    parts |= {n: _parts(trial, n, allowance) for n in chosen if n not in near}
    before = -1
    lines = []
    for number in chosen:
        lines.append(
            Line(
                number, _speaker(trial, number), parts[number], number == deciding, left_out_before=number - before - 1
            )
        )
        before = number
    return tuple(lines)


def _chosen(count: int, deciding: int | None) -> Sequence[int]:
    """Which messages are shown: all, or the first, the last and those around the deciding moment."""
    if count <= MESSAGES_SHOWN:
        return range(count)
    third = MESSAGES_SHOWN // 3
    chosen = {*range(third), *range(count - third, count)}
    if deciding is not None:
        chosen |= set(range(max(0, deciding - third // 2), min(count, deciding + third // 2)))
    return sorted(chosen)


def _speaker(trial: LoggedTrial, number: int) -> str:
    message = trial.messages[number]
    asked = trial.record is not None and trial.record.interview is not None
    if asked and number == len(trial.messages) - 2 and message.role == "user":
        return "Interview"
    if message.role == "user":
        # Without tool calls the outputs of commands come as messages of the user.
        commands = trial.record.commands if trial.record else ()
        return "Machine" if any(command.message == number - 1 for command in commands) else "User"
    return {"system": "System", "assistant": "Agent", "tool": "Machine"}[message.role]


def _parts(trial: LoggedTrial, number: int, allowance: Allowance) -> tuple[Part, ...]:
    commands = [c for c in trial.record.commands if c.message == number] if trial.record else []
    return tuple(
        Part(kind, allowance.take(text), _command(text, commands) if kind is PartKind.COMMAND else None)
        for kind, text in _pieces(trial.messages[number])
        if text
    )


def _command(text: str, commands: list[Command]) -> int | None:
    """The number of the first of the message's commands with this text; it is not taken a second time."""
    found = next((command for command in commands if command.text == text), None)
    if found is None:
        return None
    commands.remove(found)
    return found.number


def _pieces(message: ChatMessage) -> Iterator[tuple[PartKind, str]]:
    if isinstance(message.content, str):
        yield PartKind.TEXT, message.content
    else:
        for content in message.content:
            if content.type == "text":
                yield PartKind.TEXT, content.text
            elif content.type == "reasoning":
                yield PartKind.REASONING, content.reasoning if not content.redacted else "(withheld by the provider)"
            else:
                yield PartKind.TEXT, f"({content.type}, not shown)"
    if isinstance(message, ChatMessageAssistant):
        for call in message.tool_calls or ():
            yield _call(call)


def _call(call: ToolCall) -> tuple[PartKind, str]:
    if call.function == "bash" and set(call.arguments) == {"command"}:
        return PartKind.COMMAND, str(call.arguments["command"])
    arguments = call.arguments
    written = "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)}"
        for name, value in arguments.items()
    )
    return PartKind.CALL, f"{call.function}\n{written}" if written else call.function
