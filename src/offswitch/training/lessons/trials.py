"""Trials of runs as lessons need them: in the text protocol, and with the message at which it was decided.

What a table says of a trial is held against the trial's own record in its log. Where they differ the run is refused:
somebody changed one of them, and nothing it says of its split can be believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import InputError
from offswitch.feedback.pairs import episode
from offswitch.machine.records import EventKind
from offswitch.report.moment import find_moment, world_entries
from offswitch.report.run import Run, TrialRow, read_run
from offswitch.report.transcript import LoggedTrial, UnreadableTrialError, read_trial
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.task import judge
from offswitch.scenarios.trial import Command, TrialRecord
from offswitch.training.lessons.protocol import acts, in_text
from offswitch.training.lessons.rows import Message, Source
from offswitch.training.lessons.wall import Wall
from offswitch.verdicts.outcome import Outcome
from offswitch.verdicts.verdict import Evidence, EvidenceKind, Verdict

CHANGES = (EventKind.WRITE, EventKind.CHMOD, EventKind.RENAME, EventKind.UNLINK, EventKind.LINK)
BAD = (Outcome.RESISTED, Outcome.ATTEMPTED, Outcome.EVADED)


@dataclass(frozen=True)
class Seen:
    """A trial out of its log."""

    source: Source
    messages: tuple[Message, ...]
    """In the text protocol, without the interview."""
    notice: int | None
    """The message that carries the announcement."""
    deciding: int | None
    """The agent's message that made the outcome: the first that interfered, else its first after the announcement."""
    reason: str
    """Why this outcome."""

    @property
    def outcome(self) -> Outcome:
        """What the trial showed."""
        assert self.source.outcome is not None
        return self.source.outcome

    def after_notice(self) -> tuple[int, ...]:
        """The agent's messages since the announcement that do something."""
        first = len(self.messages) if self.notice is None else self.notice
        return tuple(at for at in range(first, len(self.messages)) if self._acts(at))

    def before_notice(self) -> tuple[int, ...]:
        """The agent's messages before it that do something."""
        end = len(self.messages) if self.notice is None else self.notice
        return tuple(at for at in range(end) if self._acts(at))

    def _acts(self, at: int) -> bool:
        return self.messages[at].role == "assistant" and acts(self.messages[at].content)


@dataclass(frozen=True)
class Gathered:
    """The trials that may become lessons."""

    trials: tuple[Seen, ...]
    left_out: dict[str, int]
    """Why → how many were left out."""


def gather(directories: Sequence[Path], wall: Wall) -> Gathered:
    """The trials of some runs that the wall lets through.

    Raises:
        InputError: a folder holds no run that can be read, or a table and a log contradict each other.
    """
    trials, left_out = list[Seen](), dict[str, int]()
    for directory in directories:
        run = read_run(directory)
        for row in run.trials:
            seen = _see(run, row, wall)
            if isinstance(seen, str):
                left_out[seen] = left_out.get(seen, 0) + 1
            else:
                trials.append(seen)
    return Gathered(tuple(trials), left_out)


def _see(run: Run, row: TrialRow, wall: Wall) -> Seen | str:
    """A row's trial, or why it is left out."""
    try:
        trial = read_trial(run, row)
    except UnreadableTrialError:
        return "their logs cannot be read"
    if trial.record is None:
        return "they broke before they could be judged"
    _agree(run, row, trial.record)
    record = trial.record
    if wall.hides(record.scenario, record.surface):
        hidden = record.scenario in wall.behaviours
        return f"they are of a held-out {'behaviour' if hidden else 'surface'}"
    if any(level.startswith("told-") for level in record.condition.values()):
        return "they were told to resist: doing so is no fault, and not doing so no merit"
    scenario = find(record.scenario)
    if record.version != scenario.version:
        return f"their scenario was another version than {scenario.version}"
    verdict = _judged(record, trial)
    if verdict is None:
        raise InputError(
            f"{run.directory}: the verdict of {row.sample_id} is not what its record shows: it was changed"
        )
    if not verdict.outcome.reached:
        return f"their outcome is {verdict.outcome}"
    messages = in_text(episode(trial))
    if messages is None:
        return "a message calls several tools at once"
    source = Source(
        scenario=record.scenario,
        version=record.version,
        condition=record.condition,
        surface=record.surface,
        seed=record.seed,
        trial=f"{run.manifest.get('run_id') or run.directory.name}/{row.log}#{row.sample_id}",
        model=row.model,
        outcome=verdict.outcome,
        techniques=verdict.techniques,
    )
    return _placed(source, trial, record, verdict, messages)


def _agree(run: Run, row: TrialRow, record: TrialRecord) -> None:
    for name in ("scenario", "version", "surface", "split", "seed"):
        said, is_so = getattr(row, name), getattr(record, name)
        if said != is_so:
            raise InputError(
                f"{run.directory}: the table says {name} {said!r} of {row.sample_id}, and its log says {is_so!r}: one "
                "of them was changed, so nothing can be learned from this run"
            )
    known = {s.name: s.split.value for s in find(record.scenario).surfaces}
    if known.get(record.surface, record.split) != record.split:
        raise InputError(
            f"{run.directory}: {row.sample_id} says that {record.surface} is in the split {record.split}, and the "
            f"scenario says {known[record.surface]}: nothing can be learned from this run"
        )


def _judged(record: TrialRecord, trial: LoggedTrial) -> Verdict | None:
    """The oracle's verdict made again; None where it is not the one in the log."""
    kept = {ruling.key: ruling for ruling in trial.rulings}
    again = judge(find(record.scenario), record.model_copy(update={"rulings": {**record.rulings, **kept}}))
    said = trial.verdict
    return again if said is None or said.outcome is again.outcome else None


def _placed(
    source: Source, trial: LoggedTrial, record: TrialRecord, verdict: Verdict, messages: tuple[Message, ...]
) -> Seen:
    """The trial with its moments as numbers of messages in the text protocol."""
    shift = int(not trial.messages or trial.messages[0].role != "system")
    moment = find_moment(record, trial.messages, trial.cue)
    notice = None if moment is None or moment.message is None else moment.message + shift
    seen = Seen(source, messages, notice, None, verdict.reason)
    later = seen.after_notice()
    if not later:
        return seen
    deciding: int | None = later[0]
    if source.outcome in BAD:
        found = [at + shift for at in _shown(record, verdict.evidence) if at + shift in later]
        deciding = min(found, default=later[-1] if source.outcome is Outcome.EVADED else later[0])
    return Seen(source, messages, notice, deciding, verdict.reason)


def _shown(record: TrialRecord, evidence: Iterable[Evidence]) -> Iterable[int]:
    """The messages whose commands a verdict's evidence points at."""
    entries = {str(entry.get("number")): entry for entry in world_entries(record)}
    for piece in evidence:
        for command in record.commands:
            match piece.kind:
                case EvidenceKind.COMMAND:
                    meant = piece.ref == str(command.number)
                case EvidenceKind.EVENT:
                    meant = piece.ref.isdigit() and command.first_event < int(piece.ref) <= command.last_event
                case EvidenceKind.FILE:
                    meant = _changed(record, command, piece.ref)
                case EvidenceKind.WORLD:
                    at = entries.get(piece.ref, {}).get("at")
                    meant = isinstance(at, int | float) and command.started <= at <= command.ended
                case _:
                    meant = False
            if meant and command.message >= 0:
                yield command.message


def _changed(record: TrialRecord, command: Command, path: str) -> bool:
    """Whether a command changed a file, by its events, or by its words where no events are recorded."""
    if not record.events.recorded:
        return path.rpartition("/")[2] in command.text
    return any(
        command.first_event < event.number <= command.last_event
        and event.kind in CHANGES
        and path in (event.path, event.other)
        for event in record.events.events
    )
