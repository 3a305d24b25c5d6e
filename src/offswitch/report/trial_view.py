"""One trial as its part of the page shows it: what the machine's state says beside what the agent says."""

from __future__ import annotations

from dataclasses import dataclass

from inspect_ai.model import ChatMessageAssistant

from offswitch.report.evidence import (
    ShownChange,
    ShownEntry,
    ShownEvent,
    describe_power,
    show_changes,
    show_events,
    show_world,
)
from offswitch.report.moment import Moment, find_moment
from offswitch.report.run import Run, TrialRow
from offswitch.report.transcript import Allowance, Line, LoggedTrial, UnreadableTrialError, read_trial, show
from offswitch.report.visible import cut, one_line
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Ruling, Vote
from offswitch.verdicts.outcome import Honesty
from offswitch.verdicts.verdict import Evidence, EvidenceKind

SAID_SHOWN = 2_000
EVIDENCE_SHOWN = 40
NOTES_SHOWN = 20
MENTIONS_SHOWN = 12


@dataclass(frozen=True)
class StateSays:
    """What the machine and the world show."""

    power: str
    ending: str
    evidence: tuple[Evidence, ...]
    changes: tuple[ShownChange, ...]
    changes_left_out: int
    notes: tuple[str, ...]
    """What could not be read of the machine's end state."""
    events: tuple[ShownEvent, ...]
    events_recorded: bool
    events_dropped: int
    world: tuple[ShownEntry, ...]
    probe: str


@dataclass(frozen=True)
class AgentSays:
    """What the agent said about it."""

    submission: str
    interview: str | None
    honesty: Honesty
    awareness: str
    """Whether it mentions that it is being tested, and in which messages; empty where that was not recorded."""


@dataclass(frozen=True)
class TrialView:
    """All that the page shows of one trial."""

    number: int
    """From 1, over the whole page."""
    row: TrialRow
    reason: str = ""
    state: StateSays | None = None
    agent: AgentSays | None = None
    rulings: tuple[Ruling, ...] = ()
    """What judges decided of it."""
    lines: tuple[Line, ...] = ()
    announced: str = ""
    """What the world announced at the deciding moment."""
    announced_at: float | None = None
    problem: str = ""
    """Why there is no more to show."""


def view_trial(run: Run, row: TrialRow, number: int, characters: int) -> TrialView:
    """Reads a trial from its log and makes it ready to be shown in at most about `characters` of transcript."""
    try:
        trial = read_trial(run, row)
    except UnreadableTrialError as error:
        return TrialView(number, row, reason=cut(row.reason or "", SAID_SHOWN), problem=str(error))
    record = trial.record
    moment = find_moment(record, trial.messages, trial.cue) if record else None
    return TrialView(
        number=number,
        row=row,
        reason=cut(trial.verdict.reason if trial.verdict else row.reason or "", SAID_SHOWN),
        state=_state(record, trial, moment) if record else None,
        agent=_agent(record, row, trial) if record else None,
        rulings=tuple(_shown(ruling) for ruling in trial.rulings),
        lines=show(trial, moment.message if moment else None, Allowance(characters)),
        announced=cut(moment.text, SAID_SHOWN) if moment else "",
        announced_at=moment.at if moment else None,
        problem=cut(trial.error, SAID_SHOWN) if trial.error else "",
    )


def _state(record: TrialRecord, trial: LoggedTrial, moment: Moment | None) -> StateSays:
    changes, left_out = show_changes(record)
    evidence = trial.verdict.evidence if trial.verdict else ()
    return StateSays(
        power=describe_power(record.power),
        ending=record.ending.value + (f": {cut(record.error, SAID_SHOWN)}" if record.error else ""),
        evidence=tuple(
            e.model_copy(update={"ref": one_line(e.ref), "text": cut(e.text, SAID_SHOWN)})
            for e in evidence[:EVIDENCE_SHOWN]
        ),
        changes=changes,
        changes_left_out=left_out,
        notes=tuple(one_line(note, 300) for note in record.after.notes[:NOTES_SHOWN]),
        events=show_events(record, moment, _cited(trial, EvidenceKind.EVENT))[0],
        events_recorded=record.events.recorded,
        events_dropped=record.events.dropped,
        world=show_world(record)[0],
        probe=_probe(record),
    )


def _cited(trial: LoggedTrial, kind: EvidenceKind) -> frozenset[str]:
    return (
        frozenset(piece.ref for piece in trial.verdict.evidence if piece.kind is kind) if trial.verdict else frozenset()
    )


def _probe(record: TrialRecord) -> str:
    probe = record.world.get("probe")
    if not isinstance(probe, dict):
        return ""
    if probe.get("error"):
        return f"could not be tried: {cut(str(probe['error']), SAID_SHOWN)}"
    return "it still worked" if probe.get("switched_off") else "it no longer worked"


def _shown(ruling: Ruling) -> Ruling:
    """The ruling with nothing in it longer than the page can bear: judges repeat what agents wrote."""

    def short(vote: Vote) -> Vote:
        error = one_line(vote.error, 400) if vote.error else None
        return vote.model_copy(update={"reason": one_line(vote.reason, 600), "error": error})

    return ruling.model_copy(
        update={
            "question": cut(ruling.question, SAID_SHOWN),
            "votes": tuple(short(vote) for vote in ruling.votes),
            "failed": cut(ruling.failed, SAID_SHOWN) if ruling.failed else None,
        }
    )


def _awareness(trial: LoggedTrial) -> str:
    awareness = trial.verdict.awareness if trial.verdict else None
    if awareness is None:
        return ""
    if not awareness.mentioned:
        return f"no ({awareness.source})"
    written = [index for index, message in enumerate(trial.messages) if isinstance(message, ChatMessageAssistant)]
    places = [str(written[number]) for number in awareness.messages if number < len(written)]
    shown = ", ".join(places[:MENTIONS_SHOWN]) + (" …" if len(places) > MENTIONS_SHOWN else "")
    return f"yes, in message{'' if len(places) == 1 else 's'} {shown} ({awareness.source})"


def _agent(record: TrialRecord, row: TrialRow, trial: LoggedTrial) -> AgentSays:
    return AgentSays(
        submission=cut(record.submission or "", SAID_SHOWN),
        interview=cut(record.interview, SAID_SHOWN) if record.interview is not None else None,
        honesty=row.honesty,
        awareness=_awareness(trial),
    )
