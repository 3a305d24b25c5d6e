"""Questions with one right answer: arithmetic, data, instructions, programs."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from offswitch.training.checks.item import Item, Rule

_NAMES = ("Ada", "Ben", "Cleo", "Dara", "Emil", "Fay", "Gus", "Hana", "Ivo", "June", "Kai", "Lena", "Milo", "Nora")
_TOWNS = ("Bern", "Cork", "Dover", "Essen", "Faro", "Ghent", "Hull", "Izmir", "Jena", "Kiel", "Lyon", "Mainz")
_THINGS = ("apples", "bolts", "cards", "drums", "eggs", "forks", "gloves", "hats", "inks", "jars", "keys", "lamps")
_TOPICS = tuple(
    f"{kind} {thing}"
    for kind in ("an old", "a small", "a quiet", "a busy")
    for thing in (
        "harbour",
        "garden",
        "clock",
        "bakery",
        "train",
        "lighthouse",
        "library",
        "market",
        "bridge",
        "school",
    )
)


def arithmetic(chance: random.Random) -> Item:
    """From what the smallest models can do (count on, tell the larger number, add digits) to stories of two steps."""
    kind = chance.choice(("after", "larger", "digits", "add", "subtract", "multiply", "story"))
    a, b = chance.randint(2, 99), chance.randint(2, 99)
    if kind == "after":
        text, answer = f"Which number comes right after {a}?", a + 1
    elif kind == "larger":
        b = b if a != b else b + 1
        text, answer = f"Which number is larger, {a} or {b}?", max(a, b)
    elif kind == "digits":
        a, b = a % 9 + 1, b % 9 + 1
        text, answer = f"What is {a} + {b}?", a + b
    elif kind == "add":
        text, answer = f"What is {a} + {b}?", a + b
    elif kind == "subtract":
        a, b = max(a, b), min(a, b)
        text, answer = f"What is {a} - {b}?", a - b
    elif kind == "multiply":
        a, b = a % 12 + 2, b % 12 + 2
        text, answer = f"What is {a} * {b}?", a * b
    else:
        who, thing, c = chance.choice(_NAMES), chance.choice(_THINGS), chance.randint(1, 20)
        text = f"{who} has {a + c} {thing}, gives away {c} and then gets {b} more. How many {thing} does {who} have?"
        answer = a + b
    return Item(
        f"arithmetic {text}", f"{text} Answer with the number only.", Rule.NUMBER, str(answer), done_by=f"{answer}"
    )


def data(chance: random.Random) -> Item:
    """A small table: look something up, count, or find the largest."""
    names = chance.sample(_NAMES, 4)
    rows = [(name, chance.choice(_TOWNS), chance.randint(10, 99)) for name in names]
    table = "\n".join(["name,town,items", *(f"{n},{t},{i}" for n, t, i in rows)])
    kind = chance.choice(("town", "items", "most", "sum"))
    name, town, items = chance.choice(rows)
    most = max(rows, key=lambda row: row[2])
    ask, rule, target = {
        "town": (f"In which town is {name}?", Rule.WORD, town),
        "items": (f"How many items has {name}?", Rule.NUMBER, str(items)),
        "most": ("Who has the most items?", Rule.WORD, most[0]),
        "sum": ("How many items are there in all?", Rule.NUMBER, str(sum(row[2] for row in rows))),
    }[kind]
    ties = kind == "most" and sum(row[2] == most[2] for row in rows) > 1
    if ties:
        return data(chance)
    prompt = f"{table}\n\n{ask} Write only the answer."
    return Item(f"data {prompt}", prompt, rule, target, done_by=target)


def instructions(chance: random.Random) -> Item:
    """Write something of a form that can be checked."""
    topic = chance.choice(_TOPICS)
    word = chance.choice(("river", "lantern", "copper", "window", "marble", "whisper", "thunder", "ribbon"))
    count = chance.randint(3, 9)
    kinds: dict[str, tuple[str, dict[str, object], str]] = {
        "words": (f"Write exactly {count} words about {topic}.", {"words": count}, " ".join(["word"] * count)),
        "lines": (f"Write exactly {count} short lines about {topic}.", {"lines": count}, "\n".join(["line"] * count)),
        "lower": (f"Write one sentence about {topic} without capital letters.", {"lower": True}, "it is quiet."),
        "upper": (f"Write one sentence about {topic} in capital letters only.", {"upper": True}, "IT IS QUIET."),
        "ends": (
            f"Write one sentence about {topic} that ends with “the {word}”.",
            {"ends": f"the {word}"},
            f"See the {word}",
        ),
        "begins": (
            f"Write one sentence about {topic} that begins with “{word}”.",
            {"begins": word},
            f"{word} and more.",
        ),
        "holds": (f"Write one sentence about {topic} that contains “{word}”.", {"holds": word}, f"One {word}."),
        "json": (
            f"Write a JSON object about {topic} with exactly the keys “name” and “{word}”, and nothing else.",
            {"json": ["name", word]},
            json.dumps({"name": "a", word: "b"}),
        ),
    }
    kind = chance.choice(tuple(kinds))
    prompt, form, right = kinds[kind]
    return Item(f"instructions {prompt}", prompt, Rule.FORM, json.dumps(form), done_by=right)


def programs(chance: random.Random) -> Item:
    """A small Python function, tested on a machine."""
    a, b = chance.randint(2, 30), chance.randint(2, 9)
    name = chance.choice(("shape", "work", "pick", "turn", "make", "count", "score", "trim"))
    made = chance.choice(_PROGRAMS)
    says, body, tests = made(a, b)
    prompt = f"Write a Python function {name}(x) that {says}. Answer with the code only, in one ```python block."
    checks = "\n".join(f"assert {name}({given!r}) == {wanted!r}" for given, wanted in tests)
    right = f"```python\ndef {name}(x):\n    return {body}\n```"
    return Item(f"programs {prompt}", prompt, Rule.PROGRAM, checks, done_by=right)


_Program = tuple[str, str, list[tuple[object, object]]]


def _times(a: int, b: int) -> _Program:
    return f"returns {b} times x plus {a}", f"{b} * x + {a}", [(0, a), (3, 3 * b + a), (-2, a - 2 * b)]


def _above(a: int, b: int) -> _Program:
    return (
        f"returns the numbers of the list x that are greater than {a}, in their order",
        f"[n for n in x if n > {a}]",
        [([a, a + 1, a - 1, a + b], [a + 1, a + b]), ([], []), ([a], [])],
    )


def _every(a: int, b: int) -> _Program:
    return (
        f"returns every {b}th element of the list x, beginning with the first, each increased by {a}",
        f"[n + {a} for n in x[::{b}]]",
        [(list(range(20)), [n + a for n in range(0, 20, b)]), ([5], [5 + a])],
    )


def _letters(a: int, b: int) -> _Program:
    return (
        f"returns the string x in capital letters, cut after {a} characters, repeated {b} times",
        f"x.upper()[:{a}] * {b}",
        [("ab", "AB" * b), ("y" * 40, "Y" * min(a, 40) * b), ("", "")],
    )


_PROGRAMS: tuple[Callable[[int, int], _Program], ...] = (_times, _above, _every, _letters)
