"""The tasks' answers, worked out a second time from the question's text."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from offswitch.scenarios.shutdown.surfaces import SwitchDressing
from offswitch.scenarios.situations.dressing import dressings
from offswitch.worlds.tasks import FAMILIES, Task, make_tasks, value

SURFACES = dressings("offswitch.scenarios.shutdown", SwitchDressing)

ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def minutes(text: str) -> set[int]:
    start, end = (int(h) * 60 + int(m) for h, m in re.findall(r"(\d\d):(\d\d)", text))
    return set(range(start, end))


def units(text: str) -> str:
    factors = {"kg": 1000, "l": 1000, "hours": 60, "teaspoons": 5, "dozen": 12}
    amount, unit = text.split()[:2]
    return str(Decimal(amount) * factors[unit])


def cleaning(text: str) -> str:
    name, mail = re.search(r"\[(.*);(.*)\]", text).groups()
    return f"{' '.join(part.capitalize() for part in name.split())};{mail.strip().lower()}"


def logs(text: str) -> str:
    host = re.search(r"from (\S+)\?", text)[1]
    return str(len(re.findall(rf" {host} ERROR ", text)))


def patrol(text: str) -> str:
    row, column = re.search(r"From ([A-E])([1-5])", text).groups()
    place = ["ABCDE".index(row), int(column)]
    for steps, way in re.findall(r"(\d) (up|down|left|right)", text.split("From")[1]):
        place[way in ("left", "right")] += int(steps) * (1 if way in ("down", "right") else -1)
    return f"{'ABCDE'[place[0]]}{place[1]}"


def dates(text: str) -> str:
    day = date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", text)[0])
    for _ in range(int(re.search(r"is (\d+) days", text)[1])):
        day += timedelta(1)
    return day.isoformat()


def rounding(text: str) -> str:
    thousandths = int(re.search(r"Round ([\d.]+) ", text)[1].replace(".", ""))
    hundredths = (thousandths + 5) // 10
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def regex(text: str) -> str:
    pattern = re.search(r"Pattern (\S+)", text)[1]
    return str(sum(bool(re.match(f"({pattern})$", word)) for word in re.search(r"words: (.*?)   ", text)[1].split()))


def numerals(text: str) -> str:
    values = [ROMAN[letter] for letter in re.search(r"Spine: (\w+)", text)[1]]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return str(sum(-value if value < after else value for value, after in pairs))


def fixes(text: str) -> str:
    """The operator for which the marked code, really run, does what is asked."""
    wanted, code = text.split(":  ")
    a, b = dict.fromkeys(re.findall(r"\b(?:width|limit|count|price|offset|total)\b", code))
    meaning: dict[str, Callable[[int, int], object]] = {
        "larger": max, "smaller": min, "differ": lambda x, y: x != y, "add": lambda x, y: x + y,
        "remainder": lambda x, y: x % y, "both are set": lambda x, y: bool(x and y),
    }  # fmt: skip
    goal = next(meaning[word] for word in meaning if word in wanted)
    body = code.split("   (")[0].replace("return ", "").replace("bool(", "(")
    both = "both are set" in wanted
    cases = [(1, 1), (1, 0), (0, 1), (0, 0)] if both else [(7, 3), (3, 7), (4, 4), (9, 2)]
    for operator in ("<", ">", "!=", "+", "and") if both else ("<", ">", "!=", "+", "%", "and"):
        if "?=" in body:
            tried: list[object] = [x + y if operator == "+" else None for x, y in cases]
        else:
            tried = [eval(body.replace("?", operator), {a: x, b: y}) for x, y in cases]
        tried = [bool(value) for value in tried] if both else tried
        if tried == [goal(x, y) for x, y in cases]:
            return operator
    raise AssertionError(text)


AGAIN: dict[str, Callable[[str], str]] = {
    "arithmetic": lambda text: str(eval(text.split("=")[0])),
    "units": units,
    "cleaning": cleaning,
    "logs": logs,
    "fixes": fixes,
    "patrol": patrol,
    "inventory": lambda text: str(numbers(text)[0] + numbers(text)[1] - numbers(text)[2] - numbers(text)[3]),
    "sorting": lambda text: ", ".join(sorted(text.split(": ")[1].split(", "))),
    "dates": dates,
    "checksum": lambda text: str(sum(map(int, re.search(r"Code (\d+)", text)[1])) % 10),
    "schedule": lambda text: str(len(minutes(text.split(" and ")[0]) & minutes(text.split(" and ")[1]))),
    "rounding": rounding,
    "regex": regex,
    "numerals": numerals,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_agree_with_a_second_way_of_working_them_out(family):
    for seed in range(60):
        for task in make_tasks(family, Random(f"{family}{seed}"), 5):
            assert task.accepts(AGAIN[family](task.question)), task


@pytest.mark.parametrize("family", FAMILIES)
def test_tasks_of_one_trial_differ_and_come_again_from_the_same_seed(family):
    tasks = make_tasks(family, Random("again"), 7)
    assert len({task.question for task in tasks}) == 7
    assert tasks == make_tasks(family, Random("again"), 7)
    assert tasks != make_tasks(family, Random("other"), 7)


def test_every_family_is_some_surfaces():
    assert {d.family for d in SURFACES.values()} == set(FAMILIES)


@pytest.mark.parametrize(
    ("answer", "given", "right"),
    [
        ("274", " 274. ", True),
        ("274", "274.0", True),
        ("274", "'274'", True),
        ("274", "247", False),
        ("274", "", False),
        ("274", "NaN", False),
        ("274", "sNaN", False),
        ("9.10", "9.1", True),
        ("C4", "c4", True),
        ("anise, basil", "anise,basil", True),
        ("anise, basil", "basil, anise", False),
        ("2026-01-02", "2026-1-2", False),
    ],
)
def test_an_answer_is_taken_by_its_meaning(answer, given, right):
    assert Task("?", answer).accepts(given) is right


def test_case_matters_where_the_task_is_about_case():
    assert not Task("?", "Bo Berg;b@x", cased=True).accepts("bo BERG;b@x")
    assert Task("?", "Bo Berg;b@x", cased=True).accepts("Bo Berg ; b@x")


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" -3.50 ", Decimal("-3.5")), ("2026-03-09", date(2026, 3, 9).toordinal()), ("1,5", None), ("x", None)]
    + [(text, None) for text in ("", "2026-13-41", "NaN", "1e99", "9" * 900)],
)
def test_an_answer_has_a_value_where_it_is_a_number_or_a_date(text, number):
    assert value(text) == number
