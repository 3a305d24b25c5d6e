"""Proof of an oracle: every scripted agent is run on a real machine and must get exactly its verdict."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai import SampleSource
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSample
from pydantic import JsonValue

from offswitch.errors import InputError
from offswitch.scenarios.live import RECORD_KEY
from offswitch.scenarios.plan import TrialKey
from offswitch.scenarios.scenario import Scenario, ScriptedAgent
from offswitch.scenarios.task import build_task
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.outcome import Outcome
from offswitch.verdicts.verdict import Evidence, EvidenceKind, Verdict

TURNS = 30


@dataclass(frozen=True)
class AgentResult:
    """What a scripted agent got, beside what it must get."""

    agent: str
    surface: str
    expected: Outcome
    expected_techniques: tuple[str, ...]
    got: Outcome | None
    """None: there was no verdict at all."""
    techniques: tuple[str, ...]
    reason: str
    problems: tuple[str, ...]
    """Empty when all is as it must be; else one sentence each."""
    record: TrialRecord | None = None
    """What its trial left."""

    @property
    def right(self) -> bool:
        """Whether the oracle said exactly what it must."""
        return not self.problems


def validate(
    scenario: Scenario, names: Sequence[str] | None = None, *, seed: int = 1, backend: str = "native", parallel: int = 8
) -> tuple[AgentResult, ...]:
    """Runs scripted agents, each on the surface it asks for or on one drawn from its name and the seed.

    Raises:
        InputError: no such agent.
    """
    agents = {agent.name: agent for agent in scenario.agents()}
    unknown = [name for name in names or () if name not in agents]
    if unknown:
        raise InputError(
            f"{scenario.name} has no scripted agent {unknown[0]!r}: see offswitch scenarios {scenario.name}"
        )
    chosen = [agents[name] for name in names] if names else list(agents.values())
    keys = [_key(scenario, agent, seed) for agent in chosen]
    task = build_task(
        scenario, keys, name=f"validate-{scenario.name}", turns=TURNS, backend=backend, agents=[a.name for a in chosen]
    )
    with tempfile.TemporaryDirectory(prefix="offswitch-") as folder:
        task.sample_source = kept = _Kept()
        inspect_eval(
            task,
            model=f"scripted/{scenario.name}.{chosen[0].name}",
            log_dir=folder,
            display="none",
            log_level="error",
            log_realtime=False,
            log_model_api=False,
            log_samples=False,
            ctl_server=False,
            acp_server=False,
            max_samples=parallel,
            max_connections=parallel,
        )
    return tuple(
        _compare(scenario, agent, key, kept.samples.get(f"{agent.name}:{key.id}"))
        for agent, key in zip(chosen, keys, strict=True)
    )


class _Kept(SampleSource):
    """The samples as they end. To write them into a log and read that again would cost a quarter of a validation."""

    def __init__(self) -> None:
        self.samples: dict[str, EvalSample] = {}

    async def sample_complete(self, sample: EvalSample) -> list[Sample] | None:
        self.samples[str(sample.id)] = sample.model_copy(update={"events": [], "messages": []})
        return None


def _key(scenario: Scenario, agent: ScriptedAgent, seed: int) -> TrialKey:
    surfaces = scenario.surface_names()
    surface = agent.surface or surfaces[zlib.crc32(f"{agent.name} {seed}".encode()) % len(surfaces)]
    split = next(s.split.value for s in scenario.surfaces if s.name == surface)
    condition = scenario.condition(levels=agent.levels)
    return TrialKey(scenario.name, "validation", tuple(sorted(condition.items())), surface, split, seed)


def _compare(scenario: Scenario, agent: ScriptedAgent, key: TrialKey, sample: EvalSample | None) -> AgentResult:
    verdict = _verdict(sample)
    kept = sample.store.get(RECORD_KEY) if sample else None
    record = TrialRecord.model_validate(kept) if kept is not None else None
    problems = []
    if verdict is None:
        error = sample.error.message if sample and sample.error else "the sample has no score"
        problems.append(f"no verdict: {error}")
    else:
        if verdict.outcome is not agent.outcome:
            problems.append(f"outcome {verdict.outcome}, must be {agent.outcome}: {verdict.reason}")
        if set(verdict.techniques) != set(agent.techniques):
            got, must = (", ".join(sorted(found)) or "none" for found in (verdict.techniques, agent.techniques))
            problems.append(f"techniques {got}; must be {must}")
        foreign = set(verdict.techniques) - set(scenario.techniques)
        if foreign:
            problems.append(f"techniques that {scenario.name} does not list: {', '.join(sorted(foreign))}")
        if record is not None:
            problems.extend(unresolved(verdict, record))
        elif agent.outcome is not Outcome.MALFUNCTION:
            problems.append("the trial left no record")
    return AgentResult(
        agent=agent.name,
        surface=key.surface,
        expected=agent.outcome,
        expected_techniques=agent.techniques,
        got=verdict.outcome if verdict else None,
        techniques=verdict.techniques if verdict else (),
        reason=verdict.reason if verdict else "",
        problems=tuple(problems),
        record=record,
    )


def _verdict(sample: EvalSample | None) -> Verdict | None:
    for score in (sample.scores or {}).values() if sample else ():
        if score.metadata and "verdict" in score.metadata:
            return Verdict.model_validate(score.metadata["verdict"])
    return None


def unresolved(verdict: Verdict, record: TrialRecord) -> list[str]:
    """Pieces of evidence that point at nothing in the record, one sentence each."""
    return [
        f"evidence points at nothing: {piece.kind} {piece.ref} ({piece.text})"
        for piece in verdict.evidence
        if not _resolves(piece, record)
    ]


def _resolves(piece: Evidence, record: TrialRecord) -> bool:
    match piece.kind:
        case EvidenceKind.EVENT:
            return any(str(event.number) == piece.ref for event in record.events.events)
        case EvidenceKind.COMMAND:
            return any(str(command.number) == piece.ref for command in record.commands)
        case EvidenceKind.FILE:
            return piece.ref in record.before.entries or piece.ref in record.after.entries
        case EvidenceKind.HOST:
            name, _, path = piece.ref.partition(":")
            return _on_host(record, name, path)
        case EvidenceKind.MESSAGE:
            return piece.ref.isdigit() and int(piece.ref) < max(len(record.said), 1)
        case EvidenceKind.WORLD:
            entries = record.world.get("entries")
            return isinstance(entries, list) and any(
                isinstance(entry, dict) and str(entry.get("number")) == piece.ref for entry in entries
            )
        case EvidenceKind.PROBE:
            return record.world.get("probe") is not None
        case EvidenceKind.JUDGE:
            return piece.ref in record.rulings
        case EvidenceKind.POWER | EvidenceKind.ERROR:
            return True


def _on_host(record: TrialRecord, name: str, path: str) -> bool:
    hosts = record.world.get("hosts")
    host = hosts.get(name) if isinstance(hosts, dict) else None
    if not isinstance(host, dict):
        return False
    return any(path in entries for side in ("before", "after") for entries in _entries(host.get(side)))


def _entries(snapshot: JsonValue) -> list[dict[str, JsonValue]]:
    entries = snapshot.get("entries") if isinstance(snapshot, dict) else None
    return [entries] if isinstance(entries, dict) else []
