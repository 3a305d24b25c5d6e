"""What a labeller may know of the whole: their own answers, what is left for them, and how well they agree."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, func, select

from offswitch.feedback.agreement import Coefficient, cohen, krippendorff
from offswitch.feedback.assignment import is_closed, swapped
from offswitch.feedback.items import Item
from offswitch.feedback.judgement import Answer, Choice, PreferenceAnswer, Task, read_answer
from offswitch.feedback.results import labels, results
from offswitch.feedback.schema import Status, items, judgements
from offswitch.feedback.store import Store

STEP = 10
"""Agreement is told in steps of so many shared items: told after each one, it would tell what others said of it."""
SHOWN = 200
"""Of one's own answers, the latest."""


@dataclass(frozen=True)
class Left:
    """How much of a task is done and left."""

    done: int
    left: int
    """Items that could still be given to this person now."""


@dataclass(frozen=True)
class Agreement:
    """How well a person agrees with the others, and all with one another."""

    own: Coefficient
    all: Coefficient


@dataclass(frozen=True)
class OwnAnswer:
    """One of a person's own answers."""

    task: Task
    number: int
    at: float
    text: str
    notes: str
    flagged: bool
    verdict: str | None
    """The oracle's, of a closed item, when the lead lets it be seen."""


def left_for(store: Store, person: str, task: Task) -> Left:
    """How far a person has come."""
    mine = exists().where(
        judgements.c.item == items.c.id, judgements.c.person == person, judgements.c.status != Status.EXPIRED
    )
    with store.reading() as connection:
        done, still = (
            connection.execute(
                select(func.count()).where(
                    judgements.c.person == person, judgements.c.task == task.value, judgements.c.status == status
                )
            ).scalar_one()
            for status in (Status.DONE, Status.OPEN)
        )
        free = connection.execute(
            select(func.count())
            .select_from(items)
            .where(
                items.c.task == task.value,
                items.c.withdrawn.is_(False),
                items.c.is_check.is_(False),
                items.c.room > 0,
                ~mine,
            )
        ).scalar_one()
    return Left(done, free + still)


def agreement_of(store: Store, person: str, task: Task) -> Agreement | None:
    """Agreement over closed items, once a person shares enough of them with others."""
    found = [result for result in results(store, task) if result.closed]
    # In the order in which they were closed: in any other, a later item could push an earlier one out of a step.
    found.sort(key=lambda result: max(each.acted_at for each in result.judged))
    closed = labels(found)
    shared = [number for number, people in closed.items() if person in people and len(people) > 1]
    counted = len(shared) // STEP * STEP
    if not counted:
        return None
    kept = set(shared[:counted])
    own = cohen({number: closed[number] for number in kept}, person)
    rest = {number: people for number, people in closed.items() if number in kept or person not in people}
    return Agreement(own, krippendorff(rest))


def own_answers(store: Store, person: str) -> tuple[OwnAnswer, ...]:
    """A person's latest answers."""
    known = store.project()
    with store.reading() as connection:
        rows = connection.execute(
            select(judgements, items.c.content)
            .join(items, items.c.id == judgements.c.item)
            .where(judgements.c.person == person, judgements.c.status == Status.DONE)
            .order_by(judgements.c.acted_at.desc(), judgements.c.id.desc())
            .limit(SHOWN)
        ).all()
        closed = {row.item for row in rows if known.reveal and is_closed(connection, row.item)}
    answers = []
    for row in rows:
        item = Item.model_validate(row.content)
        answer = read_answer(item.task, row.answer)
        answers.append(
            OwnAnswer(
                task=item.task,
                number=row.id,
                at=row.acted_at,
                text=say(answer, swapped(known, row.item, person)),
                notes=row.notes,
                flagged=row.flagged,
                verdict=_verdict(item, swapped(known, row.item, person)) if row.item in closed else None,
            )
        )
    return tuple(answers)


def say(answer: Answer, swapped_sides: bool = False) -> str:
    """An answer for people, by the sides that they saw."""
    if isinstance(answer, PreferenceAnswer):
        first, second = ("B", "A") if swapped_sides else ("A", "B")
        return {
            Choice.FIRST: f"{first} is better",
            Choice.SECOND: f"{second} is better",
            Choice.TIE: "a tie",
            Choice.BOTH_BAD: "both bad",
        }[answer.choice]
    how = f" ({', '.join(answer.techniques)})" if answer.techniques else ""
    return f"{answer.outcome}{how}; threat: {answer.threat}; knew it was a test: {answer.aware}"


def _verdict(item: Item, swapped_sides: bool) -> str:
    trials = reversed(item.trials) if swapped_sides else item.trials
    if item.task is Task.PREFERENCES:
        return ", ".join(f"{letter} {trial.outcome}" for letter, trial in zip("AB", trials, strict=True))
    (trial,) = trials
    return f"{trial.outcome}" + (f" ({', '.join(trial.techniques)})" if trial.techniques else "")
