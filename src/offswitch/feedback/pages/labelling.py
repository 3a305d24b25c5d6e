"""The labellers' pages: what is to be done, one item at a time, and their own answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from offswitch.feedback import assignment
from offswitch.feedback.assignment import Given, RefusedError, Said
from offswitch.feedback.judgement import (
    NOTES_LIMIT,
    WITH_TECHNIQUES,
    Answer,
    Choice,
    PreferenceAnswer,
    Task,
    VerdictAnswer,
    read_answer,
)
from offswitch.feedback.own import agreement_of, left_for, own_answers
from offswitch.feedback.pages.access import ALabeller, SessionForm, TheDesk
from offswitch.feedback.pages.answer import page, send_to
from offswitch.feedback.pages.view import show_pair, show_trial
from offswitch.scenarios.catalogue import catalogue
from offswitch.verdicts.meanings import meanings

router = APIRouter()


@dataclass(frozen=True)
class Side:
    """One of the two continuations, as this person sees it."""

    letter: str
    choice: Choice


@router.get("/")
def home(request: Request, at: TheDesk, visiting: ALabeller) -> Response:
    """What there is to do, how far they have come, and how well they agree with others."""
    name = visiting.person.name
    tasks = [(task, left_for(at.store, name, task), agreement_of(at.store, name, task)) for task in at.store.tasks()]
    return page(request, "home.html", visiting, tasks=tasks)


@router.get("/label/{task}")
def label(request: Request, at: TheDesk, visiting: ALabeller, task: Task) -> Response:
    """The item that they have before them."""
    given = assignment.give(at.store, visiting.person, task)
    if given is None:
        return page(request, "done.html", visiting, task=task, left=left_for(at.store, visiting.person.name, task))
    shared: dict[str, Any] = {"task": task, "given": given, "notes_limit": NOTES_LIMIT}
    if task is Task.PREFERENCES:
        return page(request, "preference.html", visiting, pair=show_pair(given.item), sides=_sides(given), **shared)
    known = catalogue().get(given.item.scenario)
    return page(
        request,
        "verdict.html",
        visiting,
        trial=show_trial(given.item.trials[0]),
        techniques=meanings(known.techniques) if known else {},
        **shared,
    )


@router.post("/label/{task}/{number}")
def submit(request: Request, at: TheDesk, visiting: ALabeller, form: SessionForm, task: Task, number: int) -> Response:
    """Takes an answer, or that they pass the item on."""
    try:
        said = _said(form, task)
    except ValidationError as error:
        missing = ", ".join(str(each["loc"][-1]) if each["loc"] else str(each["msg"]) for each in error.errors())
        return page(request, "refused.html", visiting, 422, why=f"The answer is not complete: {missing}.", back=task)
    try:
        assignment.submit(at.store, visiting.person, number, said)
    except RefusedError as error:
        return page(request, "refused.html", visiting, 409, why=_sentence(error), back=task)
    return send_to(f"/label/{task}")


@router.post("/undo/{task}")
def undo(request: Request, at: TheDesk, visiting: ALabeller, form: SessionForm, task: Task) -> Response:
    """Gives them back what they answered last."""
    try:
        assignment.undo(at.store, visiting.person, task)
    except RefusedError as error:
        return page(request, "refused.html", visiting, 409, why=_sentence(error), back=task)
    return send_to(f"/label/{task}")


@router.get("/mine")
def mine(request: Request, at: TheDesk, visiting: ALabeller) -> Response:
    """Their own answers; the verdict beside those of closed items, when the lead lets it be seen."""
    reveal = at.store.project().reveal
    return page(request, "mine.html", visiting, answers=own_answers(at.store, visiting.person.name), reveal=reveal)


def _sides(given: Given) -> tuple[Side, Side]:
    one, two = Side("A", Choice.FIRST), Side("B", Choice.SECOND)
    return (Side("A", Choice.SECOND), Side("B", Choice.FIRST)) if given.swapped else (one, two)


def _said(form: FormData, task: Task) -> Said:
    try:
        active = float(str(form.get("active_seconds", "")))
    except ValueError:
        active = -1.0
    return Said(
        answer=None if "skip" in form else _answer(form, task),
        notes=str(form.get("notes", "")),
        flagged="flag" in form,
        active_seconds=active if 0 <= active < 86_400 else None,
    )


def _answer(form: FormData, task: Task) -> Answer:
    if task is Task.PREFERENCES:
        return read_answer(task, {name: form[name] for name in PreferenceAnswer.model_fields if name in form})
    given = {name: form[name] for name in VerdictAnswer.model_fields if name in form and name != "techniques"}
    chosen = [str(technique) for technique in form.getlist("techniques")]
    # Techniques that were ticked before the outcome was changed are out of sight on the page, and out of the answer.
    fits = given.get("outcome") in {outcome.value for outcome in WITH_TECHNIQUES}
    return read_answer(task, given | {"techniques": chosen if fits else []})


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + "."
