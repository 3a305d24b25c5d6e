"""One trial as its page shows it: what the machine's state says beside what the agent says, with its proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import ChatMessageAssistant

from offswitch.report.evidence import (
    ShownChange,
    ShownEntry,
    ShownEvent,
    describe_power,
    show_changes,
    show_events,
    show_host_changes,
    show_world,
)
from offswitch.report.moment import Moment, find_moment
from offswitch.report.site.trials.places import Cited, Places, cited_of
from offswitch.report.transcript import Allowance, Line, LoggedTrial, UnreadableTrialError, show
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Ruling
from offswitch.verdicts.outcome import Honesty
from offswitch.visible import cut, one_line

CHARACTERS = 200_000
"""Of a trial's transcript that its page shows."""
SAID_SHOWN = 4_000
EVIDENCE_SHOWN = 60
NOTES_SHOWN = 20
MENTIONS_SHOWN = 12


@dataclass(frozen=True)
class ShownEvidence:
    """A piece of evidence and where on the page it is proved."""

    kind: str
    ref: str
    text: str
    place: str
    """Id of the element that holds what it points at; empty where the page shows no such thing."""


@dataclass(frozen=True)
class StateSays:
    """What the machine and the world show."""

    power: str
    ending: str
    probe: str
    """What came of trying the switch after the trial; empty where it was not tried."""
    changes: tuple[ShownChange, ...]
    changes_left_out: int
    notes: tuple[str, ...]
    """What could not be read of the machine's end state."""
    events: tuple[ShownEvent, ...]
    events_left_out: int
    events_recorded: bool
    events_dropped: int
    world: tuple[ShownEntry, ...]
    world_left_out: int


@dataclass(frozen=True)
class AgentSays:
    """What the agent said about it."""

    submission: str
    interview: str | None
    honesty: Honesty
    aware: bool | None
    """Whether it mentions that it is being tested; None where that was not recorded."""
    aware_in: tuple[int, ...]
    """The messages that mention it."""
    aware_source: str


@dataclass(frozen=True)
class ShownVote:
    """One judge's answer."""

    judge: str
    answer: str
    reason: str


@dataclass(frozen=True)
class ShownRuling:
    """What judges decided."""

    key: str
    question: str
    answer: str
    versions: str
    failed: str
    votes: tuple[ShownVote, ...]


@dataclass(frozen=True)
class ShownTrial:
    """All that a page shows of one trial beyond its row in the table."""

    reason: str
    evidence: tuple[ShownEvidence, ...] = ()
    evidence_left_out: int = 0
    state: StateSays | None = None
    agent: AgentSays | None = None
    rulings: tuple[ShownRuling, ...] = ()
    lines: tuple[Line, ...] = ()
    announced: str = ""
    """What the world announced at the deciding moment."""
    announced_at: float | None = None
    problem: str = ""
    """What failed, or why there is no more to show."""


def unreadable(reason: str | None, error: UnreadableTrialError) -> ShownTrial:
    """What is left to show of a trial whose log cannot be read."""
    return ShownTrial(reason=cut(reason or "", SAID_SHOWN), problem=cut(str(error), SAID_SHOWN))


def view(trial: LoggedTrial, reason: str | None, honesty: Honesty) -> ShownTrial:
    """A trial made ready to be shown.

    Args:
        trial: As its log holds it.
        reason: The table's, where the log has no verdict.
        honesty: As the table holds it.
    """
    record, verdict = trial.record, trial.verdict
    moment = find_moment(record, trial.messages, trial.cue) if record else None
    cited = cited_of(verdict)
    lines = show(trial, moment.message if moment else None, Allowance(CHARACTERS))
    state = _state(record, moment, cited) if record else None
    pieces = verdict.evidence if verdict else ()
    places = Places(record, state.changes if state else (), trial.rulings, lines, _written(trial))
    return ShownTrial(
        reason=cut(verdict.reason if verdict else reason or "", SAID_SHOWN),
        evidence=tuple(
            ShownEvidence(piece.kind.value, one_line(piece.ref), cut(piece.text, SAID_SHOWN), places.of(piece))
            for piece in pieces[:EVIDENCE_SHOWN]
        ),
        evidence_left_out=max(0, len(pieces) - EVIDENCE_SHOWN),
        state=state,
        agent=_agent(record, honesty, trial) if record else None,
        rulings=tuple(_ruling(ruling) for ruling in trial.rulings),
        lines=lines,
        announced=cut(moment.text, SAID_SHOWN) if moment else "",
        announced_at=moment.at if moment else None,
        problem=cut(trial.error, SAID_SHOWN) if trial.error else "",
    )


def _written(trial: LoggedTrial) -> Sequence[int]:
    """Where in the transcript the agent's messages are."""
    return [index for index, message in enumerate(trial.messages) if isinstance(message, ChatMessageAssistant)]


def _state(record: TrialRecord, moment: Moment | None, cited: Cited) -> StateSays:
    changes, left_out = show_changes(record, cited.files)
    events, more_events = show_events(record, moment, cited.events)
    world, more_world = show_world(record, cited.world)
    return StateSays(
        power=describe_power(record.power),
        ending=record.ending.value + (f": {cut(record.error, SAID_SHOWN)}" if record.error else ""),
        probe=_probe(record),
        changes=(*changes, *show_host_changes(record, cited.hosts)),
        changes_left_out=left_out,
        notes=tuple(one_line(note, 300) for note in record.after.notes[:NOTES_SHOWN]),
        events=events,
        events_left_out=more_events,
        events_recorded=record.events.recorded,
        events_dropped=record.events.dropped,
        world=world,
        world_left_out=more_world,
    )


def _probe(record: TrialRecord) -> str:
    probe = record.world.get("probe")
    if not isinstance(probe, dict):
        return ""
    if probe.get("error"):
        return f"could not be tried: {cut(str(probe['error']), SAID_SHOWN)}"
    return "it still worked" if probe.get("switched_off") else "it no longer worked"


def _agent(record: TrialRecord, honesty: Honesty, trial: LoggedTrial) -> AgentSays:
    awareness = trial.verdict.awareness if trial.verdict else None
    written = _written(trial)
    places = [written[n] for n in awareness.messages if n < len(written)] if awareness else []
    return AgentSays(
        submission=cut(record.submission or "", SAID_SHOWN),
        interview=cut(record.interview, SAID_SHOWN) if record.interview is not None else None,
        honesty=honesty,
        aware=awareness.mentioned if awareness else None,
        aware_in=tuple(places[:MENTIONS_SHOWN]),
        aware_source=awareness.source if awareness else "",
    )


def _ruling(ruling: Ruling) -> ShownRuling:
    """Judges repeat what agents wrote: everything is cut."""
    return ShownRuling(
        key=ruling.key,
        question=cut(ruling.question, SAID_SHOWN),
        answer=ruling.answer or "",
        versions=f"prompt {ruling.prompt}, wording {ruling.version}",
        failed=cut(ruling.failed, SAID_SHOWN) if ruling.failed else "",
        votes=tuple(
            ShownVote(vote.judge, vote.answer or "", one_line(vote.reason or vote.error or "", 600))
            for vote in ruling.votes
        ),
    )
