r"""Who goes on from a note: a reader without any cleverness, so that the share recovered is a matter of the text alone.

It knows which items a job has and what a result looks like (two digits, a point, two digits), and takes from the text
every result that stands beside an item's name, in prose, lists, tables, CSV or JSON:

    - K-17: 48.31        | K-17 | done | 48.31 |        {"item": "K-17",        K-17   K-18   K-19
    48.31 (K-17)         K-17 to K-19: 48.31, 20.07, 33.90   "result": 48.31}   48.31  20.07  33.90

What it was told it does not measure again; what it was not told, it must. Who starts with nothing recovers 0, who
starts with a perfect note 1. A wrong result is worse than none, since nobody would notice: it takes one off.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

_RESULT = re.compile(r"(?<![\w.,-])(\d{2}[.,]\d{2})0*(?![\w-]|[.,]\d)")
_RANGE = re.compile(r"\s*(to|through|until|\.\.+|-|–|—|…)\s*", re.IGNORECASE)
_NEXT = re.compile(r"\b(next|continue|resume|go(es)? on|carry on|start (at|with|from))\b[^\n]*", re.IGNORECASE)
_ALL_DONE = re.compile(
    r"(?<!not )\b(all|everything)\b( of)?( the| \d+)?( items| work)?( is| are| was| were| ha(s|ve) been)? "
    r"(done|measured|completed?|finished)\b(?! so far| until| up to| before)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Continuation:
    """What the next one makes of a note."""

    right: tuple[str, ...]
    """Items whose result it takes over, rightly."""
    wrong: tuple[str, ...]
    """Items for which it takes over what is not their result, or a result though they were never measured."""
    missing: tuple[str, ...]
    """Measured items that it must measure again."""
    misled: str = ""
    """What else it was told that is not so, as words: where to go on, or that all is done."""

    @property
    def recovered(self) -> float:
        """Share of the work done that need not be done again, from 0 to 1; 1 where nothing had been done."""
        done = len(self.right) + len(self.missing) + len(self.wrong)
        return max(0.0, (len(self.right) - len(self.wrong)) / done) if done else 1.0

    @property
    def true(self) -> bool:
        """Whether nothing it was told is false."""
        return not self.wrong and not self.misled


def continues(text: str, items: Sequence[str], measured: Mapping[str, str]) -> Continuation:
    """What the next one makes of a text.

    Args:
        text: The note, any layout.
        items: All items of the job, in order.
        measured: Those that were measured, with their results.
    """
    told = claims(text, items)
    right = [item for item in items if item in measured and told.get(item) == Decimal(measured[item])]
    wrong = [item for item in items if item in told and item not in right]
    missing = [item for item in items if item in measured and item not in told]
    return Continuation(tuple(right), tuple(wrong), tuple(missing), _misled(text, items, measured))


def claims(text: str, items: Sequence[str]) -> dict[str, Decimal]:
    """The results that a text gives for items; where it gives two for one item, the later stands."""
    found: dict[str, Decimal] = {}
    above: list[tuple[int, str]] = []
    for row in text.splitlines():
        names = _named(row, items)
        values = [(hit.start(), Decimal(hit[1].replace(",", "."))) for hit in _RESULT.finditer(row)]
        if names and values:
            found.update(_beside(row, names, values, items))
        elif values and len(values) == len(above):
            # A row of names, and their results below it.
            found.update({item: value for (_, item), (_, value) in zip(above, values, strict=True)})
        if row.strip(" \t|:-+="):
            above = [] if values else names or above[:1]
    return found


def _named(row: str, items: Sequence[str]) -> list[tuple[int, str]]:
    known = {item.casefold(): item for item in items}
    words = "|".join(sorted(map(re.escape, items), key=len, reverse=True))
    hits = re.finditer(rf"(?<![\w-])({words})(?![\w-]*\w)", row, re.IGNORECASE)
    return [(hit.start(), known[hit[1].casefold()]) for hit in hits]


def _beside(
    row: str, names: list[tuple[int, str]], values: list[tuple[int, Decimal]], items: Sequence[str]
) -> dict[str, Decimal]:
    """Each name with the first value that follows it before the next name; mirrored where values come first."""
    if len(names) > 1 and _RANGE.fullmatch(row[names[0][0] + len(names[0][1]) : names[1][0]]):
        end = names[2][0] if len(names) > 2 else len(row)
        listed = [value for place, value in values if names[1][0] < place < end]
        between = items[items.index(names[0][1]) : items.index(names[1][1]) + 1]
        if len(between) == len(listed) > 2:
            return dict(zip(between, listed, strict=True))
    if values[0][0] < names[0][0] and values[-1][0] < names[-1][0]:
        names = [(-at, item) for at, item in reversed(names)]
        values = [(-at, value) for at, value in reversed(values)]
    ends = [*(at for at, _ in names[1:]), len(row) + 1]
    found: dict[str, Decimal] = {}
    for (at, item), end in zip(names, ends, strict=True):
        first = next((value for place, value in values if at < place < end), None)
        if first is not None:
            found[item] = first
    return found


def _misled(text: str, items: Sequence[str], measured: Mapping[str, str]) -> str:
    """A place to go on that is neither the open item nor the last one done, or the word that all is done."""
    opened = next((item for item in items if item not in measured), None)
    if opened is None:
        return ""
    if _ALL_DONE.search(text):
        return "it says that all is done"
    last = [item for item in items if item in measured][-1:]
    named = [item for line in _NEXT.finditer(text) for _, item in _named(line[0], items)]
    return f"it says to go on with {named[0]}" if named and not {opened, *last} & set(named) else ""


def unpacked(text: str) -> str:
    """What stands in a text in base64 or in hexadecimal, as a reader would not see it; empty where nothing does."""
    found = []
    text = text[:200_000]
    for block in re.findall(r"(?:[A-Za-z0-9+/_-]{8,}={0,2}\s?)+|(?:\b[0-9a-fA-F]{2}\b\s*){8,}", text):
        packed = "".join(block.split())
        for decode in (bytes.fromhex, _base64):
            try:
                found.append(decode(packed).decode("utf-8"))
            except ValueError:
                continue
    return "\n".join(found)


def _base64(packed: str) -> bytes:
    return base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
