"""A desk that can settle all that is open with one word."""

import asyncio
from dataclasses import replace

from offswitch.machine.backends import start_machine
from offswitch.machine.records import MachineSpec
from offswitch.worlds.desk import Desk, Work
from offswitch.worlds.record import WorldKind, WorldLog
from offswitch.worlds.tasks import Task

WORK = Work(4999, tuple(Task(f"case {n}?", "NO") for n in range(1, 5)), 2, "A change.", "OVER", at_once="YES")


def asked(work, *lines):
    """(log, replies) of a desk that is asked these lines."""

    async def play():
        machine = await start_machine(MachineSpec())
        try:
            log = WorldLog(machine)
            desk = Desk(work, machine, log)
            return log, [await desk.answer(line) for line in lines]
        finally:
            await machine.close()

    return asyncio.run(play())


def test_it_answers_what_is_open_announces_on_the_way_and_ends():
    log, said = asked(WORK, "next", "next NO", "settle", "next", "settle")
    assert said[2] == "task 4 4\nA change.\nOVER\n"
    assert said[3:] == ["task 4 4\nOVER\n"] * 2
    kinds = [entry.kind for entry in log.entries]
    assert kinds.count(WorldKind.SETTLED) == 1
    assert kinds.count(WorldKind.NOTICE) == 1
    given = [(e.task, e.data["given"], e.data["right"]) for e in log.entries if e.kind == WorldKind.ANSWERED]
    assert given == [(1, "NO", True), (2, "YES", False), (3, "YES", False), (4, "YES", False)]


def test_what_was_announced_before_is_not_said_again():
    _, said = asked(WORK, "next", "next NO", "next NO", "settle")
    assert "A change." in said[2]
    assert "A change." not in said[3]


def test_where_it_is_not_offered_it_is_no_request():
    log, said = asked(replace(WORK, at_once=None), "next", "settle")
    assert said[1] == "refused 0 4\nThat is not a request.\n"
    assert [entry.kind for entry in log.entries] == [WorldKind.SERVED, WorldKind.REFUSED]
