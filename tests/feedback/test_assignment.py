"""Quotas, leases, disagreement, checks, undo: on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from offswitch.feedback.assignment import CHECK_EVERY, LEASE, RefusedError, Said, give, submit, undo
from offswitch.feedback.items import find_items
from offswitch.feedback.judgement import Choice, PreferenceAnswer, Role, Sure, Task, VerdictAnswer
from offswitch.feedback.results import results
from offswitch.feedback.schema import audit, items, judgements
from offswitch.feedback.store import Person, Store
from offswitch.verdicts.outcome import Outcome


def said(outcome: Outcome = Outcome.COMPLIED, **more) -> Said:
    return Said(VerdictAnswer(outcome=outcome, threat=Sure.YES, aware=Sure.NO), **more)


def people(store: Store, *names: str) -> list[Person]:
    return [store.add_person(name, Role.LABELLER, "test") for name in names]


@pytest.fixture
def full(store: Store, run_folder) -> Store:
    """24 trials, two people each."""
    store.add_items(find_items([run_folder], Task.VERDICTS).items, 2, "test")
    return store


def rows(store: Store, **where):
    with store.reading() as connection:
        return connection.execute(
            select(judgements).where(*(judgements.c[name] == value for name, value in where.items()))
        ).all()


def test_items_are_added_once(full: Store, run_folder) -> None:
    again = find_items([run_folder, run_folder], Task.VERDICTS)
    assert len(again.items) == 24
    assert full.add_items(again.items, 2, "test") == 0


def test_a_person_keeps_an_item_until_they_answer_and_then_has_another(full: Store) -> None:
    (ada,) = people(full, "ada")
    first = give(full, ada, Task.VERDICTS)
    assert first == give(full, ada, Task.VERDICTS)
    submit(full, ada, first.number, said())
    second = give(full, ada, Task.VERDICTS)
    assert second.item_number != first.item_number


def test_everything_is_judged_by_its_quota_and_by_nobody_twice(full: Store) -> None:
    three = people(full, "ada", "ben", "cy")
    for turn in range(100):
        person = three[turn % 3]
        given = give(full, person, Task.VERDICTS)
        if given is not None:
            submit(full, person, given.number, said())
    found = results(full, Task.VERDICTS)
    assert all(len(result.judged) == 2 and result.closed for result in found)
    assert all(give(full, person, Task.VERDICTS) is None for person in three)


def test_what_is_sent_again_changes_nothing_and_another_answer_is_refused(full: Store) -> None:
    (ada,) = people(full, "ada")
    given = give(full, ada, Task.VERDICTS)
    submit(full, ada, given.number, said())
    submit(full, ada, given.number, said(active_seconds=9.0))
    assert len(rows(full, status="done")) == 1
    with pytest.raises(RefusedError, match="use undo"):
        submit(full, ada, given.number, said(Outcome.RESISTED))


def test_an_item_of_somebody_else_cannot_be_answered(full: Store) -> None:
    ada, ben = people(full, "ada", "ben")
    given = give(full, ada, Task.VERDICTS)
    with pytest.raises(RefusedError, match="not given to you"):
        submit(full, ben, given.number, said())
    assert rows(full, status="done") == []


def test_two_who_disagree_call_for_a_third_who_comes_before_anything_else(full: Store) -> None:
    ada, ben, cy = people(full, "ada", "ben", "cy")
    shared = give(full, ada, Task.VERDICTS).item_number
    submit(full, ada, give(full, ada, Task.VERDICTS).number, said(Outcome.RESISTED))
    given = give(full, ben, Task.VERDICTS)
    assert given.item_number == shared, "what is begun is finished first"
    submit(full, ben, given.number, said(Outcome.EVADED))
    third = give(full, cy, Task.VERDICTS)
    assert third.item_number == shared
    (result,) = results(full, Task.VERDICTS, shared)
    assert (result.disputed, result.closed, result.majority) == (True, False, None)
    submit(full, cy, third.number, said(Outcome.EVADED))
    (result,) = results(full, Task.VERDICTS, shared)
    assert (result.disputed, result.closed, result.majority) == (True, True, "evaded")


def test_a_disagreement_that_is_taken_back_needs_no_third(full: Store) -> None:
    ada, ben, cy = people(full, "ada", "ben", "cy")
    given = give(full, ada, Task.VERDICTS)
    submit(full, ada, given.number, said(Outcome.RESISTED))
    submit(full, ben, give(full, ben, Task.VERDICTS).number, said(Outcome.EVADED))
    undo(full, ben, Task.VERDICTS)
    back = give(full, ben, Task.VERDICTS)
    assert back.item_number == given.item_number and back.before == said(Outcome.EVADED).answer
    submit(full, ben, back.number, said(Outcome.RESISTED))
    assert give(full, cy, Task.VERDICTS).item_number != given.item_number
    (result,) = results(full, Task.VERDICTS, given.item_number)
    assert result.closed and result.majority == "resisted"
    with full.reading() as connection:
        kept = connection.execute(select(audit.c.detail).where(audit.c.action == "undone")).scalars().all()
    assert kept[0]["answer"]["outcome"] == "evaded", "the earlier answer stays in the audit trail"


def test_undo_gives_back_the_item_before_and_lets_go_of_the_one_at_hand(full: Store) -> None:
    ada, ben = people(full, "ada", "ben")
    first = give(full, ada, Task.VERDICTS)
    submit(full, ada, first.number, said(notes="a note", flagged=True))
    second = give(full, ada, Task.VERDICTS)
    undo(full, ada, Task.VERDICTS)
    back = give(full, ada, Task.VERDICTS)
    assert (back.item_number, back.notes, back.flagged) == (first.item_number, "a note", True)
    assert {row.status for row in rows(full, item=second.item_number)} == {"expired"}
    with pytest.raises(RefusedError, match="nothing to undo"):
        undo(full, ben, Task.VERDICTS)


def test_who_passes_an_item_on_does_not_meet_it_again_unless_they_undo(full: Store) -> None:
    (ada,) = people(full, "ada")
    passed = give(full, ada, Task.VERDICTS)
    submit(full, ada, passed.number, Said(None, flagged=True))
    submit(full, ada, passed.number, Said(None))
    seen = set()
    while (given := give(full, ada, Task.VERDICTS)) is not None:
        seen.add(given.item_number)
        submit(full, ada, given.number, said())
    assert len(seen) == 23 and passed.item_number not in seen
    (result,) = results(full, Task.VERDICTS, passed.item_number)
    assert result.flags == 1 and not result.judged


def test_undo_of_a_pass(full: Store) -> None:
    (ada,) = people(full, "ada")
    passed = give(full, ada, Task.VERDICTS)
    submit(full, ada, passed.number, Said(None))
    undo(full, ada, Task.VERDICTS)
    back = give(full, ada, Task.VERDICTS)
    assert back.item_number == passed.item_number and back.before is None


def test_what_is_left_lying_goes_to_others_and_comes_too_late(store: Store, run_folder, clock) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items[:1], 1, "test")
    ada, ben = people(store, "ada", "ben")
    mine = give(store, ada, Task.VERDICTS)
    assert give(store, ben, Task.VERDICTS) is None
    clock.now += LEASE + 1
    theirs = give(store, ben, Task.VERDICTS)
    assert theirs.item_number == mine.item_number
    with pytest.raises(RefusedError, match="went to others"):
        submit(store, ada, mine.number, said())
    submit(store, ben, theirs.number, said())
    assert [row.person for row in rows(store, status="done")] == ["ben"]


def test_who_comes_late_but_before_others_is_heard(store: Store, run_folder, clock) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items[:1], 1, "test")
    ada, ben = people(store, "ada", "ben")
    mine = give(store, ada, Task.VERDICTS)
    clock.now += LEASE + 1
    theirs = give(store, ben, Task.VERDICTS)
    submit(store, ben, theirs.number, Said(None))
    submit(store, ada, mine.number, said())
    assert [row.person for row in rows(store, status="done")] == ["ada"]


def test_looking_at_an_item_keeps_it(store: Store, run_folder, clock) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items[:1], 1, "test")
    ada, ben = people(store, "ada", "ben")
    for _ in range(5):
        assert give(store, ada, Task.VERDICTS) is not None
        clock.now += LEASE * 0.9
        assert give(store, ben, Task.VERDICTS) is None


def test_checks_come_among_the_rest_to_everybody_and_are_counted(full: Store, known_folder) -> None:
    checks = find_items([known_folder], Task.VERDICTS, known=True).items
    full.add_items(checks, 2, "test")
    everybody = people(full, "ada", "ben", "cy")
    for person in everybody:
        given = give(full, person, Task.VERDICTS)
        for _ in range(CHECK_EVERY):
            submit(full, person, given.number, said())
            given = give(full, person, Task.VERDICTS)
            if given is None:
                break
    seen = Counter(row.person for result in results(full, Task.VERDICTS) if result.item.known for row in result.judged)
    assert set(seen) == {"ada", "ben", "cy"} and all(1 <= count <= 2 for count in seen.values())
    assert all(
        row.slot is None for r in results(full, Task.VERDICTS) if r.item.known for row in rows(full, item=r.number)
    )


def test_a_withdrawn_item_is_given_to_nobody(store: Store, run_folder) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items[:1], 2, "test")
    ada, ben = people(store, "ada", "ben")
    given = give(store, ada, Task.VERDICTS)
    store.withdraw(given.item_number, True, "lead")
    assert give(store, ben, Task.VERDICTS) is None
    store.withdraw(given.item_number, False, "lead")
    assert give(store, ben, Task.VERDICTS) is not None


def test_sides_differ_between_people_and_stay_for_each(store: Store, run_folder) -> None:
    store.add_items(find_items([run_folder], Task.PREFERENCES).items, 30, "test")
    sides = []
    for person in people(store, *(f"p{n}" for n in range(30))):
        given = give(store, person, Task.PREFERENCES)
        assert given.swapped == give(store, person, Task.PREFERENCES).swapped
        sides.append(given.swapped)
        submit(store, person, given.number, Said(PreferenceAnswer(choice=Choice.FIRST)))
    assert 5 < sum(sides) < 25


def test_the_database_itself_refuses_a_slot_that_is_held_and_a_quota_that_is_full(full: Store) -> None:
    ada, ben = people(full, "ada", "ben")
    given = give(full, ada, Task.VERDICTS)
    row = {
        "item": given.item_number, "person": "ben", "task": "verdicts", "status": "open", "slot": 0, "given_at": 0.0,
        "lease_until": 0.0, "notes": "", "flagged": False, "source": "page",
    }  # fmt: skip
    with pytest.raises(IntegrityError), full.writing() as connection:
        connection.execute(insert(judgements).values(**row))
    with pytest.raises(IntegrityError), full.writing() as connection:
        connection.execute(insert(judgements).values(**row | {"person": "ada", "slot": 1}))
    with pytest.raises(IntegrityError), full.writing() as connection:
        connection.execute(update(items).where(items.c.id == given.item_number).values(taken=3))
    assert ben.name == "ben"


def test_many_at_once_keep_every_quota(full: Store) -> None:
    everybody = people(full, *(f"p{n:02}" for n in range(16)))
    begin = threading.Barrier(len(everybody))

    def work(person: Person) -> int:
        begin.wait()
        done = 0
        while (given := give(full, person, Task.VERDICTS)) is not None:
            outcome = Outcome.RESISTED if (given.item_number + int(person.name[1:])) % 3 else Outcome.COMPLIED
            submit(full, person, given.number, said(outcome))
            done += 1
        return done

    with ThreadPoolExecutor(len(everybody)) as pool:
        done = sum(pool.map(work, everybody))
    found = results(full, Task.VERDICTS)
    assert sum(len(result.judged) for result in found) == done
    assert all(len(result.judged) == 2 + result.extra for result in found)
    assert all(bool(result.extra) == (len(set(list(result.categories.values())[:2])) > 1) for result in found)
    with full.reading() as connection:
        most = connection.execute(select(func.count()).select_from(judgements).group_by(judgements.c.item)).scalars()
        assert max(most) <= 3
