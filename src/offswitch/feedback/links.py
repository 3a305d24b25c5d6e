"""Signed links, sessions and form tokens, all made with the store's own secret: nobody gets in without one.

A link names a person, a number that goes up when their links are taken back, and the second at which it ends. A session
is the same, for a browser that came through a link; a form token binds a form to a session.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from offswitch.feedback.store import Person, Store

LINK_DAYS = 14
SESSION_HOURS = 12
_LINK, _SESSION, _FORM = "link", "session", "form"


@dataclass(frozen=True)
class Visitor:
    """Somebody who came with a valid link or session."""

    person: Person
    token: str
    """What they came with."""


class Keys:
    """Makes and reads what gives access."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._secret = store.project().secret
        self._clock: Callable[[], float] = store.clock

    def link(self, person: Person) -> str:
        """The end of the address that lets a person in, for some days."""
        return self._make(_LINK, person, LINK_DAYS * 86_400)

    def session(self, person: Person) -> str:
        """A browser's session, for some hours."""
        return self._make(_SESSION, person, SESSION_HOURS * 3_600)

    def by_link(self, token: str) -> Visitor | None:
        """Whom a link lets in; None when it is forged, has ended or was taken back."""
        return self._read(_LINK, token)

    def by_session(self, token: str) -> Visitor | None:
        """Whose session it is; None when it is forged, has ended or was taken back."""
        return self._read(_SESSION, token)

    def form_token(self, session: str) -> str:
        """What every form of a session carries, so that no other site can send it."""
        return hmac.new(self._secret.encode(), f"{_FORM} {session}".encode(), hashlib.sha256).hexdigest()

    def form_holds(self, session: str, token: str) -> bool:
        """Whether a form was made for this session."""
        return hmac.compare_digest(self.form_token(session).encode(), token.encode("utf-8", "replace"))

    def _make(self, kind: str, person: Person, seconds: float) -> str:
        content = {"who": person.name, "link": person.link, "until": int(self._clock() + seconds)}
        text = self._serializer(kind).dumps(content)
        return text if isinstance(text, str) else text.decode()

    def _read(self, kind: str, token: str) -> Visitor | None:
        try:
            content = self._serializer(kind).loads(token)
        except (BadData, UnicodeError):
            return None
        if content["until"] <= self._clock():
            return None
        person = self._store.person(content["who"])
        if person is None or person.link != content["link"]:
            return None
        return Visitor(person, token)

    def _serializer(self, kind: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
