"""The application: routes, what every answer passes through, and how refusals look."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from offswitch.feedback.links import Keys
from offswitch.feedback.pages import entry, labelling, lead
from offswitch.feedback.pages.access import NO_LINK, Desk, visitor_of
from offswitch.feedback.pages.answer import page
from offswitch.feedback.pages.headers import Closed
from offswitch.feedback.store import Store

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def make_app(store: Store, url: str) -> FastAPI:
    """The web application on a store.

    Args:
        store: What it works on.
        url: What links begin with; requests that name another host are refused, so that no other site can have its
            name point here.
    """
    # No generated documentation: it would be an open door.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    at = Desk(store, Keys(store), url.rstrip("/"))
    app.state.desk, app.state.cookie = at, at.cookie
    for each in (entry, labelling, lead):
        app.include_router(each.router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    host = urlsplit(url).hostname or "127.0.0.1"
    app.add_middleware(Closed, hosts=frozenset((host, *_LOOPBACK)))
    return app


def _refused(request: Request, error: Exception) -> Response:
    """A refusal as a page. Without a session everything looks the same: what is there and what is not."""
    visiting = visitor_of(request)
    if isinstance(error, HTTPException):
        status, why = error.status_code, str(error.detail)
    else:
        status, why = 422, "This address cannot be meant."
    if visiting is None and status in (404, 405, 422):
        status, why = 403, NO_LINK
    return page(request, "refused.html", visiting, status, why=why, back=None)
