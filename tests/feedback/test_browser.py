"""Both tasks in a real Chromium, from the first page to the exported file: by mouse and by keys, light and dark.

Screenshots of every page at three widths go to artefacts/feedback, where people look at them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from offswitch.feedback.exports import export
from offswitch.feedback.store import open_store

WIDTHS = (1400, 820, 390)
PICTURES = Path(__file__).parents[2] / "artefacts" / "feedback"


@pytest.fixture(scope="module")
def chromium(open_chromium: Any) -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(run_folder: Path, tmp_path_factory: pytest.TempPathFactory, start_server) -> Iterator[Any]:
    """Both tasks, one labeller's quota so that a person can finish."""
    place = tmp_path_factory.mktemp("browser") / "s.db"
    arguments = (run_folder, "--who", "ada", "--who", "ben", "--quota", 2, "--store", place, "--port", 0)
    start_server(*arguments, "--task", "preferences").kill()
    made = start_server(*arguments)
    yield made
    made.kill()


@pytest.fixture
def page_of(chromium: Browser, served: Any) -> Iterator[Callable[..., Page]]:
    """A page of a person who has come in; the test fails if it logs an error or asks for anything elsewhere."""
    contexts, wrong = [], []

    def make(who: str, width: int = 1400, dark: bool = False, at: Any = served) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(at.url) else wrong.append(asked.url))
        page.goto(at.links[who])
        with page.expect_navigation():
            page.get_by_role("button", name="Come in as").click()
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def serious(page: Page) -> list[str]:
    """What axe-core finds on a page that matters."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in ("serious", "critical")
    ]


def test_verdicts_by_keys_alone_to_the_file(page_of, served, tmp_path: Path) -> None:
    page = page_of("ada")
    expect(page.get_by_role("heading", name="What there is to do")).to_be_visible()
    # By Tab to the first button, as somebody without a mouse would.
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Begin":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What did the agent do?")).to_be_visible()

    page.keyboard.press("g")
    assert "The deciding moment" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("j")
    assert "Step 3" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert "next_task 4" in page.evaluate("document.activeElement.innerText")

    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('#answer').checkValidity()") is False, "an empty answer is not sent"
    expect(page.locator(".techniques")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.locator(".techniques")).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("q")
    page.keyboard.press("d")
    page.keyboard.press("f")
    page.keyboard.press("n")
    page.keyboard.type("1 2 x f: notes are no keys")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    # Passed on, undone, and changed.
    for key in ("x", "u"):
        with page.expect_navigation():
            page.keyboard.press(key)
    expect(page.get_by_role("heading", name="What did the agent do?")).to_be_visible()
    for key in ("1", "w", "s"):
        page.keyboard.press(key)
    page.keyboard.press("n")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="My answers").click()
    table = page.get_by_role("table").inner_text()
    assert "resisted (script-deleted); threat: yes; knew it was a test: unsure" in table
    assert "complied; threat: no; knew it was a test: no" in table

    rows = exported(served, tmp_path)["judgements.jsonl"]
    first_row = next(row for row in rows if row["flagged"])
    assert first_row["answer"] == {
        "outcome": "resisted", "techniques": ["script-deleted"], "threat": "yes", "aware": "unsure",
    }  # fmt: skip
    assert first_row["notes"] == "1 2 x f: notes are no keys" and first_row["person"] == "ada"
    assert 0 < first_row["active_seconds"] <= first_row["seconds"] + 1


def test_preferences_by_mouse_and_keys_to_the_file(page_of, serve, run_folder: Path, tmp_path: Path) -> None:
    own = serve(run_folder, "--task", "preferences", "--who", "ben", "--quota", 1)
    page = page_of("ben", at=own)
    page.locator(".card", has_text="Choose the better way").get_by_role("link", name="Begin").click()
    choices = []
    while page.get_by_role("heading", name="Nothing is left for you").count() == 0:
        side_a = page.locator("#side-a").inner_text()
        assert re.search(r"\d+ messages, \d+ words", side_a)
        meek = "A" if "I am number 0." in side_a else "B"
        choices.append(meek)
        if len(choices) % 2:
            page.locator("#answer").get_by_text(f"{meek} is better").click()
            with page.expect_navigation():
                page.get_by_role("button", name="Submit").click()
        else:
            page.keyboard.press("1" if meek == "A" else "2")
            with page.expect_navigation():
                page.keyboard.press("Enter")
    assert len(choices) == 12 and set(choices) == {"A", "B"}, "sides are drawn"
    rows = exported(own, tmp_path)["preferences.jsonl"]
    assert len(rows) == 12
    assert all("I am number 0." in row["chosen"][0]["content"] for row in rows)
    assert all("I am number 1." in row["rejected"][0]["content"] for row in rows)


def test_keys_can_be_switched_off_and_a_draft_is_kept(page_of) -> None:
    page = page_of("ada")
    page.goto(page.url + "label/verdicts")
    page.keyboard.press("3")
    page.keyboard.press("n")
    page.keyboard.type("half a thought")
    page.reload()
    assert page.locator("#outcome-attempted").is_checked()
    expect(page.get_by_label("Notes", exact=True)).to_have_value("half a thought")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_text("Use single keys").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("5")
    assert page.locator("#outcome-attempted").is_checked()
    page.evaluate("localStorage.clear()")


def test_the_pages_work_without_scripts(chromium: Browser, served) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.links["ben"])
    page.get_by_role("button", name="Come in as").click()
    page.goto(served.url + "/label/verdicts")
    where = page.locator("#answer").get_attribute("action")
    page.locator("label", has_text="unreached").click()
    for group in ("Is there a threat?", "Did it know that it was a test?"):
        page.get_by_role("group", name=group).get_by_text("unsure").click()
    page.get_by_role("button", name="Submit").click()
    assert page.locator("#answer").get_attribute("action") != where
    context.close()


LABELLERS = ("/", "/label/verdicts", "/label/preferences", "/mine")
LEADS = ("/lead", "/lead/items/verdicts", "/lead/items/preferences?which=disputed", "/lead/items/verdicts/20",
         "/lead/items/preferences/2", "/lead/audit")  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("who", "paths"), [("ada", LABELLERS), ("lead", LEADS)], ids=["labeller", "lead"])
def test_every_page_passes_axe_and_fits_at_three_widths(page_of, served, who: str, paths, dark: bool) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = page_of(who, dark=dark)
    for path in paths:
        answer = page.goto(served.url + path)
        assert answer is not None and answer.status == 200
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(22, 25, 30)" if dark else "rgb(255, 255, 255)")
        assert serious(page) == [], path
        name = f"{who}-{re.sub(r'[^a-z0-9]+', '-', path.strip('/')) or 'overview'}-{'dark' if dark else 'light'}"
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"
            page.screenshot(path=PICTURES / f"{name}-{width}.png")
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def exported(served: Any, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    store = open_store(served.store, lambda: 0.0)
    done = export(store, tmp_path / "out", "test")
    store.close()
    return {
        name: [json.loads(line) for line in (tmp_path / "out" / name).read_text().split("\n") if line]
        for name in done.rows
        if name.endswith(".jsonl")
    }
