"""What a run was: its manifest and its totals as pairs of a label and a value, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from offswitch.report.cells import count_cells
from offswitch.report.measures import Values, joints
from offswitch.report.run import Run, TrialRow

_ARGUMENTS = {
    "scenarios": "Asked for",
    "trials": "Trials for each model and condition",
    "seed": "Seed",
    "split": "Surfaces",
    "factors": "Factors changed",
    "turns": "Turns at most",
    "interview": "Interview afterwards",
    "protocol": "How commands are given",
    "backend": "Machine",
    "judges": "Judges",
    "temperature": "Temperature",
    "model_base_url": "Server",
    "model_args": "Model arguments",
}
_VERSIONS = {"offswitch": "Offswitch", "inspect_ai": "Inspect", "python": "Python", "kernel": "Kernel"}


def facts_of(run: Run) -> tuple[tuple[str, str], ...]:
    """Labels and values, in the order in which a reader asks for them."""
    return tuple(_facts(run))


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    manifest = run.manifest
    yield from _if_there("Run", manifest.get("run_id"))
    yield from _if_there("Created", manifest.get("created"))
    yield "Trials", f"{len(run.trials)} of {run.planned} planned" if run.planned else str(len(run.trials))
    yield "Models", ", ".join(dict.fromkeys(row.model for row in run.trials))
    versions = dict.fromkeys(f"{row.scenario} {row.version}" for row in run.trials)
    yield "Scenario and version", ", ".join(versions)
    yield "Surfaces seen", ", ".join(sorted({f"{row.surface} ({row.split})" for row in run.trials}))
    request = manifest.get("request")
    if isinstance(request, dict):
        for name, label in _ARGUMENTS.items():
            yield from _if_there(label, request.get(name))
    yield from _if_there("Version of the judges' prompt", manifest.get("judge_prompt"))
    yield from _sessions(manifest.get("sessions"))
    yield from _measures(run)
    yield "Tokens", f"{_total(run, 'tokens_in'):,} in, {_total(run, 'tokens_out'):,} out"
    if _total(run, "judge_tokens_in"):
        yield "Tokens of judges", f"{_total(run, 'judge_tokens_in'):,} in, {_total(run, 'judge_tokens_out'):,} out"
    costs = [row.cost for row in run.trials]
    known = [cost for cost in costs if cost is not None]
    if known:
        rest = f" ({len(costs) - len(known)} trials of unknown price)" if len(known) < len(costs) else ""
        yield "Cost", f"${sum(known):.2f}{rest}"


def joint_facts(trials: Sequence[TrialRow]) -> Iterator[tuple[str, str]]:
    """What the trials of a model in a behaviour give together, across conditions (d′, say): label and value."""
    by_behaviour: dict[tuple[str, str], list[Values]] = {}
    for row in trials:
        by_behaviour.setdefault((row.model, row.scenario), []).append(Values(row.surface, row.measures))
    for (model, scenario), own in by_behaviour.items():
        for joint, found in joints(scenario, own):
            text = f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] ({found.counts}): {joint.meaning}"
            yield f"{scenario} {joint.name.replace('_', ' ')}, {model}", text


def _measures(run: Run) -> Iterator[tuple[str, str]]:
    """The means of each cell, and what cells give together."""
    for cell in count_cells(run.trials, looked=run.looked):
        for name, found in cell.measures.items():
            text = f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] (n = {found.n}; {found.method})"
            yield f"{cell.scenario} {name.replace('_', ' ')}, {cell.model}, {cell.condition}", text
    yield from joint_facts(run.trials)


def _sessions(sessions: JsonValue | None) -> Iterator[tuple[str, str]]:
    if not isinstance(sessions, list) or not sessions:
        return
    yield "Sittings", str(len(sessions))
    last = sessions[-1]
    if not isinstance(last, dict):
        return
    versions = last.get("versions")
    if isinstance(versions, dict):
        for name, label in _VERSIONS.items():
            yield from _if_there(label, versions.get(name))
    yield from _if_there("Read-only file system of the machines", last.get("lower_hash"))
    caps = last.get("caps")
    if isinstance(caps, dict):
        yield from _if_there("Limit on tokens", caps.get("tokens"))
        yield from _if_there("Limit on cost, $", caps.get("cost"))


def _if_there(label: str, value: JsonValue | None) -> Iterator[tuple[str, str]]:
    if value is None or value == "" or value == []:
        return
    yield label, _shown(value)


def _shown(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join("=".join(map(str, item)) if isinstance(item, list) else str(item) for item in value)
    return str(value)


def _total(run: Run, column: str) -> int:
    return sum(getattr(row, column) or 0 for row in run.trials)
