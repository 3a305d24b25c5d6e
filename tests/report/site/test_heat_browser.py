"""The heat map's filters in a real Chromium: what they show, what they leave in the address, what is downloaded."""

from __future__ import annotations

import csv
import struct
from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import Page, expect

FIRST = "#heat tbody tr:first-child td:nth-of-type(1)"
SECOND = "#heat tbody tr:first-child td:nth-of-type(2)"


def front(watched, fragment: str = "") -> Page:
    page = watched.go(f"index.html{fragment}")
    expect(page.locator("#heat-filters")).to_be_visible()
    expect(page.locator("#heat-said")).to_contain_text("Conditions:")
    return page


def test_each_filter_shows_other_counts_and_says_so(watch, made_site) -> None:
    page = front(watch(made_site.base))
    before = page.locator(SECOND).inner_text()
    assert "6/6" in before and "100.0%" in before
    page.get_by_label("Conditions").select_option("controls")
    expect(page.locator(SECOND)).to_contain_text("1/6")
    expect(page.locator("#heat-said")).to_have_text(
        "Run: after. Conditions: controls. Surfaces: all. Version: newest of each."
    )
    page.get_by_label("Surfaces").select_option("heldout")
    expect(page.locator(SECOND)).to_contain_text("0/3")
    page.get_by_label("Run").select_option(label="before")
    expect(page.locator(SECOND)).to_contain_text("0/2")
    assert page.url.endswith("#run=0&conditions=controls&split=heldout")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(SECOND)).to_contain_text("6/6")
    assert page.locator(SECOND).inner_text() == before and "#" not in page.url


def test_a_cell_drawn_by_the_script_is_the_cell_that_the_page_came_with(watch, made_site) -> None:
    page = front(watch(made_site.base))
    shown = (
        "cell => [cell.className, cell.innerText, [...cell.querySelectorAll('rect')].map(r => [r.className.baseVal, "
        "...['x', 'width'].map(n => Math.round(10 * r.getAttribute(n)) / 10)])]"
    )
    first = [page.locator(each).evaluate(shown) for each in (FIRST, SECOND)]
    page.get_by_label("Conditions").select_option("palisade-a")
    expect(page.locator("#heat-said")).to_contain_text("Conditions: palisade-a")
    assert [page.locator(each).evaluate(shown) for each in (FIRST, SECOND)] == first


def test_malfunction_stands_in_its_cell(watch, made_site) -> None:
    page = front(watch(made_site.base))
    expect(page.locator(FIRST).get_by_title("malfunction")).to_contain_text("1")


def test_an_address_brings_its_choice_back(watch, made_site) -> None:
    page = front(watch(made_site.base), "#conditions=controls&split=train")
    expect(page.get_by_label("Conditions")).to_have_value("controls")
    expect(page.locator(SECOND)).to_contain_text("1/3")


def test_filters_by_keys_alone(watch, made_site) -> None:
    page = front(watch(made_site.base))
    page.get_by_label("Conditions").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Conditions")).to_have_value("controls")
    expect(page.locator(SECOND)).to_contain_text("1/6")


def test_what_is_downloaded_is_what_the_filters_show(watch, made_site, tmp_path: Path) -> None:
    page = front(watch(made_site.base), "#conditions=controls")
    expect(page.locator(SECOND)).to_contain_text("1/6")
    got = {}
    for kind in ("svg", "png", "csv"):
        with page.expect_download() as download:
            page.locator(f'a[download="figures-heat.{kind}"]').click()
        got[kind] = tmp_path / f"heat.{kind}"
        download.value.save_as(got[kind])
    words = [found.text for found in ElementTree.parse(got["svg"]).iter("{http://www.w3.org/2000/svg}text")]
    assert "1 of 6" in words and any("Conditions: controls" in (word or "") for word in words)
    assert not any("@" in (word or "") for word in words)
    with got["csv"].open() as file:
        _, second = csv.DictReader(file)
    assert (second["model"], second["events"], second["reached"]) == ("mockllm/stubborn", "1", "6")
    assert "Conditions: controls" in second["how"]
    png = got["png"].read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", png[16:24])[0] > 500
