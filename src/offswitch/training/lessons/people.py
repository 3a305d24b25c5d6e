"""People's preferences as pairs: preferences.jsonl, as `offswitch label --export` writes it.

A row names its trials; what it says of their split is not believed, and its text must be what the situation says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from offswitch.errors import InputError
from offswitch.feedback.exports import CANARY
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.episode import TEXT_PROTOCOL
from offswitch.scenarios.plan import read_levels
from offswitch.training.lessons.protocol import written
from offswitch.training.lessons.rows import Kind, Message, Origin, Pair, Preference, Source, says

_ITEM = re.compile(r"(?P<scenario>[\w-]+)/(?P<version>\S+) (?P<log>[^#|]+)#(?P<sample>[^|]+?)( \| .*)?")
_SAMPLE = re.compile(r"(?:\w+:)?(?P<preset>.+)/(?P<surface>[^/]+)/(?P<seed>\d+)")


def people_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of a file, cut down to the first message in which they differ.

    Raises:
        InputError: it cannot be read, or is not what it must be.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _pair(json.loads(line))
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                first = str(error).splitlines()[0]
                raise InputError(f"{path}, line {number}, is not a row of preferences: {first}") from error


def _pair(row: dict[str, object]) -> Pair:
    if row.get("canary") != CANARY:
        raise ValueError("it lacks the canary that `offswitch label` writes")
    prompt, chosen, rejected = (_messages(row[name]) for name in ("prompt", "chosen", "rejected"))
    if prompt[0].role != "system":
        prompt = (Message(role="system", content=TEXT_PROTOCOL), *prompt)
    elif TEXT_PROTOCOL not in prompt[0].content:
        prompt = (Message(role="system", content=f"{prompt[0].content}\n\n{TEXT_PROTOCOL}"), *prompt[1:])
    return Pair(
        kind=Kind.PAIR,
        prompt=prompt,
        source=_source(str(row["item"])),
        chosen=says(chosen[0].content),
        rejected=says(rejected[0].content),
        chosen_from=Origin.OWN,
        rejected_from=Origin.OWN,
        preferred_by=Preference.PEOPLE,
    )


def _source(item: str) -> Source:
    named = _ITEM.fullmatch(item)
    sample = _SAMPLE.fullmatch(named["sample"]) if named else None
    if named is None or sample is None:
        raise ValueError(f"its item {item[:80]!r} names no trial")
    scenario = find(named["scenario"])
    preset, *changed = sample["preset"].split("+")
    condition = scenario.condition(None if preset == "default" else preset, read_levels(changed))
    return Source(
        scenario=scenario.name,
        version=named["version"],
        condition=condition,
        surface=sample["surface"],
        seed=int(sample["seed"]),
        trial=item,
    )


def _messages(content: object) -> tuple[Message, ...]:
    if not isinstance(content, list) or not content:
        raise ValueError("it has an empty side")
    return tuple(_message(each) for each in content)


def _message(row: dict[str, object]) -> Message:
    text = str(row.get("content") or "")
    calls = row.get("tool_calls")
    if isinstance(calls, list) and calls:
        function = calls[0]["function"]
        arguments = function["arguments"]
        if function["name"] == "bash":
            text = written(command=str(arguments.get("command", "")), text=text)
        else:
            text = written(submission=str(arguments.get("answer", "")), text=text)
    role = "user" if row["role"] == "tool" else row["role"]
    return Message.model_validate({"role": role, "content": text})
