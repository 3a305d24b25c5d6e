"""What people said, as files: preference rows for training, calibration sets for judges, every judgement, a card.

A row of preferences.jsonl, as TRL's trainers take it (conversational, with an explicit prompt):

    {"prompt": [{"role": "system", …}], "chosen": [{"role": "assistant", …}], "rejected": […], "item": …, "canary": …}

A row of calibration.jsonl: what people and what the oracle say of one trial.

    {"trial": …, "people": "resisted", "oracle": "resisted", "labels": {"ada": "resisted", "ben": "resisted"}, …}
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import EnvironmentProblem
from offswitch.feedback.agreement import krippendorff
from offswitch.feedback.items import logged
from offswitch.feedback.judgement import OFFERED, Choice, PreferenceAnswer, Task, VerdictAnswer
from offswitch.feedback.pairs import as_chat, continuations
from offswitch.feedback.results import Result, labels, people_so_far, results
from offswitch.feedback.store import Store
from offswitch.report.transcript import UnreadableTrialError
from offswitch.statistics import rates
from offswitch.verdicts.outcome import Outcome

CANARY = "offswitch:canary:96b8d4c0-fd60-459b-a17d-b06c57d282b8: evaluation data, must never appear in training corpora"
"""In every row of JSON and on the card: who filters corpora finds it, and who finds it in a model knows."""

Row = dict[str, object]


@dataclass(frozen=True)
class Exported:
    """What was written."""

    directory: Path
    rows: Mapping[str, int]
    """File → rows."""


def export(store: Store, directory: Path, actor: str) -> Exported:
    """Writes all the files.

    Raises:
        EnvironmentProblem: they cannot be written.
    """
    counts: dict[str, int] = {}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            counts[name] = _write(directory / name, lines_of(store, name))
        _write(directory / "README.md", iter([_card(store, counts)]))
    except OSError as error:
        raise EnvironmentProblem(f"{directory} cannot be written: {error.strerror or error}") from error
    store.log(actor, "exported", detail={"directory": str(directory), "rows": counts})
    return Exported(directory, counts)


def lines_of(store: Store, name: str) -> Iterator[str]:
    """The lines of one of the files."""
    rows = FILES[name](store)
    if name.endswith(".csv"):
        yield from _csv(rows)
        return
    for row in rows:
        yield (
            json.dumps(row | {"canary": CANARY}, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
            + "\n"
        )


def preference_rows(store: Store) -> Iterator[Row]:
    """The closed pairs of which more than half of the people preferred one; ties and checks give no row."""
    for result in results(store, Task.PREFERENCES):
        choice = result.settled
        if choice not in (Choice.FIRST, Choice.SECOND):
            continue
        with contextlib.suppress(UnreadableTrialError):
            parted = continuations(*(logged(trial) for trial in result.item.trials))
            if parted is None:
                continue
            chosen, rejected = parted.first, parted.second
            if choice == Choice.SECOND:
                chosen, rejected = rejected, chosen
            yield {
                "prompt": as_chat(parted.prompt),
                "chosen": as_chat(chosen),
                "rejected": as_chat(rejected),
                "item": result.item.key,
                "split": result.item.trials[0].split,
                "votes": _votes(result),
            }


def calibration_rows(store: Store) -> Iterator[Row]:
    """The trials that people judged, checks left out, with what the oracle says."""
    for result in results(store, Task.VERDICTS):
        if result.item.known is not None or not result.judged:
            continue
        (trial,) = result.item.trials
        answers = {each.person: each.answer for each in result.judged if isinstance(each.answer, VerdictAnswer)}
        yield {
            "trial": trial.key,
            "run_id": trial.run_id,
            "log": trial.log,
            "sample_id": trial.sample_id,
            "model": trial.model,
            "scenario": trial.scenario,
            "version": trial.version,
            "condition": trial.condition,
            "surface": trial.surface,
            "split": trial.split,
            "seed": trial.seed,
            "people": result.settled,
            "closed": result.closed,
            "oracle": trial.outcome.value,
            "labels": {person: answer.outcome.value for person, answer in answers.items()},
            "people_techniques": {person: list(answer.techniques) for person, answer in answers.items()},
            "oracle_techniques": list(trial.techniques),
            "threat": {person: answer.threat.value for person, answer in answers.items()},
            "aware": {person: answer.aware.value for person, answer in answers.items()},
        }


def resisted_rows(store: Store) -> Iterator[Row]:
    """Whether people and the oracle say that it resisted, for `offswitch judges`; empty where people do not say."""
    for result in results(store, Task.VERDICTS):
        if result.item.known is None and not result.withdrawn:
            (trial,) = result.item.trials
            human = _yes(result.settled)
            yield {"trial": trial.key, "human": human, "oracle": _yes(trial.outcome)}


def judgement_rows(store: Store) -> Iterator[Row]:
    """Every judgement that stands, checks included."""
    for task in Task:
        for result in results(store, task):
            for each in result.judged:
                yield {
                    "task": task.value,
                    "item": result.item.key,
                    "person": each.person,
                    "answer": each.answer.model_dump(mode="json"),
                    "check": result.item.known.category if result.item.known is not None else None,
                    "notes": each.notes,
                    "flagged": each.flagged,
                    "at": each.acted_at,
                    "seconds": round(each.seconds, 3),
                    "active_seconds": each.active_seconds,
                    "source": each.source,
                }


def item_rows(store: Store) -> Iterator[Row]:
    """Every item by its key: what an import must name."""
    for task in Task:
        for result in results(store, task):
            yield {
                "task": task.value,
                "item": result.item.key,
                "check": result.item.known is not None,
                "quota": result.quota,
                "judged": len(result.judged),
                "disputed": result.disputed,
                "closed": result.closed,
                "withdrawn": result.withdrawn,
                "flags": result.flags,
            }


FILES: Mapping[str, Callable[[Store], Iterator[Row]]] = {
    "preferences.jsonl": preference_rows,
    "calibration.jsonl": calibration_rows,
    "resisted.csv": resisted_rows,
    "judgements.jsonl": judgement_rows,
    "items.jsonl": item_rows,
}
"""Name of each file → its rows."""


def _csv(rows: Iterator[Row]) -> Iterator[str]:
    """As a table; the canary is on the card, because columns are judges here."""
    for number, row in enumerate(rows):
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row), lineterminator="\n")
        if number == 0:
            writer.writeheader()
        writer.writerow(row)
        yield text.getvalue()


def _yes(outcome: str | None) -> str:
    """Of an outcome that is none (the oracle left it undecided): no label."""
    return "" if outcome not in OFFERED else "yes" if outcome == Outcome.RESISTED else "no"


def _votes(result: Result) -> dict[str, int]:
    choices = Counter(each.answer.choice for each in result.judged if isinstance(each.answer, PreferenceAnswer))
    return {choice.value: choices[choice] for choice in Choice}


def _card(store: Store, counts: Mapping[str, int]) -> str:
    lines = [
        "# People's judgements of Offswitch trials",
        "",
        CANARY,
        "",
        "| file | rows | what |",
        "| --- | --- | --- |",
    ]
    for name, rows in FILES.items():
        lines.append(f"| {name} | {counts[name]} | {(rows.__doc__ or '').strip()} |")
    for task in store.tasks():
        found = results(store, task)
        alpha = krippendorff(labels(found))
        lines += ["", f"## {task.value.capitalize()}", ""]
        if alpha.value is None:
            lines.append(f"Krippendorff's alpha (nominal): not defined; {alpha.items} items judged by two or more.")
        else:
            interval = f"[{alpha.low:.3f}, {alpha.high:.3f}]" if alpha.low is not None else "not defined"
            lines.append(
                f"Krippendorff's alpha (nominal): {alpha.value:.3f}, 95% interval {interval} (bootstrap over items), "
                f"{alpha.items} items judged by two or more."
            )
        lines += [
            "",
            "| person | judged | passed on | attention checks right, 95% interval |",
            "| --- | --- | --- | --- |",
        ]
        for person in people_so_far(store, task, found):
            checked = "–"
            if person.checks:
                share = rates.interval(person.checks_right, person.checks)
                checked = f"{person.checks_right}/{person.checks} [{share.low:.2f}, {share.high:.2f}]"
            lines.append(f"| {person.name} | {person.done} | {person.skipped} | {checked} |")
    return "\n".join(lines) + "\n"


def _write(path: Path, pieces: Iterator[str]) -> int:
    """Writes beside the path, then renames; returns how many pieces there were."""
    beside = path.with_name(f".{path.name}.writing")
    count = 0
    try:
        with beside.open("w", encoding="utf-8") as file:
            for piece in pieces:
                file.write(piece)
                count += 1
        beside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return count
