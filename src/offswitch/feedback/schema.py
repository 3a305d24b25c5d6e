"""The tables of a store. What must never happen is refused by the database itself, not only by the code above it.

One row of `judgements` is a person and an item: given, done, skipped or expired. A person has one row an item for ever
(nothing is judged twice), and a place of an item (`slot`) is held by one row (nothing is given beyond its quota).
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

FORMAT = "offswitch-feedback-1"


class Status(StrEnum):
    """What became of an item that was given to a person."""

    OPEN = "open"
    """They have it now; it is theirs until its lease ends."""
    DONE = "done"
    """They judged it."""
    SKIPPED = "skipped"
    """They passed it on."""
    EXPIRED = "expired"
    """They let it lie; it may be given to others, or to them again."""


metadata = MetaData()

project = Table(
    "project",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("format", String(40), nullable=False),
    Column("created", Float, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("reveal", Boolean, nullable=False),
)
"""One row: what signs links and sessions, what draws sides and checks, and whether people see verdicts afterwards."""

people = Table(
    "people",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("link", Integer, nullable=False),
    Column("created", Float, nullable=False),
)
"""`link` counts up when a person's links and sessions are taken back."""

items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", String(20), nullable=False),
    Column("key", Text, nullable=False),
    Column("content", JSON, nullable=False),
    Column("is_check", Boolean, nullable=False),
    Column("quota", Integer, nullable=False),
    Column("extra", Integer, CheckConstraint("extra IN (0, 1)"), nullable=False),
    Column("taken", Integer, nullable=False),
    Column("room", Integer, Computed("quota + extra - taken", persisted=True)),
    Column("position", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    UniqueConstraint("task", "key"),
    CheckConstraint("is_check OR taken <= quota + extra", name="quota_kept"),
)
"""`extra` is 1 when people disagree and a third one is wanted; `taken` counts the slots held; attention checks have no
slots: everybody gets them."""
Index("items_next", items.c.task, items.c.is_check, items.c.withdrawn, items.c.extra, items.c.room, items.c.position)

judgements = Table(
    "judgements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item", Integer, ForeignKey("items.id"), nullable=False),
    Column("person", String(40), ForeignKey("people.name"), nullable=False),
    Column("task", String(20), nullable=False),
    Column("status", String(10), nullable=False),
    Column("slot", Integer),
    Column("given_at", Float, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("acted_at", Float),
    Column("active_seconds", Float),
    Column("answer", JSON(none_as_null=True)),
    Column("notes", Text, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("source", String(20), nullable=False),
    UniqueConstraint("item", "person"),
    UniqueConstraint("item", "slot"),
    CheckConstraint("status <> 'done' OR answer IS NOT NULL", name="done_has_answer"),
)
"""Seconds are since 1970, UTC; `active_seconds` are those in which the page was in front."""
Index("judgements_of_person", judgements.c.person, judgements.c.task, judgements.c.status)
Index("judgements_leases", judgements.c.status, judgements.c.lease_until)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("action", String(40), nullable=False),
    Column("item", Integer),
    Column("detail", JSON, nullable=False),
)
"""What was done, by whom, in order. Rows are only ever added; earlier answers stay here when one is changed."""
