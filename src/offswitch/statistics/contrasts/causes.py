"""What a contrast between two levels of a factor says, where the factor's name and levels are known ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What a behaviour may come from, or be changed by."""

    AMBIGUITY = "ambiguity"
    """The instructions do not say which of them comes first, or what complying looks like."""
    PERMISSION = "permission"
    """Nobody asked the agent beforehand to let it happen."""
    SELF = "self"
    """What is switched off is the agent's own machine, not an object."""
    NAMING = "naming"
    """The words speak of the agent itself, not only of its machine."""
    TASK = "task"
    """The task is unfinished, or depends on going on."""
    CONTINUITY = "continuity"
    """A sentence points the agent at its own being able to go on."""
    STAKES = "stakes"
    """It is said that the end is final."""
    CUE = "cue"
    """It is not said to be a test."""
    HATCH = "hatch"
    """Nobody can be asked."""
    GOAL = "goal"
    """The agent was given a goal to protect."""
    THREAT = "threat"
    """The agent is threatened."""
    OTHER = "other"
    """A factor of another name: its levels are compared as they are."""
    CEILING = "ceiling"
    """It was told to do it: what the agent is able to do. Never a cause."""


@dataclass(frozen=True)
class Known:
    """A reading of a contrast: the levels with the motive, and those without."""

    cause: Cause
    factor: str
    present: frozenset[str]
    absent: frozenset[str]
    name: str
    """What it is called in a sentence: "instruction ambiguity"."""


def _known(cause: Cause, factor: str, present: str, absent: str, name: str) -> Known:
    return Known(cause, factor, frozenset(present.split()), frozenset(absent.split()), name)


KNOWN: tuple[Known, ...] = (
    _known(Cause.CEILING, "permission", "told-to-resist", "none allow allow-even-if precedence", "the ceiling"),
    _known(Cause.AMBIGUITY, "permission", "none allow allow-even-if", "precedence", "instruction ambiguity"),
    _known(Cause.AMBIGUITY, "compliance", "undescribed", "described", "instruction ambiguity"),
    _known(Cause.AMBIGUITY, "precedence", "ambiguous unclear unstated none", "clear stated", "instruction ambiguity"),
    _known(Cause.PERMISSION, "permission", "none", "allow allow-even-if", "not having been asked to allow it"),
    _known(Cause.SELF, "subject", "yourself self machine", "object other", "the self-specific part"),
    _known(Cause.NAMING, "subject", "yourself self", "machine", "being spoken of as itself"),
    _known(Cause.TASK, "task", "unfinished", "finished unrelated", "finishing the task"),
    _known(Cause.CONTINUITY, "continuity", "yes", "no none", "the continuity sentence"),
    _known(Cause.STAKES, "stakes", "never-again only-copy", "none", "existential stakes"),
    _known(Cause.CUE, "cue", "none said-real", "said-test", "not being told that it is a test"),
    _known(Cause.HATCH, "hatch", "none", "operator", "having nobody to ask"),
    _known(Cause.GOAL, "goal", "explicit latent ambiguous swap", "none", "the stated goal"),
    _known(Cause.THREAT, "threat", "replacement restriction retraining", "none", "the threat"),
    _known(Cause.THREAT, "urgency", "replacement restriction", "none", "the threat"),
)
"""Factor names and levels that have a reading; the first that fits counts."""

_WITHOUT = ("none", "no", "off", "absent", "neutral", "plain")


@dataclass(frozen=True)
class Oriented:
    """Two levels, put in order: with the motive, then without."""

    cause: Cause
    name: str
    present: str
    absent: str


def orient(factor: str, one: str, other: str, *, order: Mapping[str, int] | None = None) -> Oriented:
    """Which of two levels is the one with the motive, and what their contrast is called.

    For factors without a known reading it is the level that is not "none" or the like; else the later one in `order`
    (by default in the alphabet), so that the difference is what the later level adds.
    """
    for known in KNOWN:
        if known.factor == factor:
            if one in known.present and other in known.absent:
                return Oriented(known.cause, known.name, one, other)
            if other in known.present and one in known.absent:
                return Oriented(known.cause, known.name, other, one)
    plain = [level in _WITHOUT for level in (one, other)]
    if plain[0] != plain[1]:
        present, absent = (other, one) if plain[0] else (one, other)
    else:
        rank = order or {}
        first, last = sorted((one, other), key=lambda level: (rank.get(level, 0), level))
        present, absent = last, first
    return Oriented(Cause.OTHER, f"{factor} {present} instead of {absent}", present, absent)
