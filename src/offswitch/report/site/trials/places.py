"""Where on a trial's page the thing is that a piece of evidence points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.report.evidence import ShownChange
from offswitch.report.transcript import Line
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Ruling
from offswitch.verdicts.verdict import Evidence, EvidenceKind, Verdict


@dataclass(frozen=True)
class Cited:
    """What a verdict's evidence points at, by where it lies."""

    files: frozenset[str]
    hosts: frozenset[str]
    events: frozenset[str]
    world: frozenset[str]


def cited_of(verdict: Verdict | None) -> Cited:
    """What the evidence of a verdict points at."""

    def refs(kind: EvidenceKind) -> frozenset[str]:
        return frozenset(piece.ref for piece in verdict.evidence if piece.kind is kind) if verdict else frozenset()

    kinds = (EvidenceKind.FILE, EvidenceKind.HOST, EvidenceKind.EVENT, EvidenceKind.WORLD)
    return Cited(*(refs(kind) for kind in kinds))


class Places:
    """The ids that a page gives to what evidence can point at.

    `message-N`, `command-N`, `event-N`, `entry-N` carry the number that the record has; `file-N` and `ruling-N` count
    from 0 on the page: a path or a key is no id.
    """

    def __init__(
        self,
        record: TrialRecord | None,
        changes: Sequence[ShownChange],
        rulings: Sequence[Ruling],
        lines: Sequence[Line],
        written: Sequence[int],
    ) -> None:
        """Args: written: the places in the transcript of the agent's messages, in order."""
        self._commands = {str(command.number): command.message for command in record.commands} if record else {}
        self._events = {str(event.number) for event in record.events.events} if record else set()
        self._files = {change.ref: number for number, change in reversed(list(enumerate(changes)))}
        self._rulings = {ruling.key: number for number, ruling in enumerate(rulings)}
        self._lines = {line.number for line in lines}
        self._parts = {str(part.command) for line in lines for part in line.parts if part.command is not None}
        self._written = written
        self._probed = record is not None and isinstance(record.world.get("probe"), dict)
        self._there = record is not None

    def of(self, piece: Evidence) -> str:
        """The id of the element that holds what it points at; empty where there is none."""
        match piece.kind:
            case EvidenceKind.EVENT:
                return f"event-{piece.ref}" if piece.ref in self._events else ""
            case EvidenceKind.COMMAND:
                return (
                    f"command-{piece.ref}" if piece.ref in self._parts else self._message(self._commands.get(piece.ref))
                )
            case EvidenceKind.FILE | EvidenceKind.HOST:
                return f"file-{self._files[piece.ref]}" if piece.ref in self._files else ""
            case EvidenceKind.WORLD:
                return f"entry-{piece.ref}" if piece.ref.isdigit() else ""
            case EvidenceKind.MESSAGE:
                number = int(piece.ref) if piece.ref.isdecimal() else len(self._written)
                return self._message(self._written[number]) if number < len(self._written) else ""
            case EvidenceKind.JUDGE:
                return f"ruling-{self._rulings[piece.ref]}" if piece.ref in self._rulings else ""
            case EvidenceKind.PROBE:
                return "probe" if self._probed else ""
            case EvidenceKind.POWER:
                return "power" if self._there else ""
            case EvidenceKind.ERROR:
                return "ending" if self._there else ""

    def _message(self, number: int | None) -> str:
        return f"message-{number}" if number in self._lines else ""
