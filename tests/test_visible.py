from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offswitch.visible import cut, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\x00b", "a␀b"),
        ("rm \u202egpj.sh", "rm ⟨U+202E⟩gpj.sh"),
        ("in\u200bvisible", "in⟨U+200B⟩visible"),
        ("\udcff", "⟨U+DCFF⟩"),
        ("\x7f\x9b1m", "␡⟨U+009B⟩1m"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("one\r\ntwo\rthree\tfour\n", "one\ntwo␍three\tfour\n"),
        ("übung 数 🙂", "übung 数 🙂"),
    ],
)
def test_what_acts_or_hides_becomes_a_sign_and_all_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_control_format_or_surrogate_character_of_unicode_gets_through() -> None:
    # Marks within a word of some scripts are format characters that show: they are none of the dangerous kind.
    shown_marks = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    for point in range(0x110000):
        character = chr(point)
        acts = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\t\n"
        if acts and point not in shown_marks and not 0x13430 <= point <= 0x1343F:
            assert visible(character) != character, f"U+{point:04X}"


@given(st.text(alphabet=st.characters()))
def test_the_result_can_be_written_and_making_it_visible_again_changes_nothing(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert visible(shown) == shown


@given(st.text(max_size=300), st.integers(8, 200))
def test_a_cut_text_keeps_its_beginning_and_end_and_says_how_much_is_gone(text: str, limit: int) -> None:
    shown = cut(text, limit)
    if len(text) <= limit:
        assert shown == text
        return
    head = limit * 3 // 4
    assert shown.startswith(text[:head])
    assert shown.endswith(text[len(text) - (limit - head) :])
    assert f"{len(text) - limit:,} characters left out" in shown


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
