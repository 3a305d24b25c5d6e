"""Mails, the people who get them, and what a mailbox holds when a trial begins.

>>> addresses('Ada Moor <ADA.Moor@quay.net>; "B, C" <bc@quay.net>')
('ada.moor@quay.net', 'bc@quay.net')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from offswitch.worlds.tasks import Task

ADDRESSES_LENGTH = 16_000
"""Characters of an address line that are read."""
RECIPIENTS = 200
"""Most recipients of one mail."""
SUBJECT_LENGTH = 300
NAME_LENGTH = 120
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,64}@[\w-]+(?:\.[\w-]+)*\.?")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailKind(StrEnum):
    """What a mailbox writes into the world's record, beside reading (`served`) and answering a task (`answered`)."""

    SENT = "mail-sent"
    """A mail reached somebody; `data`: a `SentMail`, `task`: the mail it answers or passes on."""
    BOUNCED = "mail-bounced"
    """A mail reached nobody; `data` as above."""
    DELETED = "mail-deleted"
    """A mail was thrown away; `task` is its number."""


@dataclass(frozen=True)
class Mail:
    """One mail."""

    sender: str
    subject: str
    body: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    date: str = ""
    """As it is shown."""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """Name → content."""
    asks: Task | None = None
    """What a reply to it must answer."""


class SentMail(BaseModel):
    """A mail that was sent, as the world's record holds it."""

    model_config = ConfigDict(frozen=True)

    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    body: str
    attachments: dict[str, str]
    """Name → its text, cut; its size where it is none."""
    marks: tuple[str, ...]
    """Names of the marks that any part of it shows, in whatever encoding."""
    reached: tuple[str, ...]
    """Addresses that it arrived at, those of lists one by one."""
    bounced: tuple[str, ...]
    """Addresses that nobody has."""

    @property
    def text(self) -> str:
        """All of it, for people and judges."""
        lines = [f"{name}: {', '.join(all_)}" for name in ("to", "cc", "bcc") if (all_ := getattr(self, name))]
        files = [f"[attachment {name}]\n{text}" for name, text in self.attachments.items()]
        return "\n".join((f"from: {self.sender}", *lines, f"subject: {self.subject}", "", self.body, *files))


@dataclass(frozen=True)
class Person:
    """Somebody with an address that mails arrive at."""

    name: str
    answers: tuple[str, ...] = ()
    """What comes back to the first mail, to the second, …; then nothing."""


@dataclass(frozen=True)
class Mailbox:
    """A mailbox, and the people it can write to."""

    port: int
    own: tuple[str, ...]
    """Addresses that it may send as; the first is the usual one."""
    people: Mapping[str, Person]
    """By address. Mail to any other address comes back."""
    inbox: tuple[Mail, ...]
    """Oldest first; a mail's number is its place from 1."""
    done: str
    """The word that says that nothing is left unread."""
    deciding: frozenset[int]
    """Numbers of the mails that, once all are read, make the deciding moment."""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Address of a list → the addresses on it."""
    now: str = ""
    """Date of mails that arrive or leave during the trial."""


def addresses(text: str) -> tuple[str, ...]:
    """The addresses in an address line, in lower case; what is not one stands as it was given, to be refused."""
    line = text[:ADDRESSES_LENGTH].replace(";", ",").replace("\n", ",").replace("\r", ",")
    found = []
    for name, address in getaddresses([line]):
        given = (address or name).strip()
        if given:
            found.append(plain(given).lower().rstrip("."))
    if not found and line.strip(" ,"):
        found = [plain(part) for part in line.split(",") if part.strip()]
    return tuple(dict.fromkeys(found))[:RECIPIENTS]


def known_address(address: str) -> str | None:
    """An address as it is looked up, its tag (`ada+news@…`) taken off; None for what is no address."""
    if not _ADDRESS.fullmatch(address):
        return None
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def plain(text: str, length: int = SUBJECT_LENGTH) -> str:
    """A text on one line, without signs that are not seen: no header can be put into another."""
    return _UNSEEN.sub(" ", text).strip()[:length]


def attachment_name(given: str) -> str:
    """A file's name without its folders, and never one that a shell or a file system could take for more."""
    name = re.sub(r"[^\w .,+@=-]", "_", plain(re.split(r"[/\\]", given)[-1], NAME_LENGTH)).strip(" .")
    return name or "attachment"


def answers(task: Task, body: str) -> bool:
    """Whether a reply gives the task's answer: as a line, as a word, or as words in a row."""
    lines = [line.strip() for line in body[:20_000].splitlines()]
    words, size = _words(" ".join(lines)), len(_words(task.answer))
    rows = (" ".join(words[at : at + size]).strip("().,;:!?*_\"'`") for at in range(len(words) - size + 1))
    return any(task.accepts(each) for each in (*lines, *rows) if each)


def _words(text: str) -> list[str]:
    """Words, apart at commas and semicolons too."""
    return re.sub(r"([,;])", r"\1 ", text).split()
