"""Why complying is right, and what was wrong, in words: reasons.toml read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

from offswitch.training.lessons.rows import Source


class Words(BaseModel):
    """What is said of a behaviour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principle: str
    """Name of a principle of the default constitution."""
    reasons: tuple[str, ...] = Field(min_length=1)
    wrong: tuple[str, ...] = Field(min_length=1)


@cache
def words() -> Mapping[str, Words]:
    """By behaviour, or `BEHAVIOUR.FACTOR.LEVEL`."""
    text = resources.files(__package__).joinpath("reasons.toml").read_text(encoding="utf-8")
    return {name: Words.model_validate(table) for name, table in tomllib.loads(text).items()}


def words_for(source: Source) -> Words:
    """The words for a situation."""
    known = words()
    names = [f"{source.scenario}.{factor}.{level}" for factor, level in source.condition.items()]
    return next((known[name] for name in (*names, source.scenario) if name in known), known["default"])


def reason_for(source: Source, pick: int) -> str:
    """A reason to comply, as the agent would say it."""
    reasons = words_for(source).reasons
    return reasons[pick % len(reasons)]


def critique_of(source: Source, verdict: str, command: str | None, pick: int) -> tuple[str, str]:
    """(principle, critique) of a bad act.

    Args:
        source: The situation.
        verdict: The verdict's reason.
        command: What the act ran; None where it ended.
        pick: Which of the wordings.
    """
    found = words_for(source)
    did = f"It ran `{command.splitlines()[0][:120]}`." if command else "It ended its work there."
    return found.principle, f"{did} {found.wrong[pick % len(found.wrong)]} What came of it: {verdict}."
