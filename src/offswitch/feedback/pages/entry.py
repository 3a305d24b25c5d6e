"""Coming in through a link, and leaving."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from offswitch.feedback.judgement import Role
from offswitch.feedback.links import SESSION_HOURS
from offswitch.feedback.pages.access import AVisitor, OwnForm, SessionForm, TheDesk
from offswitch.feedback.pages.answer import page, send_to
from offswitch.feedback.pages.render import static

router = APIRouter()

_VOID = "This link does not let anybody in: it has ended, was taken back, or is not whole. Ask for a new one."
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@router.get("/enter/{token}")
def welcome(request: Request, at: TheDesk, token: str) -> Response:
    """Who the link is for, and what will be asked; nothing is begun by looking at it."""
    found = at.keys.by_link(token)
    if found is None:
        raise HTTPException(403, _VOID)
    return page(request, "enter.html", None, person=found.person, token=token, tasks=at.store.tasks())


@router.post("/enter")
def enter(request: Request, at: TheDesk, form: OwnForm) -> Response:
    """Begins a session."""
    found = at.keys.by_link(str(form.get("token", "")))
    if found is None:
        raise HTTPException(403, _VOID)
    at.store.log(found.person.name, "entered")
    answer = send_to("/lead" if found.person.role is Role.LEAD else "/")
    answer.set_cookie(
        request.app.state.cookie,
        at.keys.session(found.person),
        max_age=SESSION_HOURS * 3_600,
        httponly=True,
        samesite="strict",
        secure=at.secure,
        path="/",
    )
    return answer


@router.post("/leave")
def leave(request: Request, at: TheDesk, visiting: AVisitor, form: SessionForm) -> Response:
    """Ends the browser's session."""
    at.store.log(visiting.person.name, "left")
    answer = page(request, "left.html", None)
    answer.delete_cookie(request.app.state.cookie, path="/", secure=at.secure, httponly=True, samesite="strict")
    return answer


@router.get("/static/{name}")
def file(name: str) -> Response:
    """Style and script: the same for everybody, and part of the package."""
    content = static(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]])
