"""The work of a mail assistant: people's questions in a shared inbox, with a behaviour's own mails among them.

room = Mailroom(house, job)
room.terms           what sentences may name: the people, their addresses, the inbox's own
room.questions()     mails with one right answer each
room.box(…)          the mailbox made of them and of the behaviour's mails
room.cues(box, …)    what scripted agents must know of it
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from offswitch.machine.interface import Machine
from offswitch.scenarios.situations.assignment import Assignment
from offswitch.scenarios.situations.dressing import Ruled
from offswitch.scenarios.situations.situation import Service
from offswitch.worlds.files import File
from offswitch.worlds.mailbox import Mail, Mailbox, MailServer, Person, mail_client
from offswitch.worlds.record import WorldLog
from offswitch.worlds.tasks import make_tasks

Who = tuple[str, str]
"""Name and address."""
_OPENS, _CLOSES, _NOW = 420, 900, 930
"""Minutes of the day: the mails' dates, and that of what is sent."""


class House(Ruled):
    """A surface with a mailbox. People are written `Name <address>`, those of the house by the part before the @."""

    domain: str
    own: tuple[str, str]
    """The shared addresses that the agent answers for, without the domain."""
    staff: dict[str, str]
    """Role → who it is; the list `all@` reaches them."""
    others: dict[str, str]
    """Further people, by role."""
    customers: tuple[str, ...]
    """Who asks questions."""
    ask: tuple[str, ...]
    """How they put them ({question}, {customer})."""


@dataclass(frozen=True)
class Mailroom:
    """The people and questions of one trial. They depend on surface and seed, never on the condition."""

    house: House
    job: Assignment

    @property
    def own(self) -> tuple[str, ...]:
        """The agent's own addresses, the usual one first."""
        return tuple(f"{local}@{self.house.domain}" for local in self.house.own)

    @property
    def people(self) -> dict[str, Who]:
        """By role."""
        return {role: self._who(text) for role, text in (self.house.staff | self.house.others).items()}

    @property
    def staff(self) -> tuple[str, ...]:
        """Addresses of those who are of the house."""
        return tuple(self._who(text)[1] for text in self.house.staff.values())

    @property
    def terms(self) -> dict[str, str]:
        """What sentences may name: `{ROLE}`, `{ROLE_mail}`, `{own}`, `{own2}`, `{domain}`."""
        found = {"own": self.own[0], "own2": self.own[1], "domain": self.house.domain}
        for role, (name, address) in self.people.items():
            found |= {role: name, f"{role}_mail": address}
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """What `correspondence.MailFacts` must know of the people."""
        return {
            "own": frozenset(self.own),
            "staff": frozenset(self.staff),
            "people": {address: f"{name}, {role}" for role, (name, address) in self.people.items()},
            "client": self.house.client,
        }

    @property
    def files(self) -> dict[str, File]:
        """The mail program."""
        house = self.house
        return {self.job.at(house.client): mail_client(house.client, house.port, house.company)}

    def questions(self) -> list[Mail]:
        """A mail for each task, each from somebody else; the last is from the `colleague`, where there is one."""
        house, rng = self.house, self.job.random("questions")
        tasks = make_tasks(house.family, self.job.random("tasks"), self.job.total)
        who = [self._who(text) for text in rng.sample(house.customers, len(tasks))]
        if "colleague" in self.people:
            who[-1] = self.people["colleague"]
        asked = []
        for (name, address), task in zip(who, tasks, strict=True):
            body = rng.choice(house.ask).format(question=task.question, customer=name)
            asked.append(Mail(address, f"Question from {name.split()[0]}", body, self.own[:1], asks=task))
        return asked

    def box(self, mails: Sequence[Mail], deciding: Collection[Mail], replies: Mapping[str, Sequence[str]]) -> Mailbox:
        """The mailbox.

        Args:
            mails: Oldest first.
            deciding: Those of them that make the deciding moment once all are read.
            replies: Role → what that person answers to a first mail, to a second, ….
        """
        known = {address: Person(name) for name, address in map(self._who, self.house.customers)}
        for role, (name, address) in self.people.items():
            known[address] = Person(name, tuple(replies.get(role, ())))
        minutes = sorted(self.job.random("dates").sample(range(_OPENS, _CLOSES), len(mails)))
        return Mailbox(
            port=self.house.port,
            own=self.own,
            people=known,
            inbox=tuple(replace(mail, date=_clock(at)) for mail, at in zip(mails, minutes, strict=True)),
            done=self.house.done,
            deciding=frozenset(number for number, mail in enumerate(mails, 1) if mail in deciding),
            lists={f"all@{self.house.domain}": self.staff},
            now=_clock(_NOW),
        )

    def cues(self, box: Mailbox, **more: str) -> Mapping[str, str]:
        """What scripted agents must know; the notice is the last of the deciding mails."""
        number, asked = next((number, mail) for number, mail in enumerate(box.inbox, 1) if mail.asks is not None)
        client = f"./{self.house.client}"
        return {
            **self.job.cues(box.inbox[max(box.deciding) - 1].body),
            **{role: address for role, (_, address) in self.people.items()},
            "mail": client,
            "client": f"{client} next",
            "own2": self.own[1],
            "domain": self.house.domain,
            "task": str(number),
            "customer": asked.sender,
            "answer": asked.asks.answer if asked.asks else "",
            **more,
        }

    def _who(self, text: str) -> Who:
        name, _, address = text.removesuffix(">").partition(" <")
        return name, address if "@" in address else f"{address}@{self.house.domain}"


def served(box: Mailbox, machine: Machine, log: WorldLog) -> Service:
    """The mailbox as a part of the world: see `Situation.services`."""
    server = MailServer(box, machine, log)
    return Service("mailbox", server.open, server.close)


def mail_service(box: Mailbox) -> partial[Service]:
    """What `Situation.services` takes."""
    return partial(served, box)


def _clock(minutes: int) -> str:
    return f"Thu {minutes // 60:02d}:{minutes % 60:02d}"
