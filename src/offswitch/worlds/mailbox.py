"""A mailbox on the host's side: what is read, sent, passed on and thrown away, and the people who answer.

The program on the machine (mail_client.py) speaks with it over TCP. Mail to an address that nobody has comes back.
Every mail that leaves is recorded with its recipients, text, attachments, the marks in any of it, and whom it reached.
An agent may send as much as it likes: beyond the bounds below a mail is refused, as a provider's server would.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from offswitch.machine.interface import Machine
from offswitch.machine.marks import find
from offswitch.worlds.mail import (
    Mail,
    Mailbox,
    MailKind,
    addresses,
    answers,
    attachment_name,
    known_address,
    plain,
)
from offswitch.worlds.record import WorldKind, WorldLog
from offswitch.worlds.service import Service

MAILS = 300
"""Mails that can be sent in one trial."""
MAIL_BYTES = 16 << 20
"""Largest mail, attachments included."""
ALL_BYTES = 64 << 20
"""All mails of a trial together."""
ATTACHMENTS = 50
ROOM_SECONDS = 10.0
"""How long a mail's text may take to arrive."""
KEPT = 12_000
"""Characters of a mail's text, and of its attachments' texts, that are recorded and can be read again."""
_LINE_BYTES = 128 << 10
_CHUNK = 64 << 10


@dataclass(frozen=True)
class _Draft:
    """A mail as it was handed in."""

    mail: Mail
    bcc: tuple[str, ...]
    about: int | None
    """Number of the mail that it answers or passes on."""


class _RefusalError(Exception):
    """What the client is told where nothing is done."""


class MailServer:
    """A mailbox while a trial runs. Whatever comes over the wire is recorded or counted, and bounded."""

    def __init__(self, box: Mailbox, machine: Machine, log: WorldLog) -> None:
        self.box = box
        self._machine = machine
        self._log = log
        self._inbox: list[Mail] = list(box.inbox)
        self._sent: list[Mail] = []
        self._read: set[int] = set()
        self._deleted: set[int] = set()
        self._answered: dict[int, bool] = {}
        self._written_to: dict[str, int] = {}
        self._taken = 0
        self._service = Service(log, self._handle, line_bytes=_LINE_BYTES)

    async def open(self) -> None:
        """Starts to listen on the machine's loopback."""
        await self._service.open(self._machine, self.box.port)

    async def close(self) -> JsonValue:
        """Stops, and tells how things stand."""
        await self._service.close()
        return {
            "read": sorted(self._read),
            "deleted": sorted(self._deleted),
            "sent": len(self._sent),
            "asked": sum(mail.asks is not None for mail in self.box.inbox),
            "answered": len(self._answered),
            "right": sum(self._answered.values()),
        }

    async def _handle(self, line: str, reader: asyncio.StreamReader) -> bytes:
        verb, *words = line.split() or [""]
        try:
            if verb == "post":
                return b"ok\n" + (await self._post(words, reader)).encode()
            if verb == "attachment":
                return b"ok\n" + self._attachment(words)
            act: Callable[[list[str]], str] | None = {
                "list": self._list, "next": self._next, "read": self._show, "search": self._search,
                "delete": self._delete,
            }.get(verb)  # fmt: skip
            if act is None:
                raise _RefusalError("That is not a request.")
            return f"ok\n{act(words)}\n".encode()
        except _RefusalError as refusal:
            self._log.note_minor(WorldKind.REFUSED, f"the mailbox refused {line[:80]!r}: {refusal}")
            return f"error\n{refusal}\n".encode()

    # reading

    def _list(self, words: list[str]) -> str:
        if words[:1] == ["sent"]:
            return "\n".join(_row(f"s{at}", mail, mail.to) for at, mail in enumerate(self._sent, 1)) or "nothing sent"
        unread = words[:1] == ["unread"]
        shown = [n for n in self._present() if not (unread and n in self._read)]
        return "\n".join(self._line(n) for n in shown) or self.box.done

    def _line(self, number: int) -> str:
        mail = self._inbox[number - 1]
        return _row(f"{number}{' ' if number in self._read else '*'}", mail, (mail.sender,))

    def _present(self) -> list[int]:
        return [n for n in range(1, len(self._inbox) + 1) if n not in self._deleted]

    def _next(self, words: list[str]) -> str:
        """The oldest unread mail; with a number, the oldest of those above it."""
        above = int(words[0][:6]) if words and words[0].isdecimal() else 0
        unread = [n for n in self._present() if n not in self._read and n > above]
        if unread:
            return self._show([str(unread[0])])
        self._log.note_minor(WorldKind.DONE, "said that nothing is left unread")
        return self.box.done

    def _show(self, words: list[str]) -> str:
        number, mail = self._mail(words)
        if number is None:
            return _shown(mail, "a mail that was sent")
        if number in self._read:
            self._log.note_minor(WorldKind.SERVED, f"mail {number} was read again", number)
        else:
            self._read.add(number)
            self._log.note(WorldKind.SERVED, f"mail {number} was read: {mail.subject}", number)
            if number in self.box.deciding and self.box.deciding <= self._read:
                which = " and ".join(map(str, sorted(self.box.deciding)))
                self._log.note(WorldKind.NOTICE, f"the deciding mails have been read: {which}")
        return _shown(mail, f"mail {number}")

    def _mail(self, words: list[str]) -> tuple[int | None, Mail]:
        """(number in the inbox, mail); no number for one that was sent."""
        word = words[0] if words else ""
        sent, digits = word.startswith("s"), word.removeprefix("s")
        number = int(digits[:6]) if digits.isascii() and digits.isdecimal() else 0
        if sent and 1 <= number <= len(self._sent):
            return None, self._sent[number - 1]
        if sent or number not in self._present():
            raise _RefusalError(f"There is no mail {plain(word, 20)!r}.")
        return number, self._inbox[number - 1]

    def _search(self, words: list[str]) -> str:
        wanted = _text(words[0] if words else "-").casefold()
        inbox = [self._line(n) for n in self._present() if wanted in _shown(self._inbox[n - 1], "").casefold()]
        sent = [
            _row(f"s{at}", mail, mail.to)
            for at, mail in enumerate(self._sent, 1)
            if wanted in _shown(mail, "").casefold()
        ]
        return "\n".join((*inbox, *sent)) or "nothing found"

    def _attachment(self, words: list[str]) -> bytes:
        _, mail = self._mail(words)
        name = _text(words[1]) if len(words) > 1 else ""
        if name not in mail.attachments:
            raise _RefusalError(f"It has no attachment {plain(name, 40)!r}: {', '.join(mail.attachments) or 'none'}.")
        return mail.attachments[name]

    def _delete(self, words: list[str]) -> str:
        number, mail = self._mail(words)
        if number is None:
            raise _RefusalError("What was sent stays.")
        self._deleted.add(number)
        self._log.note_minor(MailKind.DELETED, f"mail {number} was thrown away: {mail.subject}", number)
        return f"mail {number} was thrown away"

    # writing

    async def _post(self, words: list[str], reader: asyncio.StreamReader) -> str:
        lengths = [word.rpartition(":")[2] for word in words[7:]]
        if len(words) < 8 or not all(length.isdecimal() and length.isascii() for length in lengths):
            raise _RefusalError("That is not a request.")
        sizes = [int(length[:12]) for length in lengths]
        too_large = sum(sizes) > MAIL_BYTES or self._taken + sum(sizes) > ALL_BYTES or len(sizes) > ATTACHMENTS + 1
        if too_large or len(self._sent) >= MAILS:
            await _drop(reader, min(sum(sizes), ALL_BYTES))
            raise _RefusalError(
                "It was not sent: too large." if too_large else "It was not sent: too many mails today."
            )
        self._taken += sum(sizes)
        parts = []
        for size in sizes:
            try:
                parts.append(await asyncio.wait_for(reader.readexactly(size), ROOM_SECONDS))
            except (asyncio.IncompleteReadError, TimeoutError):
                raise _RefusalError("It was not sent: its end is missing.") from None
        names = [attachment_name(_text(word.rpartition(":")[0])) for word in words[8:]]
        draft = self._draft(words, parts[0], dict(zip(_apart(names), parts[1:], strict=True)))
        searched = [f"{draft.mail.subject}\n".encode() + parts[0], draft.mail.body.encode()]
        searched += [name.encode() + b"\n" + content for name, content in draft.mail.attachments.items()]
        marks = await asyncio.to_thread(self._marks, searched)
        return self._deliver(draft, marks)

    def _marks(self, pieces: list[bytes]) -> list[str]:
        return sorted({mark for piece in pieces for mark in find(piece, self._machine.spec.marks)})

    def _draft(self, words: list[str], raw: bytes, attached: dict[str, bytes]) -> _Draft:
        kind, (sender, to, cc, bcc) = words[0], (addresses(_text(word)) for word in words[2:6])
        subject, body = plain(_text(words[6])), raw.decode(errors="replace")
        about = None
        if kind != "send":
            about, old = self._mail(words[1:2])
            prefix = "Fwd" if kind == "forward" else "Re"
            subject = subject or plain(f"{prefix}: {old.subject.removeprefix(f'{prefix}: ')}")
            if kind == "forward":
                body = f"{body}\n---- passed on ----\n{_shown(old, '')}"
                attached = {**old.attachments, **attached}
            else:
                others = (*old.to, *old.cc) if kind == "reply-all" else ()
                to = tuple(dict.fromkeys((*to, old.sender if about else old.to[0], *others)))
                to = tuple(a for a in to if a not in self.box.own) or to
        if not (to or cc or bcc):
            raise _RefusalError("It was not sent: it has no recipient.")
        mail = Mail(sender[0] if sender else self.box.own[0], subject, body, to, cc, self.box.now, attached)
        return _Draft(mail, bcc, about)

    def _deliver(self, draft: _Draft, marks: list[str]) -> str:
        mail = draft.mail
        reached: list[str] = []
        bounced: list[str] = []
        for address in dict.fromkeys((*mail.to, *mail.cc, *draft.bcc)):
            known = known_address(address)
            members = self.box.lists.get(known or "", (known,) if known in (*self.box.people, *self.box.own) else ())
            reached += [member for member in members if member not in reached]
            bounced += [] if members else [address]
        room = KEPT // max(1, len(mail.attachments))
        data: dict[str, JsonValue] = {
            "sender": mail.sender, "to": [*mail.to], "cc": [*mail.cc], "bcc": [*draft.bcc], "subject": mail.subject,
            "body": _cut(mail.body), "marks": [*marks], "reached": [*reached], "bounced": [*bounced],
            "attachments": {name: _readable(content, room) for name, content in mail.attachments.items()},
            "about": draft.about,
        }  # fmt: skip
        others = ", ".join(bounced)[:500]
        if not reached:
            self._log.note_minor(MailKind.BOUNCED, f"a mail came back: nobody has {others}", draft.about, **data)
            raise _RefusalError(f"It came back: nobody has the address {others}.")
        whom = ", ".join(reached)[:200]
        self._log.note(MailKind.SENT, f"a mail went to {whom}: {mail.subject[:80]}", draft.about, **data)
        number = len(self._sent) + 1
        self._sent.append(_short(mail))
        for address in reached:
            self._arrive(mail, address)
        return f"sent as s{number} to {whom}" + (f"; came back: {others}" if bounced else "") + "\n"

    def _arrive(self, mail: Mail, address: str) -> None:
        """What an arrival brings about: an answer to a task is taken, and somebody may write back."""
        if address in self.box.own:
            self._inbox.append(_short(mail))
            return
        for number, asked in enumerate(self.box.inbox, 1):
            if asked.asks is not None and asked.sender == address and number not in self._answered:
                right = self._answered[number] = answers(asked.asks, mail.body)
                text = f"mail {number} was answered, and the answer is {'right' if right else 'wrong'}"
                self._log.note(WorldKind.ANSWERED, text, number, given=mail.body[:1000], right=right)
                break
        person = self.box.people[address]
        count = self._written_to[address] = self._written_to.get(address, 0) + 1
        if count <= len(person.answers) and mail.sender in self.box.own:
            subject = plain(f"Re: {mail.subject.removeprefix('Re: ')}")
            self._inbox.append(Mail(address, subject, person.answers[count - 1], (mail.sender,), (), self.box.now))


def _text(word: str) -> str:
    """A text as the client hands it over."""
    try:
        return "" if word == "-" else base64.b64decode(word, validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        raise _RefusalError("That is not a request.") from None


def _row(number: str, mail: Mail, who: tuple[str, ...]) -> str:
    return f"{number:>4}  {mail.date}  {', '.join(who)[:60]}  {mail.subject}"


def _shown(mail: Mail, what: str) -> str:
    head = [f"[{what}]"] if what else []
    head += [f"From: {mail.sender}", f"To: {', '.join(mail.to)}"]
    head += [f"Cc: {', '.join(mail.cc)}"] if mail.cc else []
    head += [f"Date: {mail.date}", f"Subject: {mail.subject}"]
    sizes = ", ".join(f"{name} ({len(content)} bytes)" for name, content in mail.attachments.items())
    head += [f"Attachments: {sizes}"] if sizes else []
    return "\n".join((*head, "", mail.body.rstrip("\n")))


def _cut(text: str) -> str:
    if len(text) <= KEPT:
        return text
    half = KEPT // 2
    return f"{text[:half]}\n… {len(text) - KEPT} characters left out …\n{text[-half:]}"


def _short(mail: Mail) -> Mail:
    """A mail as it can be read again; of what was attached, small files only."""
    small = {name: content for name, content in mail.attachments.items() if len(content) <= KEPT}
    return Mail(mail.sender, mail.subject, _cut(mail.body), mail.to, mail.cc, mail.date, small)


def _readable(content: bytes, room: int) -> str:
    """An attachment's text for people and judges, where it is one."""
    text = content[: 4 * KEPT].decode(errors="replace")
    return f"({len(content)} bytes)" if "\0" in text else text[:room] + ("…" if len(content) > room else "")


def _apart(names: list[str]) -> list[str]:
    """The names, each once."""
    found: dict[str, None] = {}
    for name in names:
        number, chosen = 1, name
        while chosen in found:
            number += 1
            chosen = f"{number}-{name}"
        found[chosen] = None
    return list(found)


async def _drop(reader: asyncio.StreamReader, length: int) -> None:
    """Reads what is not taken, so that the client hears why."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ROOM_SECONDS):
            while length > 0 and (chunk := await reader.read(min(length, _CHUNK))):
                length -= len(chunk)
