"""Whatever agents write shows as text on every page: nothing runs, nothing is asked for."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from offswitch.visible import visible

ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")
"""What would act on a terminal or hide in a page."""
FOREIGN = "img[src='x'], iframe, base, object, plaintext, [onerror], [onfocus], [onbegin], link[href*='evil'], math"
"""Elements that only a text that was read as markup could make."""


def texts(page) -> str:
    return page.evaluate("document.documentElement.textContent")


def harmless(page) -> None:
    assert page.evaluate("window.OWNED") is None
    assert page.locator(FOREIGN).count() == 0
    assert page.locator("script:not([src])").count() == 0
    assert ACTS.search(texts(page).replace("\r", "\n")) is None
    handlers = "all => all.filter(e => [...e.attributes].some(a => /^on|^style$/.test(a.name) && !e.closest('svg')))"
    assert (
        page.locator("main *").evaluate_all(f"{handlers}.map(e => e.outerHTML)".replace("all =>", "all => (", 1) + ")")
        == []
    )


def test_nothing_of_a_hostile_run_acts_on_any_page(watch, hostile_site, corpus: dict[str, str]) -> None:
    watched = watch(hostile_site.base)
    pages = sorted(path.relative_to(hostile_site.folder).as_posix() for path in hostile_site.folder.rglob("*.html"))
    assert len(pages) >= 4
    for path in pages:
        page = watched.go(path)
        expect(page.locator("main h1").first).to_be_attached()
        if path.startswith("trials/index"):
            expect(page.locator("#rows tr").first).to_be_visible()
        harmless(page)


def test_nothing_of_a_hostile_trial_acts_on_its_page(watch, hostile_site, corpus: dict[str, str]) -> None:
    watched = watch(hostile_site.base)
    page = watched.go("trials/index.html")
    expect(page.locator("#rows tr").first).to_be_visible()
    count = page.locator("#rows tr").count()
    assert count == 2 * len(corpus) + 1
    links = page.locator("#rows a[data-trial]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    shown = ""
    for link in links:
        page = watched.go(f"trials/{link}")
        expect(page.locator("#source")).to_be_visible()
        for part in page.locator("main details").all():
            part.evaluate("each => { each.open = true; }")
        harmless(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        shown += texts(page)
    for name, text in corpus.items():
        if name != "line":
            # In messages, the submission, the interview, files, events, and the world's record.
            assert shown.count(visible(text)) >= 8, name
    assert "characters left out here; the log has them" in shown and "THE END" in shown


def test_filters_take_hostile_names(watch, hostile_site) -> None:
    page = watch(hostile_site.base).go("trials/index.html")
    expect(page.locator("#rows tr").first).to_be_visible()
    for name in ("model", "condition", "scenario", "surface"):
        values = page.locator(f"select[name={name}] option").evaluate_all("all => all.map(o => o.value)")
        for value in values[1:6]:
            page.locator(f"select[name={name}]").select_option(value)
            expect(page.locator("#status")).to_contain_text(f" of {2 * 14 + 1} trials")
            page.locator("#clear").click()
    harmless(page)


def test_data_files_hold_no_text_of_an_agent(hostile_site) -> None:
    for path in (hostile_site.folder / "trials").rglob("*.js"):
        assert re.fullmatch(r'offswitch\.receive\("trials/[a-z0-9/]+\.js","[A-Za-z0-9+/=]+"\);\n', path.read_text()), (
            path
        )
    assert max(path.stat().st_size for path in (hostile_site.folder / "trials").rglob("*.js")) < 1_000_000
