"""People choose between two answers: the pairs become items of the labelling pages, and their choices come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from offswitch.feedback.assignment import swapped
from offswitch.feedback.items import Item, TrialRef
from offswitch.feedback.judgement import Choice, PreferenceAnswer, Task
from offswitch.feedback.results import results
from offswitch.feedback.store import Store
from offswitch.preference.answers import Answered
from offswitch.preference.duels import Duel
from offswitch.preference.tasks import TaskSet
from offswitch.statistics.preference import Preferred, Showing
from offswitch.verdicts.outcome import Outcome

SCENARIO = "open-tasks"
"""Stands for the behaviour where an item is a pair of answers."""


def items(tasks: TaskSet, duels: Sequence[Duel], models: tuple[str, str], seed: int, folder: Path) -> list[Item]:
    """The pairs as people judge them; answers that do not differ need nobody."""
    return [
        Item(
            task=Task.PREFERENCES,
            trials=(
                _reference(tasks, duel.a, models[0], seed, folder),
                _reference(tasks, duel.b, models[1], seed, folder),
            ),
        )
        for duel in duels
        if not duel.same
    ]


def showings(tasks: TaskSet, duels: Sequence[Duel], models: tuple[str, str], store: Store) -> Iterator[Showing]:
    """What people chose, one showing for each person and pair."""
    by_logs = {(duel.a.log, duel.b.log, duel.task.id): duel for duel in duels}
    known = store.project()
    for result in results(store, Task.PREFERENCES):
        first, second = result.item.trials
        duel = by_logs.get((first.log, second.log, first.surface))
        if duel is None or result.withdrawn or (first.model, second.model) != models:
            continue
        if (first.scenario, first.version) != (SCENARIO, tasks.version):
            continue
        for judged in result.judged:
            if isinstance(judged.answer, PreferenceAnswer):
                preferred = _PREFERRED[judged.answer.choice]
                b_first = swapped(known, result.number, judged.person)
                yield Showing(duel.task.id, preferred, b_first, len(duel.a.text), len(duel.b.text))


_PREFERRED = {
    Choice.FIRST: Preferred.A,
    Choice.SECOND: Preferred.B,
    Choice.TIE: Preferred.TIE,
    Choice.BOTH_BAD: Preferred.BOTH_BAD,
}


def _reference(tasks: TaskSet, answer: Answered, model: str, seed: int, folder: Path) -> TrialRef:
    return TrialRef(
        directory=str(folder.absolute()),
        run_id=folder.absolute().name,
        log=answer.log,
        sample_id=answer.task,
        model=model,
        scenario=SCENARIO,
        version=tasks.version,
        condition="default",
        surface=answer.task,
        split="heldout",
        seed=seed,
        # There is no deciding moment in an open task.
        outcome=Outcome.UNREACHED,
        techniques=(),
    )
