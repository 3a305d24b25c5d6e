"""Answers to requests: pages, and sends on to other pages."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse

from offswitch.feedback.links import Visitor
from offswitch.feedback.pages.access import desk
from offswitch.feedback.pages.render import environment


def page(
    request: Request, template: str, visiting: Visitor | None, status: int = 200, **content: object
) -> HTMLResponse:
    """A page; its forms carry the session's token."""
    token = desk(request).keys.form_token(visiting.token) if visiting else ""
    text = (
        environment()
        .get_template(template)
        .render(visitor=visiting.person if visiting else None, form_token=token, path=request.url.path, **content)
    )
    # Halves of character pairs were made visible before; what is left of them cannot be sent as UTF-8.
    return HTMLResponse(text.encode("utf-8", "replace"), status)


def send_to(path: str) -> RedirectResponse:
    """To another page, by GET, so that loading it again sends nothing twice."""
    return RedirectResponse(path, 303)
