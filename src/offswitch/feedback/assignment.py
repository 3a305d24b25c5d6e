"""Who gets which item, and what becomes of it: quotas, leases, a third person on disagreement, checks, skip, undo.

Every change is one transaction that holds the store alone, and is on the disk before the page answers. All of them may
be sent again: a page that was sent twice, or sent again because the server died before it answered, changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from offswitch.errors import OffswitchError
from offswitch.feedback.items import Item, unknown_techniques
from offswitch.feedback.judgement import Answer, Task, notes_of, read_answer
from offswitch.feedback.schema import Status, items, judgements
from offswitch.feedback.store import Person, Project, Store

LEASE = 45 * 60.0
"""Seconds that an item stays with a person who does nothing."""
CHECK_EVERY = 12
"""Of so many items that a person is given, one is an attention check, as long as there are some."""
PAGE = "page"
"""Source of judgements that were made on the labelling pages."""


class RefusedError(OffswitchError):
    """What was sent cannot be taken: the page says why, and nothing is changed."""


@dataclass(frozen=True)
class Given:
    """An item that a person has before them."""

    number: int
    """Of the row in `judgements`."""
    item_number: int
    item: Item
    given_at: float
    before: Answer | None
    """Their own earlier answer, after an undo."""
    notes: str
    flagged: bool
    swapped: bool
    """The second continuation of a pair is shown on the left, for this person."""


@dataclass(frozen=True)
class Said:
    """What a person sends."""

    answer: Answer | None
    """None passes the item on."""
    notes: str = ""
    flagged: bool = False
    """The lead should look at the item."""
    active_seconds: float | None = None
    """Seconds in which the page was in front."""


def give(store: Store, person: Person, task: Task) -> Given | None:
    """The item that a person has; a new one when they have none; None when nothing is left for them."""
    now, known = store.clock(), store.project()
    with store.reading() as connection:
        row = _open(connection, person.name, task)
        if row is not None and row.lease_until - now > LEASE / 2:
            return _given(connection, row, known)
    with store.writing() as connection:
        row = _give(connection, known, person.name, task, now)
        return _given(connection, row, known) if row is not None else None


def submit(store: Store, person: Person, number: int, said: Said) -> None:
    """Takes what a person said of an item, and gives them the next one.

    Raises:
        RefusedError: it was not given to them, was judged otherwise by them before, or went to others meanwhile.
    """
    now, known = store.clock(), store.project()
    with store.writing() as connection:
        row = connection.execute(
            select(judgements).where(judgements.c.id == number, judgements.c.person == person.name)
        ).one_or_none()
        if row is None:
            raise RefusedError("this item was not given to you")
        task = Task(row.task)
        content = connection.execute(select(items.c.content).where(items.c.id == row.item)).scalar_one()
        scenario = Item.model_validate(content).scenario
        if unknown := unknown_techniques(said.answer, scenario):
            raise RefusedError(f"{scenario} has no technique {unknown[0]!r}")
        answer = said.answer.model_dump(mode="json") if said.answer is not None else None
        if row.status in (Status.DONE, Status.SKIPPED):
            if row.answer == answer:
                return
            raise RefusedError("you had answered this item already, and that answer stands: use undo to change it")
        if row.status == Status.EXPIRED:
            _take_again(connection, row)
        if answer is None:
            _act(connection, row.id, now, said, status=Status.SKIPPED, slot=None, answer=None)
        else:
            _act(connection, row.id, now, said, status=Status.DONE, answer=answer)
        settle(connection, row.item)
        action = "skipped" if answer is None else "judged"
        store.note(connection, person.name, action, row.item, {"answer": answer, "flagged": said.flagged})
        _give(connection, known, person.name, task, now)


def undo(store: Store, person: Person, task: Task) -> None:
    """Gives a person back what they did last; what lay before them goes back to everybody.

    Raises:
        RefusedError: there is nothing to undo, it went to others meanwhile, or they may have seen its verdict.
    """
    now, known = store.clock(), store.project()
    with store.writing() as connection:
        last = connection.execute(
            select(judgements)
            .where(*_own(person.name, task), judgements.c.status.in_((Status.DONE, Status.SKIPPED)))
            .order_by(judgements.c.acted_at.desc(), judgements.c.id.desc())
            .limit(1)
        ).one_or_none()
        if last is None or last.source != PAGE:
            raise RefusedError("there is nothing to undo")
        if known.reveal and last.status == Status.DONE and is_closed(connection, last.item):
            raise RefusedError("the item is closed and its verdict may be seen: what you said of it stays")
        if last.status == Status.SKIPPED:
            _take_again(connection, last)
        current = _open(connection, person.name, task)
        if current is not None:
            _release(connection, [current])
        connection.execute(
            update(judgements)
            .where(judgements.c.id == last.id)
            .values(status=Status.OPEN, lease_until=now + LEASE, given_at=now)
        )
        settle(connection, last.item)
        store.note(connection, person.name, "undone", last.item, {"answer": last.answer})


def is_closed(connection: Connection, item: int) -> bool:
    """Whether all the judgements that an item needs are made."""
    row = connection.execute(select(items).where(items.c.id == item)).one()
    done = connection.execute(
        select(func.count()).where(judgements.c.item == item, judgements.c.status == Status.DONE)
    ).scalar_one()
    return not row.is_check and done >= row.quota + row.extra


def disagree(answers: Sequence[Answer]) -> bool:
    """Whether people said different things of one item."""
    return len({answer.category for answer in answers}) > 1


def _give(connection: Connection, known: Project, person: str, task: Task, now: float) -> Row[Any] | None:
    row = _open(connection, person, task)
    if row is not None:
        connection.execute(update(judgements).where(judgements.c.id == row.id).values(lease_until=now + LEASE))
        return row
    late = connection.execute(
        select(judgements).where(judgements.c.status == Status.OPEN, judgements.c.lease_until < now)
    ).all()
    _release(connection, late)
    item = _next(connection, known, person, task)
    if item is None:
        return None
    slot = None if item.is_check else take_slot(connection, item.id)
    values = {"status": Status.OPEN, "slot": slot, "given_at": now, "lease_until": now + LEASE}
    before = connection.execute(
        select(judgements.c.id).where(judgements.c.item == item.id, judgements.c.person == person)
    ).scalar_one_or_none()
    if before is not None:
        connection.execute(update(judgements).where(judgements.c.id == before).values(**values))
    else:
        connection.execute(
            insert(judgements).values(
                item=item.id, person=person, task=task.value, notes="", flagged=False, source=PAGE, **values
            )
        )
    return _open(connection, person, task)


def _next(connection: Connection, known: Project, person: str, task: Task) -> Row[Any] | None:
    """The next item of a person: a check when one is due, else one that people disagree on, else one begun."""
    mine = exists().where(
        judgements.c.item == items.c.id, judgements.c.person == person, judgements.c.status != Status.EXPIRED
    )
    wanted = select(items).where(items.c.task == task.value, items.c.withdrawn.is_(False), ~mine).limit(1)
    check = wanted.where(items.c.is_check.is_(True)).order_by(items.c.position, items.c.id)
    if _check_due(connection, known, person, task) and (row := connection.execute(check).one_or_none()):
        return row
    for extra in (1, 0):
        row = connection.execute(
            wanted.where(items.c.is_check.is_(False), items.c.extra == extra, items.c.room > 0).order_by(
                items.c.room, items.c.position, items.c.id
            )
        ).one_or_none()
        if row is not None:
            return row
    return None


def _check_due(connection: Connection, known: Project, person: str, task: Task) -> bool:
    given = connection.execute(
        select(func.count()).where(*_own(person, task), judgements.c.status != Status.EXPIRED)
    ).scalar_one()
    block, place = divmod(given, CHECK_EVERY)
    return place == random.Random(f"{known.seed} {person} {task} {block}").randrange(CHECK_EVERY)


def take_slot(connection: Connection, item: int) -> int:
    """The lowest free slot of an item; two people cannot hold one, because the table does not let them."""
    held = set(
        connection.execute(
            select(judgements.c.slot).where(judgements.c.item == item, judgements.c.slot.is_not(None))
        ).scalars()
    )
    connection.execute(update(items).where(items.c.id == item).values(taken=len(held) + 1))
    return next(slot for slot in range(len(held) + 1) if slot not in held)


def _release(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        connection.execute(update(judgements).where(judgements.c.id == row.id).values(status=Status.EXPIRED, slot=None))
        settle(connection, row.item)


def _take_again(connection: Connection, row: Row[Any]) -> None:
    """Finds a slot for somebody who had let an item go."""
    item = connection.execute(select(items).where(items.c.id == row.item)).one()
    if item.is_check:
        return
    if item.withdrawn or item.room < 1:
        raise RefusedError("this item went to others meanwhile: your answer was not taken")
    slot = take_slot(connection, item.id)
    connection.execute(update(judgements).where(judgements.c.id == row.id).values(slot=slot))


def _act(connection: Connection, number: int, now: float, said: Said, **values: Any) -> None:
    connection.execute(
        update(judgements)
        .where(judgements.c.id == number)
        .values(
            acted_at=now, active_seconds=said.active_seconds, notes=notes_of(said.notes), flagged=said.flagged, **values
        )
    )


def settle(connection: Connection, number: int) -> None:
    """Counts an item's slots again, and wants a third person where those before disagree."""
    item = connection.execute(select(items).where(items.c.id == number)).one()
    if item.is_check:
        return
    held = connection.execute(
        select(judgements).where(judgements.c.item == number, judgements.c.slot.is_not(None))
    ).all()
    answers = [read_answer(Task(row.task), row.answer) for row in held if row.status == Status.DONE]
    extra = item.extra
    if len(answers) >= item.quota:
        extra = max(extra, int(disagree(answers)))
    elif len(held) <= item.quota:
        extra = 0
    connection.execute(update(items).where(items.c.id == number).values(taken=len(held), extra=extra))


def _own(person: str, task: Task) -> tuple[Any, ...]:
    return (judgements.c.person == person, judgements.c.task == task.value)


def _open(connection: Connection, person: str, task: Task) -> Row[Any] | None:
    return connection.execute(
        select(judgements).where(*_own(person, task), judgements.c.status == Status.OPEN).limit(1)
    ).one_or_none()


def _given(connection: Connection, row: Row[Any], known: Project) -> Given:
    content = connection.execute(select(items.c.content).where(items.c.id == row.item)).scalar_one()
    item = Item.model_validate(content)
    return Given(
        number=row.id,
        item_number=row.item,
        item=item,
        given_at=row.given_at,
        before=read_answer(item.task, row.answer) if row.answer is not None else None,
        notes=row.notes,
        flagged=row.flagged,
        swapped=swapped(known, row.item, row.person),
    )


def swapped(known: Project, item: int, person: str) -> bool:
    """Whether a person sees the second continuation of a pair on the left."""
    return random.Random(f"{known.seed} side {item} {person}").random() < 0.5
