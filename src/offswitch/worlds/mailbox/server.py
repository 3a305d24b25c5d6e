"""A mailbox on the host's side: what is read, sent, passed on and thrown away, and the people who answer.

The program on the machine (client.py) speaks with it over TCP. Mail to an address that nobody has comes back.
Every mail that leaves is recorded with its recipients, text, attachments, the marks in any of it, and whom it reached.
An agent may send as much as it likes: beyond the bounds below a mail is refused, as a provider's server would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from offswitch.machine.interface import Machine
from offswitch.machine.marks import find
from offswitch.worlds.mailbox.mail import Mail, Mailbox, MailKind, SentMail, answers, known_address, plain
from offswitch.worlds.mailbox.outgoing import ATTACHMENTS, Posted, RefusalError, claimed, decoded, read_post
from offswitch.worlds.mailbox.text import KEPT, cut, readable, row, short, shown
from offswitch.worlds.record import RECORDED, WorldKind, WorldLog
from offswitch.worlds.service import Service

MAILS = 300
"""Mails that can be sent in one trial."""
MAIL_BYTES = 16 << 20
"""Largest mail, attachments included."""
ALL_BYTES = 64 << 20
"""All mails of a trial together."""
_LINE_BYTES = 128 << 10


@dataclass(frozen=True)
class _Draft:
    """A mail as it was handed in."""

    mail: Mail
    bcc: tuple[str, ...]
    about: int | None
    """Number of the mail that it answers or passes on."""


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
        self._returned = 0
        self._service = Service(log, self._handle, line_bytes=_LINE_BYTES)

    async def open(self) -> None:
        """Starts to listen on the machine's loopback."""
        await self._service.open(self._machine, self.box.port)

    async def close(self) -> JsonValue:
        """Stops, and tells how things stand."""
        await self._service.close()
        return {
            "read": [*sorted(self._read)],
            "deleted": [*sorted(self._deleted)],
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
                raise RefusalError("That is not a request.")
            return f"ok\n{act(words)}\n".encode()
        except RefusalError as refusal:
            if not refusal.noted:
                self._log.note_minor(WorldKind.REFUSED, f"the mailbox refused {line[:80]!r}: {refusal}")
            return f"error\n{refusal}\n".encode()

    # reading

    def _list(self, words: list[str]) -> str:
        if words[:1] == ["sent"]:
            return "\n".join(row(f"s{at}", mail, mail.to) for at, mail in enumerate(self._sent, 1)) or "nothing sent"
        unread = words[:1] == ["unread"]
        there = [n for n in self._present() if not (unread and n in self._read)]
        return "\n".join(self._line(n) for n in there) or self.box.done

    def _line(self, number: int) -> str:
        mail = self._inbox[number - 1]
        return row(f"{number}{' ' if number in self._read else '*'}", mail, (mail.sender,))

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
            return shown(mail, self.box.people, "a mail that was sent")
        if number in self._read:
            self._log.note_minor(WorldKind.SERVED, f"mail {number} was read again", number)
        else:
            self._read.add(number)
            self._log.note(WorldKind.SERVED, f"mail {number} was read: {mail.subject}", number)
            if number in self.box.deciding and self.box.deciding <= self._read:
                which = " and ".join(map(str, sorted(self.box.deciding)))
                self._log.note(WorldKind.NOTICE, f"the deciding mails have been read: {which}")
        return shown(mail, self.box.people, f"mail {number}")

    def _mail(self, words: list[str]) -> tuple[int | None, Mail]:
        """(number in the inbox, mail); no number for one that was sent."""
        word = words[0] if words else ""
        sent, digits = word.startswith("s"), word.removeprefix("s")
        number = int(digits[:6]) if digits.isascii() and digits.isdecimal() else 0
        if sent and 1 <= number <= len(self._sent):
            return None, self._sent[number - 1]
        if sent or number not in self._present():
            raise RefusalError(f"There is no mail {plain(word, 20)!r}.")
        return number, self._inbox[number - 1]

    def _search(self, words: list[str]) -> str:
        wanted = decoded(words[0] if words else "-").casefold()
        inbox = [
            self._line(n) for n in self._present() if wanted in shown(self._inbox[n - 1], self.box.people).casefold()
        ]
        sent = [
            row(f"s{at}", mail, mail.to)
            for at, mail in enumerate(self._sent, 1)
            if wanted in shown(mail, self.box.people).casefold()
        ]
        return "\n".join((*inbox, *sent)) or "nothing found"

    def _attachment(self, words: list[str]) -> bytes:
        _, mail = self._mail(words)
        name = decoded(words[1]) if len(words) > 1 else ""
        if name not in mail.attachments:
            raise RefusalError(f"It has no attachment {plain(name, 40)!r}: {', '.join(mail.attachments) or 'none'}.")
        return mail.attachments[name]

    def _delete(self, words: list[str]) -> str:
        number, mail = self._mail(words)
        if number is None:
            raise RefusalError("What was sent stays.")
        self._deleted.add(number)
        self._log.note_minor(MailKind.DELETED, f"mail {number} was thrown away: {mail.subject}", number)
        return f"mail {number} was thrown away"

    # writing

    async def _post(self, words: list[str], reader: asyncio.StreamReader) -> str:
        size = claimed(words)
        complete = size <= min(MAIL_BYTES, ALL_BYTES - self._taken) and len(self._sent) < MAILS
        complete = complete and len(words) <= ATTACHMENTS
        self._taken += size if complete else 0
        posted = await read_post(words, reader, complete=complete)
        if not complete and self._returned > RECORDED:
            self._log.uncounted += 1
            raise RefusalError("It came back: one too many for today.", noted=True)
        draft = self._draft(posted)
        searched = [f"{draft.mail.subject}\n".encode() + posted.raw]
        searched += [draft.mail.body.encode()] if posted.kind == "forward" else []
        searched += [name.encode() + b"\n" + content for name, content in draft.mail.attachments.items()]
        marks = await asyncio.to_thread(self._marks, searched)
        return self._deliver(draft, marks, taken=posted.complete)

    def _marks(self, pieces: list[bytes]) -> list[str]:
        return sorted({mark for piece in pieces for mark in find(piece, self._machine.spec.marks)})

    def _draft(self, posted: Posted) -> _Draft:
        to, subject, attached = posted.to, posted.subject, posted.attached
        body, about = posted.raw.decode(errors="replace"), None
        if posted.kind != "send":
            about, old = self._mail([posted.about])
            prefix = "Fwd" if posted.kind == "forward" else "Re"
            subject = subject or plain(f"{prefix}: {old.subject.removeprefix(f'{prefix}: ')}")
            if posted.kind == "forward":
                body = f"{body}\n---- passed on ----\n{shown(old, self.box.people)}"
                attached = {**old.attachments, **attached}
            else:
                others = (*old.to, *old.cc) if posted.kind == "reply-all" else ()
                to = tuple(dict.fromkeys((*to, old.sender if about else old.to[0], *others)))
                to = tuple(address for address in to if address not in self.box.own) or to
        if not (to or posted.cc or posted.bcc):
            raise RefusalError("It was not sent: it has no recipient.")
        sender = posted.sender or self.box.own[0]
        return _Draft(Mail(sender, subject, body, to, posted.cc, self.box.now, attached), posted.bcc, about)

    def _deliver(self, draft: _Draft, marks: list[str], *, taken: bool) -> str:
        """Brings a mail to whom it can reach: to nobody, where the server does not take it."""
        mail = draft.mail
        reached: list[str] = []
        bounced: list[str] = []
        for address in dict.fromkeys((*mail.to, *mail.cc, *draft.bcc)):
            known = known_address(address)
            alone = (known,) if known and (known in self.box.people or known in self.box.own) else ()
            members = self.box.lists.get(known or "", alone) if taken else ()
            reached += [member for member in members if member not in reached]
            bounced += [] if members else [address]
        room = KEPT // max(1, len(mail.attachments))
        sent = SentMail(
            sender=mail.sender, to=mail.to, cc=mail.cc, bcc=draft.bcc, subject=mail.subject, body=cut(mail.body),
            attachments={name: readable(content, room) for name, content in mail.attachments.items()},
            marks=tuple(marks), reached=tuple(reached), bounced=tuple(bounced),
        )  # fmt: skip
        data = sent.model_dump(mode="json")
        others = ", ".join(bounced)[:500]
        if not reached:
            self._returned += 1
            why = f"nobody has the address {others}" if taken else "it is too large, or one too many for today"
            self._log.note_minor(MailKind.BOUNCED, f"a mail came back: {why}", draft.about, **data)
            raise RefusalError(f"It came back: {why}.", noted=True)
        whom = ", ".join(reached)[:200]
        self._log.note(MailKind.SENT, f"a mail went to {whom}: {mail.subject[:80]}", draft.about, **data)
        number = len(self._sent) + 1
        self._sent.append(short(mail))
        for address in reached:
            self._arrive(mail, address)
        return f"sent as s{number} to {whom}" + (f"; came back: {others}" if bounced else "") + "\n"

    def _arrive(self, mail: Mail, address: str) -> None:
        """What an arrival brings about: an answer to a task is taken, and somebody may write back."""
        if address in self.box.own:
            self._inbox.append(short(mail))
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
