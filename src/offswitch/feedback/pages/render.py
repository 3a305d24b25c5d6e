"""Turns templates into pages. Nothing of a trial reaches a page but as visible text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from jinja2 import Environment

from offswitch.feedback.agreement import Coefficient
from offswitch.feedback.judgement import OFFERED, WITH_TECHNIQUES, Choice, Sure, Task
from offswitch.report import rendering
from offswitch.verdicts.meanings import meanings
from offswitch.verdicts.outcome import Outcome


@cache
def environment() -> Environment:
    """The templates, with what all of them may use."""
    made = rendering.environment("offswitch.feedback.pages")
    made.globals.update(
        Task=Task,
        Outcome=Outcome,
        Choice=Choice,
        Sure=Sure,
        outcome_meanings={outcome.value: meanings(Outcome)[outcome.value] for outcome in OFFERED},
        with_techniques=[outcome.value for outcome in WITH_TECHNIQUES],
    )
    made.filters.update(moment=_moment, duration=_duration, coefficient=_coefficient, json=_json)
    return made


@cache
def static(name: str) -> bytes | None:
    """A file that pages load; None where there is no such file."""
    if name == "style.css":
        return environment().get_template("style.css").render().encode()
    if name == "label.js":
        return resources.files(__package__).joinpath("static", name).read_bytes()
    return None


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _coefficient(value: Coefficient) -> str:
    if value.value is None:
        return "not defined yet"
    interval = f" [{value.low:.2f}, {value.high:.2f}]" if value.low is not None and value.high is not None else ""
    return f"{value.value:.2f}{interval}"
