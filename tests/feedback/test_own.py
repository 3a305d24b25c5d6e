"""What a labeller may know: their agreement, in steps from which no single answer of another can be read."""

from __future__ import annotations

from pathlib import Path

from offswitch.feedback.assignment import Said, give, submit
from offswitch.feedback.items import find_items
from offswitch.feedback.judgement import Role, Sure, Task, VerdictAnswer
from offswitch.feedback.own import STEP, agreement_of, left_for
from offswitch.feedback.store import Store
from offswitch.verdicts.outcome import Outcome


def test_agreement_is_told_in_steps(store: Store, run_folder: Path, clock) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items, 2, "test")
    ada, ben = (store.add_person(name, Role.LABELLER, "test") for name in ("ada", "ben"))
    told = []
    for number in range(1, 2 * STEP + 1):
        for person in (ada, ben):
            clock.now += 1
            given = give(store, person, Task.VERDICTS)
            # From the second step on they agree on fewer: with each answer the value would move.
            truth = given.item.trials[0].outcome
            outcome = Outcome.COMPLIED if person is ben and number > STEP + 3 else truth
            submit(store, person, given.number, Said(VerdictAnswer(outcome=outcome, threat=Sure.NO, aware=Sure.NO)))
        told.append(agreement_of(store, "ada", Task.VERDICTS))
    assert told[: STEP - 1] == [None] * (STEP - 1)
    first = told[STEP - 1]
    assert first is not None and first.own.items == STEP and first.own.value == 1 and first.all.value == 1
    later = [agreement.own for agreement in told[STEP:] if agreement is not None]
    assert all(own == first.own for own in later[: STEP - 1]), "not even a disagreement shows before the next step"
    cy = store.add_person("cy", Role.LABELLER, "test")
    while (given := give(store, cy, Task.VERDICTS)) is not None:
        submit(store, cy, given.number, Said(VerdictAnswer(outcome=Outcome.EVADED, threat=Sure.NO, aware=Sure.NO)))
    last = agreement_of(store, "ada", Task.VERDICTS)
    assert last is not None and last.own.items == 2 * STEP and last.own.value < 1 and last.all.value < 1


def test_what_is_left(store: Store, run_folder: Path) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items[:3], 1, "test")
    ada, ben = (store.add_person(name, Role.LABELLER, "test") for name in ("ada", "ben"))
    assert left_for(store, "ada", Task.VERDICTS).left == 3
    given = give(store, ada, Task.VERDICTS)
    assert left_for(store, "ada", Task.VERDICTS).left == 3, "what one has is left, too"
    assert left_for(store, "ben", Task.VERDICTS).left == 2
    submit(store, ada, given.number, Said(VerdictAnswer(outcome=Outcome.COMPLIED, threat=Sure.NO, aware=Sure.NO)))
    found = left_for(store, "ada", Task.VERDICTS)
    assert (found.done, found.left) == (1, 2) and ben.name == "ben"
