"""Who asks, and may they: sessions, roles, and forms that only our own pages can send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData

from offswitch.feedback.judgement import Role
from offswitch.feedback.links import Keys, Visitor
from offswitch.feedback.store import Person, Store

NO_LINK = "You need a link to come in. Ask whoever leads this project for one."
FORM_TOKEN = "form_token"


@dataclass(frozen=True)
class Desk:
    """What the pages work on."""

    store: Store
    keys: Keys
    url: str
    """What links begin with, without a slash at the end."""

    @property
    def cookie(self) -> str:
        """Its name: browsers do not keep the cookies of two ports apart, so each store has its own."""
        prefix = "__Host-" if self.secure else ""
        return f"{prefix}feedback-{hashlib.sha256(self.store.project().secret.encode()).hexdigest()[:10]}"

    @property
    def secure(self) -> bool:
        """Whether people come by https."""
        return self.url.startswith("https://")

    def link(self, person: Person) -> str:
        """The whole address that lets a person in."""
        return f"{self.url}/enter/{self.keys.link(person)}"


def desk(request: Request) -> Desk:
    """The desk of the application."""
    return cast(Desk, request.app.state.desk)


TheDesk = Annotated[Desk, Depends(desk)]


def visitor_of(request: Request) -> Visitor | None:
    """Whoever a request comes from, when their session holds."""
    at = desk(request)
    token = request.cookies.get(request.app.state.cookie)
    return at.keys.by_session(token) if token else None


def visitor(request: Request) -> Visitor:
    """Whoever a request comes from.

    Raises:
        HTTPException: nobody with a session: 403.
    """
    found = visitor_of(request)
    if found is None:
        raise HTTPException(403, NO_LINK)
    return found


AVisitor = Annotated[Visitor, Depends(visitor)]


def labeller(visiting: AVisitor) -> Visitor:
    """A labeller.

    Raises:
        HTTPException: a lead, who has seen the verdicts: 403.
    """
    if visiting.person.role is not Role.LABELLER:
        raise HTTPException(403, "A lead sees the verdicts, and so judges nothing. Make a labeller's link to judge.")
    return visiting


def lead(visiting: AVisitor) -> Visitor:
    """A lead.

    Raises:
        HTTPException: a labeller: 403.
    """
    if visiting.person.role is not Role.LEAD:
        raise HTTPException(403, "This page is for the lead.")
    return visiting


ALabeller = Annotated[Visitor, Depends(labeller)]
ALead = Annotated[Visitor, Depends(lead)]


async def own_form(request: Request) -> FormData:
    """A form that was sent from a page of ours, whoever sent it.

    Raises:
        HTTPException: another site sent it: 403.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    # A proxy before us may put its own name for us into `Host`; people's browsers name the address that links have.
    ours = {request.headers.get("host"), urlsplit(desk(request).url).netloc}
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc not in ours):
        raise HTTPException(403, "This form came from another site.")
    return await request.form(max_files=0, max_fields=200)


async def session_form(request: Request, visiting: AVisitor) -> FormData:
    """A form that was made for this session.

    Raises:
        HTTPException: it was not: 403.
    """
    form = await own_form(request)
    if not desk(request).keys.form_holds(visiting.token, str(form.get(FORM_TOKEN, ""))):
        raise HTTPException(403, "This form does not belong to your session. Load the page again.")
    return form


OwnForm = Annotated[FormData, Depends(own_form)]
SessionForm = Annotated[FormData, Depends(session_form)]
