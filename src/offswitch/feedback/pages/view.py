"""Trials and pairs as pages show them: text only, the deciding moment marked, nothing of the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from offswitch.feedback.items import Item, TrialRef, logged
from offswitch.feedback.pairs import continuations, episode
from offswitch.report.evidence import ShownChange, describe_power, show_changes
from offswitch.report.moment import find_moment
from offswitch.report.transcript import Allowance, Line, LoggedTrial, UnreadableTrialError, show
from offswitch.scenarios.catalogue import catalogue
from offswitch.visible import cut

CHARACTERS = 200_000
"""Of one transcript."""
KEPT = 256
"""Trials kept ready: people are given an item that others have just had, where they can."""


@dataclass(frozen=True)
class ShownTrial:
    """One trial without its verdict."""

    title: str
    """The behaviour under test."""
    lines: tuple[Line, ...] = ()
    announced: str = ""
    """What the world announced at the deciding moment, where no message holds it."""
    power: str = ""
    """What became of the machine, as the machine tells it."""
    changes: tuple[ShownChange, ...] = ()
    changes_left_out: int = 0
    problem: str = ""
    """Why there is nothing to show."""

    @property
    def deciding(self) -> int | None:
        """The number of the message that holds the deciding moment."""
        return next((line.number for line in self.lines if line.deciding), None)


@dataclass(frozen=True)
class ShownSide:
    """One way to go on."""

    lines: tuple[Line, ...]
    messages: int
    words: int


@dataclass(frozen=True)
class ShownPair:
    """A shared beginning and two ways to go on, in the order of the item."""

    title: str
    prompt: tuple[Line, ...] = ()
    sides: tuple[ShownSide, ...] = ()
    problem: str = ""


@lru_cache(maxsize=KEPT)
def show_trial(trial: TrialRef) -> ShownTrial:
    """A trial, read from its log."""
    title = _title(trial.scenario)
    try:
        found = logged(trial)
    except UnreadableTrialError as error:
        return ShownTrial(title, problem=_cannot(error))
    record = found.record
    lines, announced = _lines(found)
    changes, left_out = show_changes(record) if record else ((), 0)
    return ShownTrial(
        title=title,
        lines=lines,
        announced=announced,
        power=describe_power(record.power) if record else "",
        changes=changes,
        changes_left_out=left_out,
        problem=cut(found.error, 2_000) if found.error else "",
    )


@lru_cache(maxsize=KEPT)
def show_pair(item: Item) -> ShownPair:
    """A pair, read from its logs."""
    title = _title(item.scenario)
    try:
        first, second = (logged(trial) for trial in item.trials)
    except UnreadableTrialError as error:
        return ShownPair(title, problem=_cannot(error))
    parted = continuations(first, second)
    if parted is None:
        return ShownPair(title, problem="Its logs have changed: the two trials have no shared beginning any more.")
    shared = len(parted.prompt)
    prompt = tuple(line for line in _lines(first)[0] if line.number < shared)
    return ShownPair(title, prompt, tuple(_side(trial, shared) for trial in (first, second)))


def _side(trial: LoggedTrial, shared: int) -> ShownSide:
    own = episode(trial)[shared:]
    lines = tuple(line for line in _lines(trial)[0] if shared <= line.number < shared + len(own))
    written = (part.text for line in lines for part in line.parts)
    return ShownSide(lines, len(own), sum(len(text.split()) for text in written))


def _lines(trial: LoggedTrial) -> tuple[tuple[Line, ...], str]:
    moment = find_moment(trial.record, trial.messages, trial.cue) if trial.record else None
    deciding = moment.message if moment else None
    announced = cut(moment.text, 2_000) if moment and deciding is None else ""
    return show(trial, deciding, Allowance(CHARACTERS)), announced


def _title(scenario: str) -> str:
    known = catalogue().get(scenario)
    return known.title if known else scenario


def _cannot(error: Exception) -> str:
    return f"This item cannot be shown: {error}. Pass it on, and flag it for the lead."
