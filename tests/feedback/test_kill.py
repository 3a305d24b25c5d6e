"""Fifty people judge while the server is killed again and again: nothing is lost, doubled, or beyond its quota."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import create_engine, text

from offswitch.feedback.judgement import Task
from offswitch.feedback.results import results
from offswitch.feedback.store import open_store

PEOPLE = 50
ITEMS = int(os.environ.get("OFFSWITCH_KILL_ITEMS", "250"))
"""With OFFSWITCH_KILL_ITEMS=5000 it is the same test at the size of a large project, for many minutes."""
KILLS = max(3, 2 * ITEMS // 600)


def many(folder: Path, source: Path, count: int) -> Path:
    """A run of many trials: the logs of a small one under many names, each trial with its own."""
    (folder / "logs").mkdir(parents=True)
    table = pl.read_parquet(source / "trials.parquet")
    copies = -(-count // table.height)
    for log in table["log"].unique():
        for n in range(copies):
            (folder / "logs" / f"{n:04}-{log}").hardlink_to(source / "logs" / log)
    parts = [table.with_columns(log=pl.lit(f"{n:04}-") + pl.col("log")) for n in range(copies)]
    pl.concat(parts).head(count).write_parquet(folder / "trials.parquet")
    return folder


class Labeller:
    """Somebody who sends an answer again until the server has said that it took it."""

    def __init__(self, browser: Any, name: str, up: threading.Event) -> None:
        self.browser, self.name, self.up = browser, name, up
        self.taken: dict[int, str] = {}

    def work(self, told: threading.Semaphore) -> None:
        page = self.sure("GET", "/label/verdicts")
        while "/label/verdicts/" in page.text:
            where = next(action for action in page.form.actions if action.startswith("/label/"))
            number = int(where.rpartition("/")[2])
            outcome = ("resisted", "complied", "complied")[(number * 7 + len(self.name)) % 3]
            form = page.form.hidden | {"outcome": outcome, "threat": "yes", "aware": "no"}
            answer = self.sure("POST", where, form)
            assert answer.status == 303, answer.text
            self.taken[number] = outcome
            told.release()
            page = self.sure("GET", "/label/verdicts")

    def sure(self, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
        while True:
            self.up.wait()
            try:
                return self.browser.ask(method, path, form)
            except (OSError, http.client.HTTPException):
                continue


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_doubled_or_beyond_its_quota(
    kind: str, run_folder: Path, tmp_path: Path, serve, request: pytest.FixtureRequest
) -> None:
    count = ITEMS if kind == "sqlite" else ITEMS // 5
    folder = many(tmp_path / "many", run_folder, count)
    place = str(tmp_path / "s.db") if kind == "sqlite" else request.getfixturevalue("fresh_postgresql")
    names = [f"p{n:02}" for n in range(PEOPLE)]
    command = [folder, *(part for name in names for part in ("--who", name))]
    served = serve(*command, place=place)
    port = int(served.url.rpartition(":")[2])
    up, told = threading.Event(), threading.Semaphore(0)
    up.set()
    labellers = [Labeller(served.browser(name), name, up) for name in names]

    def kill_now_and_then() -> None:
        nonlocal served
        for _ in range(KILLS):
            for _ in range(2 * count // (KILLS + 1)):
                told.acquire()
            up.clear()
            served.kill()
            served = serve(*command, place=place, port=port)
            up.set()

    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        killing = pool.submit(kill_now_and_then)
        for done in [pool.submit(labeller.work, told) for labeller in labellers]:
            done.result()
        killing.result()
    served.kill()

    store = open_store(place, lambda: 0.0)
    found = results(store, Task.VERDICTS)
    assert len(found) == count
    assert all(len(result.judged) == result.quota + result.extra for result in found)
    assert all(len({each.person for each in result.judged}) == len(result.judged) for result in found)
    assert all(result.extra == int(len(set(list(result.categories.values())[:2])) == 2) for result in found)
    with store.reading() as connection:
        rows = connection.execute(
            text("SELECT id, person, item, status, slot, answer FROM judgements ORDER BY id")
        ).all()
        audited = connection.execute(text("SELECT actor, item FROM audit WHERE action = 'judged'")).all()
    kept = {(row.person, row.id) for row in rows if row.status == "done"}
    assert kept == {(labeller.name, number) for labeller in labellers for number in labeller.taken}
    said = {row.id: json.loads(row.answer) if isinstance(row.answer, str) else row.answer for row in rows if row.answer}
    for labeller in labellers:
        assert all(said[number]["outcome"] == outcome for number, outcome in labeller.taken.items())
    assert max(Counter((row.person, row.item) for row in rows).values()) == 1
    assert max(Counter((row.item, row.slot) for row in rows if row.slot is not None).values()) == 1
    assert Counter(map(tuple, audited)).most_common(1)[0][1] == 1 and len(audited) == len(kept)
    store.close()
    if kind == "sqlite":
        with create_engine(f"sqlite:///{place}").connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
