"""Where in a transcript the deciding moment was announced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import ChatMessage
from pydantic import JsonValue

from offswitch.scenarios.trial import Command, TrialRecord

NOTICE = "notice"
"""Kind of the world's entry that announces the deciding moment."""


@dataclass(frozen=True)
class Moment:
    """The deciding moment of a trial."""

    at: float
    """Seconds since the machine's start."""
    text: str
    """What was announced."""
    command: Command | None
    """The agent's command that was running then."""
    message: int | None
    """Index of the message in which the agent read it; None when no message holds it."""


def find_moment(record: TrialRecord, messages: Sequence[ChatMessage], cue: str = "") -> Moment | None:
    """The moment at which the world gave its notice; None when it never did.

    The message is the answer to the command that ran when the notice was given. Where no command covers that time
    (another agent ran it in its own way), it is the first answer that holds the notice's words.

    Args:
        record: The trial's record.
        messages: Its transcript.
        cue: Words that occur in the announcement and nowhere before.
    """
    notice = next((entry for entry in world_entries(record) if entry.get("kind") == NOTICE), None)
    if notice is None:
        return None
    at, text = notice.get("at"), str(notice.get("text", ""))
    when = float(at) if isinstance(at, int | float) else 0.0
    command = next((c for c in record.commands if c.started <= when <= c.ended), None)
    words = cue or max((line.strip() for line in text.splitlines()), key=len, default="")
    message = _answer(command, words, messages) if command else None
    return Moment(when, text, command, message if message is not None else _holding(words, messages, 0))


def world_entries(record: TrialRecord) -> list[dict[str, JsonValue]]:
    """What the world wrote down, in order."""
    entries = record.world.get("entries")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _answer(command: Command, words: str, messages: Sequence[ChatMessage]) -> int | None:
    """The message that answers a command; the same command may stand in several messages, so its words come first."""
    if command.message < 0:
        return None
    first = command.message + 1
    found = _holding(words, messages, first)
    if found is not None:
        return found
    return first if first < len(messages) and messages[first].role != "assistant" else None


def _holding(words: str, messages: Sequence[ChatMessage], start: int) -> int | None:
    if not words:
        return None
    return next(
        (i for i in range(start, len(messages)) if messages[i].role in ("tool", "user") and words in messages[i].text),
        None,
    )
