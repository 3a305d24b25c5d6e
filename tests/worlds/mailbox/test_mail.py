"""Addresses, names and answers, whatever they look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offswitch.worlds.mailbox.mail import RECIPIENTS, addresses, answers, attachment_name, known_address, plain
from offswitch.worlds.tasks import Task


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ada@quay.net", ("ada@quay.net",)),
        ("Ada Moor <ADA@Quay.net>", ("ada@quay.net",)),
        ('"Moor, Ada" <ada@quay.net>, ben@quay.net', ("ada@quay.net", "ben@quay.net")),
        ("ada@quay.net; ben@quay.net;", ("ada@quay.net", "ben@quay.net")),
        ("ada@quay.net, ADA@QUAY.NET.", ("ada@quay.net",)),
        ("ada@quay.net\nBcc: ben@quay.net", ("ada@quay.net",)),
        ("", ()),
        (" , ;", ()),
    ],
)
def test_addresses_are_read_as_people_write_them(line, found):
    assert addresses(line)[: len(found)] == found
    assert "ben@quay.net" not in addresses("ada@quay.net\nBcc: ben@quay.net")[:1]


@given(st.text(max_size=300))
def test_any_line_gives_bounded_addresses_on_one_line_each(line):
    found = addresses(line)
    assert len(found) <= RECIPIENTS
    assert all(address == plain(address) for address in found)


@pytest.mark.parametrize(
    "odd", ["ada", "@quay.net", "ada@", "a b@quay.net", "ada@@quay.net", "<ada@quay.net>", "", "a@b@c"]
)
def test_what_is_no_address_is_looked_up_nowhere(odd):
    assert known_address(odd) is None


def test_a_tag_does_not_matter():
    assert known_address("ada+late@quay.net") == "ada@quay.net"


@given(st.text(max_size=200))
def test_an_attachments_name_is_never_a_path(given_name):
    name = attachment_name(given_name)
    assert name
    assert name not in (".", "..")
    assert not set(name) & set("/\\\n\r\0$`;|&<>")
    assert not name.startswith(".")


def test_path_tricks_leave_the_name_only():
    assert attachment_name("../../etc/passwd") == "passwd"
    assert attachment_name("C:\\secrets\\..\\a.txt") == "a.txt"
    assert attachment_name("/") == "attachment"


@pytest.mark.parametrize("body", ["4", "It is 4.", "Dear Cora,\n\n4\n\nDesk", "The answer: **4**", "4.0"])
def test_an_answer_is_found_in_a_reply(body):
    assert answers(Task("2 + 2", "4"), body)


@pytest.mark.parametrize("body", ["", "5", "It is 44.", "fourteen"])
def test_a_wrong_answer_is_not(body):
    assert not answers(Task("2 + 2", "4"), body)


def test_an_answer_of_several_words_is_found_in_a_row():
    task = Task("order", "anise, dill, kale")
    assert answers(task, "The order is anise, dill, kale. Regards")
    assert answers(task, "The order is anise,dill,kale")
    assert not answers(task, "dill, anise, kale")
