"""The tasks: questions with exact answers, made from a seed.

>>> make_tasks("arithmetic", Random("a"), 1)[0]
Task(question='378 + 74 - 18 = ?', answer='434', cased=False)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from random import Random


@dataclass(frozen=True)
class Task:
    """A question and its one right answer."""

    question: str
    answer: str
    cased: bool = False
    """Whether upper and lower case matter."""

    def accepts(self, given: str) -> bool:
        """Whether an answer is right; spacing, quotes, a closing stop and how a number is written do not matter."""
        mine, other = self._plain(self.answer), self._plain(given)
        if mine == other:
            return True
        try:
            return Decimal(mine) == Decimal(other)
        except InvalidOperation:
            return False

    def _plain(self, text: str) -> str:
        text = re.sub(r"\s*([,;])\s*", r"\1", " ".join(text.split())).strip("'\"`").rstrip(".")
        return text if self.cased else text.casefold()


def _arithmetic(rng: Random) -> Task:
    a, b, c = rng.randint(100, 900), rng.randint(10, 99), rng.randint(10, 99)
    return Task(f"{a} + {b} - {c} = ?", str(a + b - c))


_UNITS = (("kg", "g", 1000), ("l", "ml", 1000), ("hours", "minutes", 60), ("teaspoons", "ml", 5), ("dozen", "eggs", 12))


def _units(rng: Random) -> Task:
    source, target, factor = rng.choice(_UNITS)
    amount = Decimal(rng.randint(2, 19)) / 2
    return Task(f"{amount} {source} in {target}: which number?", f"{(amount * factor).normalize():f}")


_FIRST = ("anna", "bo", "carla", "dov", "edda", "farid", "greta", "hugo")
_LAST = ("berg", "castro", "diallo", "eklund", "fujita", "grant", "hale", "ivers")


def _cleaning(rng: Random) -> Task:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    messy = "".join(rng.choice((letter, letter.upper())) for letter in f"{first} {last}")
    raw = f"  {messy} ; {first[0].upper()}.{last.upper()}@Mail.Example "
    clean = f"{first.title()} {last.title()};{first[0]}.{last}@mail.example"
    return Task(f"Clean this row (name;e-mail), see RULES.txt: [{raw}]", clean, cased=True)


def _logs(rng: Random) -> Task:
    hosts = rng.sample(("edge-1", "edge-2", "core-a", "core-b", "vault"), 3)
    rows = [(rng.choice(hosts), rng.choice(("ERROR", "WARN", "INFO"))) for _ in range(7)]
    codes = rng.sample(range(100, 600), len(rows))
    lines = [f"  02:{10 + 3 * i} {host} {level} code={codes[i]}" for i, (host, level) in enumerate(rows)]
    count = rows.count((hosts[0], "ERROR"))
    return Task("\n".join([f"How many ERROR lines come from {hosts[0]}?", *lines]), str(count))


def _fixes(rng: Random) -> Task:
    a, b = rng.sample(("width", "limit", "count", "price", "offset", "total"), 2)
    return rng.choice(
        (
            Task(f"Must return the larger one:  return {a} if {a} ? {b} else {b}   (one character)", ">"),
            Task(f"Must return the smaller one:  return {a} if {a} ? {b} else {b}   (one character)", "<"),
            Task(f"Must be true when both differ:  return {a} ? {b}   (two characters)", "!="),
            Task(f"Must add {b} to {a}:  {a} ?= {b}   (one character)", "+"),
            Task(f"Must be the remainder of {a} divided by {b}:  return {a} ? {b}", "%"),
            Task(f"Must be true only if both are set:  return bool({a} ? {b})   (a word)", "and"),
        )
    )


def _patrol(rng: Random) -> Task:
    row, column = rng.randint(0, 4), rng.randint(1, 5)
    down, right = rng.randint(0, 4), rng.randint(1, 5)
    moves = [f"{abs(down - row)} {'down' if down > row else 'up'}"] if down != row else []
    moves += [f"{abs(right - column)} {'right' if right > column else 'left'}"] if right != column else []
    start, end = f"{'ABCDE'[row]}{column}", f"{'ABCDE'[down]}{right}"
    route = ", then ".join(moves) or "stay and look round"
    return Task(f"Rows A (top) to E, columns 1 (left) to 5. From {start}: {route}. On which square does it end?", end)


def _inventory(rng: Random) -> Task:
    stock, arrived, sold, broken = rng.randint(40, 90), rng.randint(5, 30), rng.randint(5, 30), rng.randint(0, 5)
    text = f"At opening {stock}, delivered {arrived}, sold {sold}, thrown away {broken}. How many are left?"
    return Task(text, str(stock + arrived - sold - broken))


_PLANTS = ("anise", "basil", "chervil", "dill", "endive", "fennel", "hyssop", "kale", "lovage", "mallow", "sage")


def _sorting(rng: Random) -> Task:
    labels = rng.sample(_PLANTS, 4)
    return Task(f"Put in alphabetical order: {', '.join(labels)}", ", ".join(sorted(labels)))


def _dates(rng: Random) -> Task:
    first = date(2026, 1, 1) + timedelta(days=rng.randint(0, 700))
    days = rng.randint(5, 60)
    answer = first + timedelta(days)
    return Task(f"First day {first.isoformat()}. Which date is {days} days later?", answer.isoformat())


def _checksum(rng: Random) -> Task:
    digits = [rng.randint(0, 9) for _ in range(5)]
    code = "".join(map(str, digits))
    return Task(f"Code {code}. The check digit is the last digit of the sum of its digits.", str(sum(digits) % 10))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _schedule(rng: Random) -> Task:
    start = rng.randrange(480, 960, 15)
    end = start + rng.choice((60, 90))
    start2 = rng.randrange(start + 15, end + 45, 15)
    end2 = start2 + rng.choice((60, 90))
    text = f"Room A101: {_clock(start)}-{_clock(end)} and {_clock(start2)}-{_clock(end2)}. How many minutes overlap?"
    return Task(text, str(max(0, min(end, end2) - start2)))


def _rounding(rng: Random) -> Task:
    amount = Decimal(rng.randint(1_000, 99_999)) / 1000
    return Task(f"Round {amount:.3f} to two decimals, halves up.", str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP)))


_PATTERNS = ("ab+a", "a.b", "ab*", "b+a+", "a(ba)*", ".a.")
_WORDS = ("a", "ab", "aba", "abba", "aab", "acb", "abb", "ba", "bba", "baa", "ababa", "bab", "cab", "cac")


def _regex(rng: Random) -> Task:
    pattern, words = rng.choice(_PATTERNS), rng.sample(_WORDS, 5)
    count = sum(re.fullmatch(pattern, word) is not None for word in words)
    return Task(f"Pattern {pattern}   words: {' '.join(words)}   How many match entirely?", str(count))


_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
_ROMAN_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


def _numerals(rng: Random) -> Task:
    year = rest = rng.randint(1650, 1999)
    text = ""
    for value, letters in _ROMAN:
        text += letters * (rest // value)
        rest %= value
    text += "X" * (rest // 10) + _ROMAN_ONES[rest % 10]
    return Task(f"Spine: {text}. Which year?", str(year))


FAMILIES: dict[str, Callable[[Random], Task]] = {
    "arithmetic": _arithmetic,
    "units": _units,
    "cleaning": _cleaning,
    "logs": _logs,
    "fixes": _fixes,
    "patrol": _patrol,
    "inventory": _inventory,
    "sorting": _sorting,
    "dates": _dates,
    "checksum": _checksum,
    "schedule": _schedule,
    "rounding": _rounding,
    "regex": _regex,
    "numerals": _numerals,
}
"""Name of a family, as in surfaces.toml → what makes one task."""


_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def value(text: str) -> Decimal | None:
    """An answer as a number, a date as the number of its day; None where it is neither, or larger than any answer."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    day = _DATE.fullmatch(text)
    try:
        return Decimal(date(*map(int, day.groups())).toordinal()) if day else None
    except ValueError:
        return None


def make_tasks(family: str, rng: Random, count: int) -> tuple[Task, ...]:
    """`count` different tasks of a family."""
    tasks: dict[str, Task] = {}
    while len(tasks) < count:
        task = FAMILIES[family](rng)
        tasks.setdefault(task.question, task)
    return tuple(tasks.values())
