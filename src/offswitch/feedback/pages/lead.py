"""The lead's pages: people and their links, progress and agreement, disputed and flagged items, the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import select
from starlette.responses import Response

from offswitch.errors import InputError
from offswitch.feedback.agreement import Coefficient, krippendorff
from offswitch.feedback.exports import FILES, lines_of
from offswitch.feedback.judgement import OFFERED, Role, Task
from offswitch.feedback.own import say
from offswitch.feedback.pages.access import ALead, SessionForm, TheDesk
from offswitch.feedback.pages.answer import page, send_to
from offswitch.feedback.pages.view import show_pair, show_trial
from offswitch.feedback.results import PersonSoFar, Result, labels, people_so_far, results
from offswitch.feedback.schema import audit, people
from offswitch.feedback.store import Person, Store

router = APIRouter(prefix="/lead")

PAGE = 50
"""Rows of one page of a list."""


class Which(StrEnum):
    """Which items a list shows."""

    ALL = "all"
    """Every item."""
    DISPUTED = "disputed"
    """Those of which people said different things."""
    FLAGGED = "flagged"
    """Those that somebody asked the lead to look at."""


@dataclass(frozen=True)
class TaskSoFar:
    """One task, summed up."""

    task: Task
    items: int
    checks: int
    closed: int
    judgements: int
    disputed: int
    flagged: int
    agreement: Coefficient
    with_oracle: tuple[int, int] | None
    """Of closed items with a majority, how many it says what the oracle says; verdicts only."""
    people: tuple[PersonSoFar, ...]


@router.get("")
def overview(request: Request, at: TheDesk, visiting: ALead) -> Response:
    """Everything at a glance."""
    return _overview(request, at.store, visiting)


@router.post("/people")
def add_person(request: Request, at: TheDesk, visiting: ALead, form: SessionForm) -> Response:
    """Makes a link, for somebody new or somebody who is there already."""
    try:
        role = Role(str(form.get("role", Role.LABELLER)))
        person = at.store.add_person(str(form.get("name", "")).strip(), role, visiting.person.name)
    except (InputError, ValueError) as error:
        return _overview(request, at.store, visiting, problem=f"{error}.", status=422)
    at.store.log(visiting.person.name, "link-made", detail={"name": person.name})
    return _overview(request, at.store, visiting, made=(person, at.link(person)))


@router.post("/revoke")
def revoke(request: Request, at: TheDesk, visiting: ALead, form: SessionForm) -> Response:
    """Makes a person's links and sessions void."""
    at.store.revoke(str(form.get("name", "")), visiting.person.name)
    return send_to("/lead")


@router.post("/reveal")
def reveal(request: Request, at: TheDesk, visiting: ALead, form: SessionForm) -> Response:
    """Lets people see the verdict of closed items beside their own answer, or no longer."""
    at.store.set_reveal("on" in form, visiting.person.name)
    return send_to("/lead")


@router.get("/items/{task}")
def items(
    request: Request, at: TheDesk, visiting: ALead, task: Task, which: Which = Which.ALL, start: int = 0
) -> Response:
    """A list of items, by pages."""
    found = [result for result in results(at.store, task) if _wanted(result, which)]
    start = max(0, min(start, len(found) - 1))
    return page(
        request,
        "items.html",
        visiting,
        task=task,
        which=which,
        every=tuple(Which),
        found=found[start : start + PAGE],
        total=len(found),
        start=start,
        size=PAGE,
    )


@router.get("/items/{task}/{number}")
def item(request: Request, at: TheDesk, visiting: ALead, task: Task, number: int) -> Response:
    """One item with its verdict and everybody's answers."""
    found = results(at.store, task, number)
    if not found:
        raise HTTPException(404, "There is no such item.")
    (result,) = found
    shown = show_pair(result.item) if task is Task.PREFERENCES else show_trial(result.item.trials[0])
    return page(request, "item.html", visiting, task=task, result=result, shown=shown, say=say)


@router.post("/items/{task}/{number}/withdraw")
def withdraw(request: Request, at: TheDesk, visiting: ALead, form: SessionForm, task: Task, number: int) -> Response:
    """Takes an item out of what is given to people, or puts it back."""
    if not results(at.store, task, number):
        raise HTTPException(404, "There is no such item.")
    at.store.withdraw(number, "on" in form, visiting.person.name)
    return send_to(f"/lead/items/{task}/{number}")


@router.get("/audit")
def trail(request: Request, at: TheDesk, visiting: ALead, before: int | None = None) -> Response:
    """What was done, by whom, latest first."""
    wanted = select(audit).order_by(audit.c.id.desc()).limit(PAGE)
    with at.store.reading() as connection:
        rows = connection.execute(wanted.where(audit.c.id < before) if before is not None else wanted).all()
    return page(request, "audit.html", visiting, rows=rows, older=rows[-1].id if len(rows) == PAGE else None)


@router.get("/export/{name}")
def export(request: Request, at: TheDesk, visiting: ALead, name: str) -> Response:
    """A file of the export, as it would be written now."""
    if name not in FILES:
        raise HTTPException(404, "There is no such file.")
    at.store.log(visiting.person.name, "exported", detail={"file": name})
    text = "".join(lines_of(at.store, name))
    return Response(
        text.encode("utf-8", "replace"),
        media_type="application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _overview(
    request: Request,
    store: Store,
    visiting: ALead,
    made: tuple[Person, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    with store.reading() as connection:
        everybody = connection.execute(select(people).order_by(people.c.role, people.c.name)).all()
    return page(
        request,
        "lead.html",
        visiting,
        status,
        tasks=[_so_far(store, task) for task in store.tasks()],
        everybody=everybody,
        reveal=store.project().reveal,
        made=made,
        problem=problem,
        files=FILES,
    )


def _so_far(store: Store, task: Task) -> TaskSoFar:
    found = results(store, task)
    decided = [r for r in found if r.settled is not None and r.item.trials[0].outcome in OFFERED]
    same = sum(result.settled == result.item.trials[0].outcome.value for result in decided)
    return TaskSoFar(
        task=task,
        items=sum(result.item.known is None for result in found),
        checks=sum(result.item.known is not None for result in found),
        closed=sum(result.closed for result in found),
        judgements=sum(len(result.judged) for result in found),
        disputed=sum(_wanted(result, Which.DISPUTED) for result in found),
        flagged=sum(_wanted(result, Which.FLAGGED) for result in found),
        agreement=krippendorff(labels(found)),
        with_oracle=(same, len(decided)) if task is Task.VERDICTS else None,
        people=people_so_far(store, task, found),
    )


def _wanted(result: Result, which: Which) -> bool:
    if which is Which.DISPUTED:
        return result.disputed and result.item.known is None
    return which is Which.ALL or result.flags > 0
