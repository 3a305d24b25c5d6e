"""The store: SQLite in WAL mode in a file, or PostgreSQL by URL. One writer at a time, in both; readers never wait."""

from __future__ import annotations

import contextlib
import os
import random
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.feedback.items import Item
from offswitch.feedback.judgement import Role, Task
from offswitch.feedback.schema import FORMAT, audit, items, metadata, people, project

_NAME = re.compile(r"[\w.@-]{1,40}")
_LOCK = 0x0FF5717C
"""Of PostgreSQL's advisory locks: held by the one who writes."""
_WAIT = 60
"""Seconds that a writer waits for the one before it."""
_POOL: dict[str, Any] = {"pool_size": 40, "max_overflow": 20, "pool_timeout": _WAIT}
"""As many connections as the server has threads."""


@dataclass(frozen=True)
class Project:
    """What a store knows about itself."""

    secret: str
    seed: int
    reveal: bool
    """The lead lets people see the verdict of closed items beside their own."""


@dataclass(frozen=True)
class Person:
    """Somebody with a link."""

    name: str
    role: Role
    link: int
    """Links and sessions made for a smaller number are void."""


class Store:
    """People's judgements, on disk."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        # SQLite lets writers of one process poll for their turn; waiting for a lock is quicker and fairer.
        self._turn = threading.Lock()
        self.clock = clock

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing."""
        with self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that holds the store alone; what was done is on the disk when this ends without an error."""
        with self._turn, self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def project(self) -> Project:
        """Secret, seed and settings."""
        with self.reading() as connection:
            row = connection.execute(select(project)).one()
        return Project(row.secret, row.seed, row.reveal)

    def set_reveal(self, on: bool, actor: str) -> None:
        """Whether people see the verdict of closed items beside their own answer."""
        with self.writing() as connection:
            connection.execute(update(project).values(reveal=on))
            self.note(connection, actor, "reveal", detail={"on": on})

    def add_items(self, found: Sequence[Item], quota: int, actor: str) -> int:
        """Adds the items that are not there yet, in an order drawn from the store's seed.

        Returns:
            How many were new.

        Raises:
            InputError: a quota below 1.
        """
        if quota < 1:
            raise InputError(f"a quota of {quota}: at least 1 person must judge an item")
        seed = self.project().seed
        with self.writing() as connection:
            there = {(row.task, row.key) for row in connection.execute(select(items.c.task, items.c.key))}
            new = [item for item in found if (item.task.value, item.key) not in there]
            rows: list[dict[str, Any]] = [
                {
                    "task": item.task.value,
                    "key": item.key,
                    "content": item.model_dump(mode="json"),
                    "is_check": item.known is not None,
                    "quota": quota,
                    "extra": 0,
                    "taken": 0,
                    "position": random.Random(f"{seed} {item.key}").randrange(1 << 30),
                    "withdrawn": False,
                }
                for item in new
            ]
            if rows:
                connection.execute(insert(items), rows)
                self.note(connection, actor, "items-added", detail={"items": len(rows), "quota": quota})
        return len(new)

    def withdraw(self, item: int, on: bool, actor: str) -> None:
        """Takes an item out of what is given to people, or puts it back."""
        with self.writing() as connection:
            connection.execute(update(items).where(items.c.id == item).values(withdrawn=on))
            self.note(connection, actor, "withdrawn" if on else "put-back", item)

    def add_person(self, name: str, role: Role, actor: str) -> Person:
        """Adds a person; who is there already is returned as they are.

        Raises:
            InputError: the name cannot be one, or is taken by somebody of another role.
        """
        if not _NAME.fullmatch(name):
            raise InputError(f"{name!r} cannot be a name: use up to 40 letters, digits and . _ - @")
        with self.writing() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).one_or_none()
            if row is not None:
                if row.role != role.value:
                    raise InputError(f"{name} is a {row.role} already: use another name for a {role}")
                return Person(row.name, Role(row.role), row.link)
            connection.execute(insert(people).values(name=name, role=role.value, link=1, created=self.clock()))
            self.note(connection, actor, "person-added", detail={"name": name, "role": role.value})
        return Person(name, role, 1)

    def revoke(self, name: str, actor: str) -> Person | None:
        """Makes all links and sessions of a person void; None when there is no such person."""
        with self.writing() as connection:
            connection.execute(update(people).where(people.c.name == name).values(link=people.c.link + 1))
            self.note(connection, actor, "links-revoked", detail={"name": name})
        return self.person(name)

    def person(self, name: str) -> Person | None:
        """The person of a name."""
        with self.reading() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).one_or_none()
        return Person(row.name, Role(row.role), row.link) if row else None

    def tasks(self) -> tuple[Task, ...]:
        """The tasks that the store has items of."""
        with self.reading() as connection:
            there = set(connection.execute(select(items.c.task).distinct()).scalars())
        return tuple(task for task in Task if task.value in there)

    def item(self, number: int) -> Item | None:
        """An item by its number."""
        with self.reading() as connection:
            content = connection.execute(select(items.c.content).where(items.c.id == number)).scalar_one_or_none()
        return Item.model_validate(content) if content is not None else None

    def log(self, actor: str, action: str, item: int | None = None, detail: dict[str, Any] | None = None) -> None:
        """Adds a row to the audit trail, alone."""
        with self.writing() as connection:
            self.note(connection, actor, action, item, detail)

    def note(
        self,
        connection: Connection,
        actor: str,
        action: str,
        item: int | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Adds a row to the audit trail, as part of what is being written."""
        connection.execute(
            insert(audit).values(at=self.clock(), actor=actor, action=action, item=item, detail=detail or {})
        )


def open_store(place: str, clock: Callable[[], float]) -> Store:
    """Opens a store, and makes it where there is none.

    Args:
        place: A path of an SQLite file, or a URL that begins with `postgresql://`.
        clock: Seconds since 1970.

    Raises:
        InputError: the place cannot be meant, or holds something else.
        EnvironmentProblem: the database cannot be reached or written.
    """
    engine = _postgresql(place) if "://" in place else _sqlite(Path(place))
    store = Store(engine, clock)
    try:
        with store.writing() as connection:
            metadata.create_all(connection)
            row = connection.execute(select(project)).one_or_none()
            if row is None:
                connection.execute(
                    insert(project).values(
                        id=1,
                        format=FORMAT,
                        created=clock(),
                        secret=secrets.token_urlsafe(48),
                        seed=secrets.randbelow(1 << 30),
                        reveal=False,
                    )
                )
            elif row.format != FORMAT:
                raise InputError(f"{shown(place)} is a store of another version ({row.format}): name another place")
    except OperationalError as error:
        raise EnvironmentProblem(f"the store {shown(place)} cannot be opened: {_first(error)}") from error
    except SQLAlchemyError as error:
        raise InputError(f"{shown(place)} is no store of people's judgements: {_first(error)}") from error
    return store


def _sqlite(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The file holds the secret that signs links: for its owner only, from its first byte on.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise EnvironmentProblem(f"the store {path} cannot be made: {error.strerror}") from error
    engine = create_engine(
        f"sqlite:///{path.absolute()}", connect_args={"timeout": _WAIT, "check_same_thread": False}, **_POOL
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # Transactions are begun by `writing`, not by the driver, which would begin them too late to hold the store.
        connection.isolation_level = None
        # FULL: a judgement that was acknowledged survives a power cut too, not only the end of the process.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _postgresql(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InputError(f"{url.partition('://')[0]}://… is no URL of a database: {_first(error)}") from error
    if parsed.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise InputError(f"a store is a path or a postgresql:// URL, not {parsed.drivername}://")
    try:
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **_POOL)
    except ImportError as error:
        raise EnvironmentProblem("PostgreSQL needs a driver: pip install 'offswitch[feedback]'") from error


def shown(place: str) -> str:
    """The place of a store, without a password."""
    return make_url(place).render_as_string(hide_password=True) if "://" in place else place


def _first(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause).splitlines() or [type(cause).__name__])[0]
