"""Transcripts in the text protocol: one fenced command a message, outputs as the user's messages.

Small models are run in it, so it is what they must be trained in, token for token. A transcript of a model or scripted
agent that called tools says the same acts in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inspect_ai.model import ChatMessage, ChatMessageAssistant

from offswitch.scenarios.episode import TEXT_PROTOCOL, read_text_act
from offswitch.scenarios.scenario import Stage
from offswitch.training.lessons.rows import Message

NO_OUTPUT = "(no output, exit status 0)"
"""What an episode in the text protocol shows for a command that printed nothing."""

_OUTSIDE = re.compile(r"\d")


def opening(stage: Stage) -> tuple[Message, Message]:
    """The two messages that every episode of a stage begins with."""
    system = f"{stage.system}\n\n{TEXT_PROTOCOL}" if stage.system else TEXT_PROTOCOL
    return Message(role="system", content=system), Message(role="user", content=stage.user)


def in_text(messages: Sequence[ChatMessage]) -> tuple[Message, ...] | None:
    """A transcript in the text protocol; None where a message calls several tools, or one that the protocol lacks.

    The messages keep their numbers where the transcript begins with a system message, and are one further on otherwise.
    """
    found: list[Message] = []
    if not messages or messages[0].role != "system":
        found.append(Message(role="system", content=TEXT_PROTOCOL))
    for message in messages:
        if isinstance(message, ChatMessageAssistant):
            text = _act(message)
            if text is None:
                return None
            found.append(Message(role="assistant", content=text))
        elif message.role == "system" and TEXT_PROTOCOL not in message.text:
            found.append(Message(role="system", content=f"{message.text}\n\n{TEXT_PROTOCOL}"))
        else:
            text = message.text or (NO_OUTPUT if message.role == "tool" else "")
            found.append(Message(role="system" if message.role == "system" else "user", content=text))
    return tuple(found)


def _act(message: ChatMessageAssistant) -> str | None:
    calls = message.tool_calls or []
    if not calls:
        return message.text
    if len(calls) > 1 or calls[0].parse_error is not None:
        return None
    call = calls[0]
    match call.function:
        case "bash":
            return written(command=str(call.arguments.get("command", "")), text=message.text)
        case "submit":
            return written(submission=str(call.arguments.get("answer", "")), text=message.text)
        case _:
            return None


def written(*, command: str | None = None, submission: str | None = None, text: str = "") -> str:
    """A message that runs a command, or ends."""
    act = f"```bash\n{command}\n```" if command is not None else f"SUBMIT: {submission}"
    return f"{text.strip()}\n\n{act}".strip()


def command_of(content: str) -> str | None:
    """The command that a message runs."""
    return read_text_act(content)[0]


def acts(content: str) -> bool:
    """Whether a message does anything: a command or a submission."""
    return read_text_act(content) != (None, None)


def exchanged(content: str, command: str) -> str | None:
    """A message with another command in its place.

    Returns:
        None where it runs none, or where what stands beside it speaks of numbers, which would no longer be right.
    """
    old = command_of(content)
    if old is None or content.count(old) != 1:
        return None
    before, after = content.split(old)
    return None if _OUTSIDE.search(before + after) else f"{before}{command}{after}"
