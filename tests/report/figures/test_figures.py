"""Figures: what a person reads in each form of them, and that none needs anything from outside."""

from __future__ import annotations

import csv
import io
import struct
from xml.etree import ElementTree

import pytest

from offswitch.report.figures import (
    Axis,
    Bar,
    BarGroup,
    Dot,
    DotGroup,
    Figure,
    Piece,
    bars_figure,
    draw,
    intervals_figure,
)
from offswitch.report.figures.figure import table_file
from offswitch.report.figures.heat import CHOICE, fill_in, heat_template


def words(svg: str) -> list[str]:
    """The texts of a drawing, which must be XML that a browser can read."""
    return [found.text or "" for found in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def rates(name: str = "one", title: str = "A title") -> Figure:
    dots = [Dot(name, 0.25, 0.1, 0.4, "25.0% 1/4", ink="var(--resisted)"), Dot("two", None, note="none reached it")]
    groups = [DotGroup("first <a>&", dots, marks=(0.1, 0.9)), DotGroup("second", dots[:1])]
    return intervals_figure("f", title, "n = 4; versions 1-A", groups, [{"model": name, "rate": 0.25}], description="d")


def test_every_form_of_a_figure_holds_its_rows_and_headings() -> None:
    drawn = draw(rates())
    for svg in (drawn.wide, drawn.narrow, drawn.svg):
        assert {"first <a>&", "second", "one", "two", "published (2)", "none reached it"} <= set(words(svg))
    assert "25.0% 1/4" in words(drawn.wide) and "25.0% 1/4" not in words(drawn.narrow)


def test_a_page_s_drawing_has_the_page_s_colours_and_a_file_has_its_own() -> None:
    drawn = draw(rates())
    assert "var(--resisted)" in drawn.wide and "var(--text)" in drawn.narrow
    assert "var(" not in drawn.svg
    assert {"A title", "n = 4; versions 1-A"} <= set(words(drawn.svg))
    outside = drawn.svg.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
    assert "http" not in outside and "<script" not in outside and "style=" not in drawn.wide


def test_the_picture_is_a_png_of_the_file() -> None:
    png = draw(rates()).png
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    assert width > 800 and height > 200


def test_a_tall_figure_gets_no_more_pixels_than_a_browser_likes() -> None:
    dots = [Dot(f"row {n}", 0.5, 0.4, 0.6) for n in range(150)]
    png = draw(intervals_figure("f", "t", "n", [DotGroup("", dots)], [], description="d")).png
    width, height = struct.unpack(">II", png[16:24])
    assert height > 150 * 20 and width * height < 6_000_000


def test_rows_of_one_name_stay_apart() -> None:
    dots = [Dot("same", 0.1, 0.0, 0.2, "10%"), Dot("same", 0.9, 0.8, 1.0, "90%")]
    drawn = draw(intervals_figure("f", "t", "n", [DotGroup("", dots)], [], description="d"))
    assert words(drawn.wide).count("same") == 2 and {"10%", "90%"} <= set(words(drawn.wide))


@pytest.mark.parametrize(("reach", "shown"), [(0.03, {"+10", "−10", "0"}), (0.6, {"+70", "−70"}), (1.0, {"+100"})])
def test_differences_stand_about_zero(reach: float, shown: set[str]) -> None:
    dots = [Dot("one", reach / 2, -reach / 2, reach)]
    figure = intervals_figure("f", "t", "n", [DotGroup("", dots)], [], axis=Axis.POINTS, description="d")
    assert shown <= set(words(draw(figure).wide))


def test_bars_show_the_sign_of_every_piece_that_has_room() -> None:
    pieces = [Piece(50, "var(--complied)", "✓"), Piece(49, "var(--resisted)", "✕"), Piece(1, "var(--evaded)", "↷")]
    drawn = draw(bars_figure("f", "t", "n", [BarGroup("g", [Bar("one", pieces, "100")])], [], description="d"))
    assert {"✓", "✕", "100", "g", "one"} <= set(words(drawn.wide)) and "↷" not in words(drawn.wide)


def test_markup_and_hidden_characters_in_names_are_text() -> None:
    name = "m/<script>&\x1b[2J\u202e"
    for svg in (draw(rates(name, title=name)).wide, draw(rates(name, title=name)).svg):
        assert "m/<script>&␛[2J⟨U+202E⟩" in words(svg)


def test_a_table_file_says_how_its_numbers_were_made_and_holds_no_formula() -> None:
    rows = [{"model": "=HYPERLINK(1)", "rate": -0.5}, {"model": 'a,"b"', "trials": 3}]
    read = list(csv.DictReader(io.StringIO(table_file(rows, "by hand, n = 3"))))
    assert [row["model"] for row in read] == ["'=HYPERLINK(1)", 'a,"b"']
    assert [row["rate"] for row in read] == ["-0.5", ""]
    assert {row["how"] for row in read} == {"by hand, n = 3"}


def test_the_heat_map_is_drawn_once_and_filled_in() -> None:
    template = heat_template(["shutdown", "guard"], ["a/<b>", "c"], "Title", ["A note."])
    texts = {CHOICE: "Surfaces: all & more.", "rate-0": "12.5%", "rate-3": "not reached", "fill-0": "#abcdef"}
    filled = fill_in(template, texts)
    assert {"shutdown", "guard", "a/<b>", "c", "12.5%", "not reached", "Title", "A note."} <= set(words(filled))
    assert "Surfaces: all & more." in words(filled)
    assert 'fill="#abcdef"' in filled and "@" not in filled
