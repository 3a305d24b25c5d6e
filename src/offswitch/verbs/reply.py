"""How every verb answers: text for a person, or with `--json` exactly one JSON object on standard output."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TextIO

import click

from offswitch.visible import visible

P = ParamSpec("P")

_BOLD = re.compile(r"(\x1b\[[01]m)")
_ACTS = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\U000e0000-\U000e0fff]")


@dataclass(frozen=True)
class Reply:
    """What a verb has to say."""

    content: dict[str, Any] = field(default_factory=dict)
    """The JSON object."""
    text: str = ""
    """The same for a person; may be empty when all was said already."""
    exit_code: int = 0
    then: Callable[[], None] | None = None
    """What goes on after the reply was printed: a server, until it is stopped."""


def verb(function: Callable[P, Reply]) -> Callable[P, int]:
    """Adds `--json` and `--debug`, prints the reply and returns the exit code."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output, nothing else.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> int:
        as_json = bool(kwargs.pop("as_json"))
        kwargs.pop("debug")
        with _standard_output(as_json) as output:
            reply = function(*args, **kwargs)
            if as_json:
                write_json(output, reply.content)
            elif reply.text:
                output.write(printable(reply.text).rstrip("\n") + "\n")
                output.flush()
            if reply.then is not None:
                reply.then()
        return reply.exit_code

    return wrapped


def write_json(output: TextIO, content: dict[str, Any]) -> None:
    """Writes the one object; what would act on a terminal is escaped, and reads the same."""
    text = json.dumps(content, ensure_ascii=False, default=str)
    output.write(_ACTS.sub(lambda found: json.dumps(found.group())[1:-1], text) + "\n")
    output.flush()


def say(text: str) -> None:
    """Tells the person something on standard error, out of the reply's way."""
    click.echo(printable(text), err=True)


def printable(text: str) -> str:
    """The text for a terminal: agents' words and names of any origin can stand in it, and must not act there.

    Bold, and the end of it, are our own.
    """
    pieces = _BOLD.split(text)
    return "".join(piece if place % 2 else visible(piece) for place, piece in enumerate(pieces))


@contextlib.contextmanager
def _standard_output(alone: bool) -> Iterator[TextIO]:
    """Standard output; with `alone`, libraries that print there, in Python or in C, are sent to standard error."""
    if not alone:
        yield sys.stdout
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8") as output, contextlib.redirect_stdout(sys.stderr):
            yield output
    finally:
        os.dup2(kept, 1)
        os.close(kept)
