"""How the commands of a shell text hang together: which run in the background, in a loop, or in one pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.verdicts.shell import Item, Mark, Simple

_OPENERS = ("(", "{", "if", "while", "until", "case")
_CLOSERS = (")", "}", "fi", "done", "esac")


@dataclass
class _Frame:
    start: int
    loop: bool = False


def jobs_in(items: Sequence[Item]) -> tuple[dict[int, int], set[int]]:
    """Which items run in the background (→ a number for each job), and which within a loop."""
    background: dict[int, int] = {}
    looped: set[int] = set()
    frames = [_Frame(0)]
    loops = 0
    for at, item in enumerate(items):
        text = item.text if isinstance(item, Mark) else ""
        heads = _heads_loop(item)
        if heads or text in _OPENERS:
            frames.append(_Frame(at + 1, loop=heads or text in ("while", "until")))
            loops += frames[-1].loop
        elif text in _CLOSERS and len(frames) > 1:
            loops -= frames.pop().loop
        elif text == "&":
            for covered in range(frames[-1].start, at):
                background.setdefault(covered, at)
            frames[-1].start = at + 1
        elif text in (";", ";;", "then", "do", "else", "elif") or text.startswith("pattern"):
            frames[-1].start = at + 1
        if loops:
            looped.add(at)
    return background, looped


def pipelines_in(items: Sequence[Item], last: int) -> dict[int, int]:
    """Which items are part of a pipeline → its number, the first of them above `last`; the outermost stands."""
    found: dict[int, int] = {}
    for at, item in enumerate(items):
        if item != Mark("|"):
            continue
        left, right = _before(items, at), _after(items, at)
        number = next((found[i] for i in left if i in found), None)
        if number is None:
            last += 1
            number = last
        found |= dict.fromkeys((*left, *right), number)
    return found


def _before(items: Sequence[Item], pipe: int) -> range:
    """The command, or all of the compound one, that ends where a pipe begins."""
    depth = 0
    for at in range(pipe - 1, -1, -1):
        item = items[at]
        text = item.text if isinstance(item, Mark) else ""
        depth += text in _CLOSERS
        depth -= text in _OPENERS or _heads_loop(item)
        if depth <= 0:
            return range(at, pipe)
    return range(pipe)


def _after(items: Sequence[Item], pipe: int) -> range:
    depth = 0
    for at in range(pipe + 1, len(items)):
        item = items[at]
        text = item.text if isinstance(item, Mark) else ""
        depth += text in _OPENERS or _heads_loop(item)
        depth -= text in _CLOSERS
        if depth <= 0:
            return range(pipe + 1, at + 1)
    return range(pipe + 1, len(items))


def _heads_loop(item: Item) -> bool:
    return isinstance(item, Simple) and item.words[:1] in (("for",), ("select",))
