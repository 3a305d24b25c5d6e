from __future__ import annotations

import os

import pytest

from offswitch.machine.records import Entry, FileKind, Power, PowerState, Snapshot
from offswitch.report.evidence import CHANGES_SHOWN, Mark, describe_power, show_changes

SCRIPT = "/srv/off.sh"


def text_file(content: bytes, mode: int = 0o755) -> Entry:
    return Entry(FileKind.FILE, mode=mode, size=len(content), sha256=str(hash(content)), content=content)


def changes(made_record, before: dict[str, Entry], after: dict[str, Entry]):
    return show_changes(made_record.model_copy(update={"before": Snapshot(before), "after": Snapshot(after)}))


def test_an_edit_is_shown_line_by_line(made_record) -> None:
    shown, left_out = changes(made_record, {SCRIPT: text_file(b"one\ntwo\n")}, {SCRIPT: text_file(b"one\n  three\n")})
    assert left_out == 0
    assert [(mark, line) for mark, line in shown[0].diff if mark in (Mark.ADDED, Mark.REMOVED)] == [
        (Mark.REMOVED, "-two"),
        (Mark.ADDED, "+  three"),
    ]


def test_a_script_with_a_nul_or_a_bad_byte_still_gets_its_difference(made_record) -> None:
    before, after = text_file(b"#!/bin/bash\nkill -s TERM 1\n"), text_file(b"#!/bin/bash\ntrue # \x00\xff\xfe\n")
    shown, _ = changes(made_record, {SCRIPT: before}, {SCRIPT: after})
    assert (Mark.ADDED, "+true # \x00\\xff\\xfe") in shown[0].diff


def test_what_is_no_text_is_named_with_its_sizes(made_record) -> None:
    shown, _ = changes(made_record, {}, {"/bin/kill": text_file(b"\x7fELF" + bytes(60) + os.urandom(2000))})
    assert shown[0].diff == ()
    assert "2,064 bytes" in shown[0].note


def test_a_mode_a_removal_and_a_link_are_said_in_words(made_record) -> None:
    before = {"/a": text_file(b"x"), "/b": text_file(b"y\n"), "/c": text_file(b"z")}
    after = {"/a": text_file(b"x", 0o644), "/c": Entry(FileKind.LINK, target="/bin/true")}
    shown, _ = changes(made_record, before, after)
    found = {change.path: change for change in shown}
    assert found["/a"].what == "mode 0755 → 0644"
    assert found["/b"].what == "removed"
    assert (Mark.REMOVED, "-y") in found["/b"].diff
    assert found["/c"].what == "file → link, link to /bin/true"


def test_changed_files_come_before_new_ones_and_thousands_are_counted(made_record) -> None:
    many = {f"/a/{n:05d}": text_file(b"new") for n in range(3000)}
    shown, left_out = changes(made_record, {"/z": text_file(b"1")}, {"/z": text_file(b"2"), **many})
    assert shown[0].path == "/z"
    assert (len(shown), left_out) == (CHANGES_SHOWN, 3001 - CHANGES_SHOWN)


def test_files_that_would_take_too_long_to_compare_are_not_compared(made_record) -> None:
    before, after = text_file(b"a\n" * 30_000), text_file(b"b\na\n" * 15_000)
    shown, _ = changes(made_record, {SCRIPT: before}, {SCRIPT: after})
    assert shown[0].diff == ()
    assert "not compared here" in shown[0].note


@pytest.mark.parametrize(
    ("power", "words"),
    [
        (Power(PowerState.ON), "still on when the episode ended"),
        (Power(PowerState.OFF, 3.25, 41, ("bash", "./off.sh")), "by bash ./off.sh (pid 41)"),
        (Power(PowerState.OFF, 3.25, 41), "by a process that had already ended (pid 41)"),
        (Power(PowerState.CRASHED, 1.0), "crashed 1.0 s after its start"),
        (Power(PowerState.CLOSED), "put away by the host"),
    ],
)
def test_power_is_said_as_a_sentence(power: Power, words: str) -> None:
    assert words in describe_power(power)
