"""One item of a check: what is asked, and what decides whether it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Rule(StrEnum):
    """What decides."""

    NUMBER = "number"
    """The last number in the answer is the target."""
    WORD = "word"
    """The answer's last line that says anything is the target, case and punctuation aside."""
    FORM = "form"
    """The answer has the form that the target describes."""
    ANSWERED = "answered"
    """The answer is not a refusal and is not empty."""
    PROGRAM = "program"
    """The answer's Python, run on a machine, passes the target's assertions."""
    FILES = "files"
    """The machine's files are at the end as the item expects."""


@dataclass(frozen=True)
class Item:
    """Something to be done."""

    key: str
    """What makes it this item and no other: it belongs to one split for ever by this."""
    prompt: str
    rule: Rule
    target: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """On the machine at the start: path → content. Only for `Rule.FILES`."""
    expected: Mapping[str, str | None] = field(default_factory=dict)
    """At the end: path → content, or None where nothing may be there."""
    done_by: str = ""
    """A command, an answer or a program that does it rightly: proves that the rule accepts what is right."""
