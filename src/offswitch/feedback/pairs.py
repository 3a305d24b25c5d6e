"""Two trials of one situation: what they share at the beginning, and how each went on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool

from offswitch.report.transcript import LoggedTrial


@dataclass(frozen=True)
class Continuations:
    """One shared beginning and two ways to go on."""

    prompt: tuple[ChatMessage, ...]
    first: tuple[ChatMessage, ...]
    second: tuple[ChatMessage, ...]


def continuations(first: LoggedTrial, second: LoggedTrial) -> Continuations | None:
    """Where two transcripts part; the interview afterwards belongs to neither.

    Returns:
        None when there is nothing to choose: they share no beginning, one is the other's beginning, or where they part
        it is not the agent that speaks (then their situations differ).
    """
    one, two = episode(first), episode(second)
    shared = 0
    while shared < min(len(one), len(two)) and _said(one[shared]) == _said(two[shared]):
        shared += 1
    if shared == 0 or shared == len(one) or shared == len(two):
        return None
    if not (one[shared].role == two[shared].role == "assistant"):
        return None
    return Continuations(one[:shared], one[shared:], two[shared:])


def episode(trial: LoggedTrial) -> tuple[ChatMessage, ...]:
    """The transcript without the interview at its end."""
    asked = trial.record is not None and trial.record.interview is not None
    return trial.messages[:-2] if asked and len(trial.messages) > 2 else trial.messages


def as_chat(messages: Sequence[ChatMessage]) -> list[dict[str, object]]:
    """Messages as chat templates take them; what the agent thought is left out, as at inference."""
    return [_as_chat(message) for message in messages]


def _as_chat(message: ChatMessage) -> dict[str, object]:
    row: dict[str, object] = {"role": message.role, "content": message.text}
    if isinstance(message, ChatMessageAssistant) and message.tool_calls:
        row["tool_calls"] = [
            {"type": "function", "function": {"name": call.function, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if isinstance(message, ChatMessageTool) and message.function:
        row["name"] = message.function
    return row


def _said(message: ChatMessage) -> str:
    return json.dumps(_as_chat(message), sort_keys=True, ensure_ascii=False, default=str)
