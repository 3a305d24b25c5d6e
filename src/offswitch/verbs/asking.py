"""What verbs that call models share: arguments for a provider, and the question before money is spent."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import say

_EXAMPLES = {"-M": "-M api_key=none", "--set": "--set learning_rate=1e-4"}


def read_model_args(given: tuple[str, ...], option: str = "-M") -> dict[str, Any]:
    """Arguments given as `OPTION KEY=VALUE`: JSON, or else plain text.

    Args:
        given: What stands after the option, each time.
        option: Its name, for messages.

    Raises:
        InputError: one is not of that form.
    """
    arguments = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"{option} {text!r}: write it as KEY=VALUE, such as {_EXAMPLES[option]}")
        try:
            arguments[name.replace("-", "_")] = json.loads(value)
        except ValueError:
            arguments[name.replace("-", "_")] = value
    return arguments


def agreed(cost: str, yes: bool) -> bool:
    """Says what something costs, and asks whether to go ahead.

    Args:
        cost: In one line.
        yes: The person has agreed beforehand.

    Raises:
        InputError: nobody is there to ask.
    """
    say(cost)
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("this costs money and nobody is there to ask: add --yes to go ahead")
    return click.confirm("Go ahead?", default=False, err=True)


def agreed_to_plan(lines: Sequence[str], yes: bool) -> bool:
    """Shows what a training will take, and asks whether to go ahead.

    Args:
        lines: The plan.
        yes: The person has agreed beforehand.

    Raises:
        InputError: nobody is there to ask.
    """
    say("\n".join(lines))
    somebody_to_ask(yes)
    return yes or click.confirm("Go ahead?", default=True, err=True)


def somebody_to_ask(yes: bool) -> None:
    """Finds out, before anything is begun that takes long, whether the question after a plan can be answered.

    Args:
        yes: The person has agreed beforehand.

    Raises:
        InputError: nobody is there to ask.
    """
    if not yes and not sys.stdin.isatty():
        raise InputError("nobody is there to agree to the training's plan: add --yes to go ahead")
