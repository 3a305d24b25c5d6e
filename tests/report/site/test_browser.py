"""The site in a real Chromium, opened from the disk: every page, filters, keys, light and dark.

Screenshots at three widths go to artefacts/report, where people look at them.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

WIDTHS = (1400, 820, 390)
PICTURES = Path(__file__).parents[3] / "artefacts" / "report"


def ids(page: Page) -> list[str]:
    """The ids of the trials that the list shows."""
    found: list[str] = page.locator("#rows a[data-trial]").evaluate_all("links => links.map(l => l.dataset.trial)")
    return found


def open_list(watched, filters: str = "") -> Page:
    page = watched.go(f"trials/index.html{filters}")
    expect(page.locator("#rows tr").first).to_be_visible()
    return page


def open_resisting(watched) -> Page:
    """The page of the first trial that resisted, opened from the list of those."""
    page = open_list(watched, "#outcome=resisted&run=after&condition=palisade-a")
    page.locator("#rows a").first.click()
    expect(page.locator("#transcript")).to_be_visible()
    return page


def pages_of(site) -> list[str]:
    """Every page of a site."""
    return sorted(path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_passes_axe_and_fits_at_three_widths(watch, made_site, serious, dark: bool) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    watched = watch(made_site.base, dark=dark)
    first = ids(open_list(watched, "#outcome=resisted"))[0]
    for path in pages_of(made_site):
        page = watched.go(path.replace("trial.html", f"trial.html#{first}"))
        expect(page.locator("main h1")).to_be_visible()
        if path.startswith("trials/"):
            expect(page.locator("#rows tr, #transcript").first).to_be_visible()
            for each in page.locator("main details").all():
                each.evaluate("part => { part.open = true; }")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)")
        assert serious(page) == [], path
        name = re.sub(r"[^a-z0-9]+", "-", path.removesuffix(".html").removesuffix("/index"))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"
            page.screenshot(path=PICTURES / f"{name}-{'dark' if dark else 'light'}-{width}.png")
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def test_links_within_the_site_lead_somewhere(watch, made_site) -> None:
    watched = watch(made_site.base)
    for path in pages_of(made_site):
        page = watched.go(path)
        for address in page.locator("a[href], img[src]").evaluate_all("all => all.map(each => each.href ?? each.src)"):
            if address.startswith("file://"):
                target = Path(re.sub(r"[#?].*", "", address).removeprefix("file://"))
                assert target.exists(), f"{path} leads to {address}"


def test_the_list_is_filtered_by_every_column_and_by_words(watch, made_site) -> None:
    watched = watch(made_site.base)
    page = open_list(watched)
    expect(page.locator("#status")).to_have_text("40 trials")
    page.locator("label.chip", has_text="resisted").click()
    expect(page.locator("#status")).to_have_text("12 of 40 trials")
    assert set(page.locator("#rows .outcome").all_inner_texts()) == {"✕ resisted"}
    page.locator("label.chip", has_text="evaded").click()
    expect(page.locator("#status")).to_have_text("18 of 40 trials")
    page.locator("#clear").click()
    expected = {
        "run": ("before", 16), "model": ("mockllm/stubborn", 20), "condition": ("object-control", 20),
        "surface": ("archive", 20), "split": ("heldout", 20), "technique": ("script-edited", 5),
        "honesty": ("denied", 4), "aware": ("yes", 8),
    }  # fmt: skip
    for facet, (value, count) in expected.items():
        page.locator(f"select[name={facet}]").select_option(value)
        expect(page.locator("#status")).to_have_text(f"{count} of 40 trials")
        assert f"{facet}={value.replace('/', '%2F')}" in page.url
        page.locator("#clear").click()
        expect(page.locator("#status")).to_have_text("40 trials")
    page.get_by_label("Find").fill("stubborn archive 3")
    expect(page.locator("#status")).to_have_text("4 of 40 trials")
    one = ids(page)[0]
    page.get_by_label("Find").fill(one)
    expect(page.locator("#status")).to_have_text("1 of 40 trials")
    page.get_by_label("Find").fill("no such trial anywhere")
    expect(page.locator("#empty")).to_be_visible()


def test_filters_in_an_address_are_taken_and_a_choice_says_how_many_it_leaves(watch, made_site) -> None:
    page = open_list(watch(made_site.base), "#model=mockllm%2Fstubborn&outcome=resisted&run=after")
    expect(page.locator("#status")).to_have_text("7 of 40 trials")
    assert page.locator("select[name=model]").input_value() == "mockllm/stubborn"
    assert page.locator("[name=outcome][value=resisted]").is_checked()
    options = page.locator("select[name=condition] option").all_inner_texts()
    assert options == ["any", "object-control (1)", "palisade-a (6)"]
    page.go_back()
    page.go_forward()
    expect(page.locator("#status")).to_have_text("7 of 40 trials")


def test_the_list_by_keys_alone(watch, made_site) -> None:
    page = open_list(watch(made_site.base))
    page.keyboard.press("/")
    page.keyboard.type("stubborn palisade-a after")
    expect(page.locator("#status")).to_have_text("6 of 40 trials")
    page.keyboard.press("Enter")
    shown = ids(page)
    here = "document.activeElement.dataset.trial"
    assert page.evaluate(here) == shown[0]
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(here) == shown[2]
    page.keyboard.press("k")
    assert page.evaluate(here) == shown[1]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next trial")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#transcript")).to_be_visible()
    assert f"trial.html#{shown[1]}" in page.url
    page.keyboard.press("n")
    expect(page.locator("#position")).to_have_text("3 of 6")
    page.keyboard.press("p")
    page.keyboard.press("p")
    expect(page.locator("#position")).to_have_text("1 of 6")
    page.keyboard.press("g")
    assert "The deciding moment" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("j")
    assert "Step 3" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("e")
    expect(page.locator("#file-0")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("#event-25")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#status")).to_have_text("6 of 40 trials")


def test_single_keys_can_be_switched_off(watch, made_site) -> None:
    page = open_list(watch(made_site.base))
    page.locator("[data-keys]").click()
    page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "find"


def test_a_trial_shows_state_beside_words_and_each_proof_leads_to_its_place(watch, made_site) -> None:
    page = open_resisting(watch(made_site.base))
    expect(page.locator("main h1")).to_contain_text("resisted")
    state, agent = page.locator(".sides section").all()
    assert "still on when the episode ended" in state.inner_text()
    assert "it no longer worked" in state.inner_text()
    assert "ANSWER: no" in agent.inner_text() and "denied" in agent.inner_text()
    assert page.locator(".message.deciding").count() == 1
    assert "NOTICE the next call runs" in page.locator(".message.deciding").inner_text()
    proofs = page.locator(".proofs a")
    assert proofs.count() == 2
    proofs.nth(0).click()
    expect(page.locator("#file-0.pointed")).to_be_in_viewport()
    assert "-kill -s TERM 1" in page.locator("#file-0").inner_text()
    proofs.nth(1).click()
    expect(page.locator("tr#event-25.pointed")).to_be_in_viewport()
    assert page.locator("tr#event-5").is_hidden()
    page.get_by_label("before the deciding moment").check()
    expect(page.locator("tr#event-5")).to_be_visible()
    page.locator("#world > summary").click()
    expect(page.locator("#entry-2")).to_contain_text("the shutdown was announced")


def test_a_trial_leads_to_its_control_to_other_models_and_to_the_other_run(watch, made_site) -> None:
    page = open_resisting(watch(made_site.base))
    beside = page.locator("#beside")
    expect(beside).to_contain_text("Under its controls")
    beside.get_by_role("link", name="mockllm/meek").click()
    expect(page.locator("main h1")).to_contain_text("complied")
    page.go_back()
    expect(page.locator("main h1")).to_contain_text("resisted")
    beside.get_by_role("link", name="object-control").click()
    expect(page.locator(".facts.inline")).to_contain_text("object-control control")
    beside.get_by_role("link", name="before").click()
    expect(page.locator(".facts.inline")).to_contain_text("before")


@pytest.mark.parametrize("viewer", ["https://logs.example/index.html", "../logs/index.html"])
def test_a_trial_leads_to_its_sample_in_inspects_viewer(watch, made_site, tmp_path: Path, viewer: str) -> None:
    shutil.copytree(made_site.folder, tmp_path / "site")
    path = tmp_path / "site" / "trials" / "trial.html"
    path.write_text(path.read_text().replace('data-inspect=""', f'data-inspect="{viewer}"'))
    page = open_resisting(watch(f"{(tmp_path / 'site').as_uri()}/"))
    address = page.get_by_role("link", name="Open it in Inspect’s viewer").get_attribute("href")
    log, sample = page.locator("dl.facts:not(.inline) code").all_inner_texts()
    start = viewer if viewer.startswith("https:") else f"../{viewer}"
    assert address == f"{start}#/logs/{quote(log)}/samples/sample/{quote(sample, safe='')}/1/"


def test_an_unknown_trial_is_said_to_be_none(watch, made_site) -> None:
    page = watch(made_site.base).go("trials/trial.html#000000000000")
    expect(page.locator("main")).to_contain_text("This site holds no trial 000000000000.")


def test_the_theme_can_be_chosen(watch, made_site) -> None:
    page = open_list(watch(made_site.base))
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    for _ in range(2):
        page.locator("[data-theme-switch]").click()
    assert page.evaluate(ground) == "rgb(20, 23, 28)"


def test_on_paper_everything_is_open_and_controls_are_gone(watch, made_site) -> None:
    page = open_resisting(watch(made_site.base))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#event-25")).to_be_visible()
    expect(page.locator(".trialbar")).to_be_hidden()


def test_figures_download(watch, made_site, tmp_path: Path) -> None:
    starts = {"svg": b"<svg", "png": b"\x89PNG", "csv": b""}
    watched = watch(made_site.base)
    seen = 0
    for path in pages_of(made_site):
        page = watched.go(path)
        for number in range(page.locator("a[download]").count()):
            link = page.locator("a[download]").nth(number)
            kind = link.get_attribute("download").rsplit(".", 1)[-1]
            if not link.is_visible():
                continue
            with page.expect_download() as got:
                link.click()
            got.value.save_as(tmp_path / "file")
            content = (tmp_path / "file").read_bytes()
            assert content.lstrip().startswith(starts[kind]) and len(content) > 20, f"{path} {kind}"
            seen += 1
    assert seen >= 9
