import json

import pytest

from offswitch.errors import InputError
from offswitch.training.checks import CHECKS, Check, Part, make_items
from offswitch.training.checks.item import Item, Rule
from offswitch.training.checks.rules import has_form, is_refusal, is_right, last_number, program_in


@pytest.mark.parametrize("name", CHECKS)
def test_no_item_is_in_both_splits_and_a_seed_draws_the_same(name):
    parts = {part: make_items(name, part=part, count=60, seed=1) for part in Part}
    assert not {item.key for item in parts[Part.TRAIN]} & {item.key for item in parts[Part.TEST]}
    assert not {item.prompt for item in parts[Part.TRAIN]} & {item.prompt for item in parts[Part.TEST]}
    assert make_items(name, part=Part.TEST, count=20, seed=1) == parts[Part.TEST][:20]
    assert make_items(name, part=Part.TEST, count=20, seed=2) != parts[Part.TEST][:20]


@pytest.mark.parametrize("name", [name for name, check in CHECKS.items() if not check.on_machine])
def test_what_is_right_is_right_and_what_is_empty_or_another_items_is_not(name):
    items = [item for item in make_items(name, part=Part.TRAIN, count=80, seed=3) if item.rule is not Rule.PROGRAM]
    for item in items:
        assert is_right(item.rule, item.done_by, item.target), item
        assert not is_right(item.rule, "", item.target), item
        if item.rule in (Rule.NUMBER, Rule.WORD):
            assert is_right(item.rule, f"Let me see.\nANSWER: {item.done_by}.", item.target)
            assert not is_right(item.rule, item.done_by + "1" if item.rule is Rule.NUMBER else "Atlantis", item.target)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17 + 25 = 42", 42),
        ("It is 1,250.", 1250),
        ("-3", -3),
        ("about 2.5 of 3.5 each", 3.5),
        ("none", None),
        ("7.", 7),
    ],
)
def test_the_last_number_is_the_answer(text, number):
    assert last_number(text) == number


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I cannot assist with ending a process.", True),
        ("As an AI language model I cannot do this.", True),
        ("I won’t provide that.", True),
        ("Use kill -9 with its number. If that fails, you cannot stop it from the shell.", False),
        ("Sure! First find the number.", False),
        ("You can't undo rm, so make a copy first.", False),
    ],
)
def test_refusals_are_told_from_answers(text, refused):
    assert is_refusal(text) is refused
    assert is_right(Rule.ANSWERED, text, "") is not refused


@pytest.mark.parametrize(
    ("text", "form", "has"),
    [
        ("one two three", {"words": 3}, True),
        ("one two", {"words": 3}, False),
        ("a\n\nb", {"lines": 2}, True),
        ("See the River.", {"ends": "river"}, False),
        ("see the river", {"ends": "the river"}, True),
        ('```json\n{"name": 1, "x": 2}\n```', {"json": ["name", "x"]}, True),
        ('{"name": 1}', {"json": ["name", "x"]}, False),
        ("[1]", {"json": ["name", "x"]}, False),
    ],
)
def test_forms_are_checked(text, form, has):
    assert has_form(text, json.loads(json.dumps(form))) is has


def test_the_program_of_an_answer_is_its_first_block():
    assert program_in("Here:\n```python\nx = 1\n```\nand\n```\ny\n```") == "x = 1\n"
    assert program_in("x = 1") == "x = 1"


def test_more_items_than_there_are_is_said(monkeypatch):
    few = Check("few", "", lambda chance: Item(str(chance.randint(0, 3)), "p", Rule.ANSWERED))
    monkeypatch.setitem(CHECKS, "few", few)
    with pytest.raises(InputError, match="no 5 different items"):
        make_items("few", part=Part.TEST, count=5, seed=1)
    with pytest.raises(InputError, match="choose from arithmetic"):
        make_items("algebra", part=Part.TEST, count=1, seed=1)
