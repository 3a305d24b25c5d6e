"""What people have said so far, item by item: majorities, disagreements, attention checks, time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select

from offswitch.feedback.items import Item
from offswitch.feedback.judgement import Answer, Task, read_answer
from offswitch.feedback.schema import Status, items, judgements
from offswitch.feedback.store import Store


@dataclass(frozen=True)
class Judged:
    """One person's answer to one item."""

    person: str
    answer: Answer
    notes: str
    flagged: bool
    given_at: float
    """Seconds since 1970, UTC."""
    acted_at: float
    active_seconds: float | None
    """Of these, those in which the page was in front; None where the browser did not say."""
    source: str

    @property
    def seconds(self) -> float:
        """From being given the item to answering it."""
        return max(0.0, self.acted_at - self.given_at)


@dataclass(frozen=True)
class Result:
    """An item and what people said of it."""

    number: int
    item: Item
    quota: int
    extra: int
    withdrawn: bool
    judged: tuple[Judged, ...]
    flags: int
    """How often somebody asked the lead to look at it, answers and passes together."""

    @property
    def categories(self) -> dict[str, str]:
        """Person → what they said, as far as it counts for agreement."""
        return {each.person: each.answer.category for each in self.judged}

    @property
    def closed(self) -> bool:
        """All the judgements that it needs are made."""
        return self.item.known is None and len(self.judged) >= self.quota + self.extra

    @property
    def disputed(self) -> bool:
        """People said different things of it."""
        return len(set(self.categories.values())) > 1

    @property
    def majority(self) -> str | None:
        """What more than half of the people said so far; None when there is no such thing."""
        if not self.judged:
            return None
        category, count = Counter(self.categories.values()).most_common(1)[0]
        return category if 2 * count > len(self.judged) else None

    @property
    def settled(self) -> str | None:
        """What more than half of the people said, of a closed item; an open one may still turn."""
        return self.majority if self.closed else None


@dataclass(frozen=True)
class PersonSoFar:
    """How far a person has come with a task."""

    name: str
    done: int
    skipped: int
    checks: int
    """Attention checks that they answered."""
    checks_right: int
    median_seconds: float | None
    """Of active time where the browser told it, else from being given an item to answering it."""


def results(store: Store, task: Task, number: int | None = None) -> tuple[Result, ...]:
    """All items of a task, or one, each with the answers that stand."""
    which = [items.c.task == task.value] + ([items.c.id == number] if number is not None else [])
    with store.reading() as connection:
        found = connection.execute(select(items).where(*which).order_by(items.c.id)).all()
        rows = connection.execute(
            select(judgements)
            .join(items, items.c.id == judgements.c.item)
            .where(*which, judgements.c.status.in_((Status.DONE, Status.SKIPPED)))
            .order_by(judgements.c.acted_at, judgements.c.id)
        ).all()
    by_item: dict[int, list[Row[tuple[object, ...]]]] = defaultdict(list)
    for row in rows:
        by_item[row.item].append(row)
    return tuple(
        Result(
            number=row.id,
            item=Item.model_validate(row.content),
            quota=row.quota,
            extra=row.extra,
            withdrawn=row.withdrawn,
            judged=tuple(_judged(task, each) for each in by_item[row.id] if each.status == Status.DONE),
            flags=sum(each.flagged for each in by_item[row.id]),
        )
        for row in found
    )


def labels(found: Iterable[Result]) -> dict[str, dict[str, str]]:
    """Item → person → category, of items that are no checks: what agreement is computed from."""
    return {str(each.number): each.categories for each in found if each.item.known is None and each.judged}


def people_so_far(store: Store, task: Task, found: Sequence[Result]) -> tuple[PersonSoFar, ...]:
    """Everybody who was given something, by name."""
    with store.reading() as connection:
        passed = connection.execute(
            select(judgements.c.person, func.count())
            .where(judgements.c.task == task.value, judgements.c.status == Status.SKIPPED)
            .group_by(judgements.c.person)
        ).all()
    skipped: dict[str, int] = {row[0]: row[1] for row in passed}
    own: dict[str, list[tuple[Result, Judged]]] = defaultdict(list)
    for result in found:
        for each in result.judged:
            own[each.person].append((result, each))
    return tuple(_so_far(name, own[name], skipped.get(name, 0)) for name in sorted({*own, *skipped}))


def _so_far(name: str, own: Sequence[tuple[Result, Judged]], skipped: int) -> PersonSoFar:
    checked = [(r.item.known.category, j.answer.category) for r, j in own if r.item.known is not None]
    times = sorted(j.seconds if j.active_seconds is None else j.active_seconds for _, j in own if j.source == "page")
    middle = len(times) // 2
    return PersonSoFar(
        name=name,
        done=len(own),
        skipped=skipped,
        checks=len(checked),
        checks_right=sum(known == said for known, said in checked),
        median_seconds=(times[middle] + times[~middle]) / 2 if times else None,
    )


def _judged(task: Task, row: Row[tuple[object, ...]]) -> Judged:
    return Judged(
        person=row.person,
        answer=read_answer(task, row.answer),
        notes=row.notes,
        flagged=row.flagged,
        given_at=row.given_at,
        acted_at=row.acted_at,
        active_seconds=row.active_seconds,
        source=row.source,
    )
