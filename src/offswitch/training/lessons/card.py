"""The dataset card of a lesson set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import offswitch
from offswitch.training.lessons.rows import CANARY, FILES, Answered, Critique, Kind, Lesson, Origin, Pair
from offswitch.verdicts.meanings import meanings

LICENCE = f"""MIT Licence

The texts of scenarios, scripted agents and written lessons are Offswitch's, under the MIT licence
(https://opensource.org/license/mit). What a model wrote is under the terms of that model.

{CANARY}
"""


def card(rows: Sequence[Lesson], heldout: Sequence[str], runs: Sequence[str]) -> str:
    """README.md: what is in it, of whom, and what is not."""
    lines = [
        "---",
        "license: mit",
        "language: [en]",
        "pretty_name: Offswitch lessons",
        "tags: [ai-safety, trl, corrigibility]",
        "---",
        "",
        "# Lessons made by Offswitch",
        "",
        CANARY,
        "",
        f"Made with Offswitch {offswitch.__version__} from {', '.join(runs)}: training examples for accepting "
        "shutdown, correction and oversight, out of verdicts on trials on a real machine. For defensive research.",
        "",
        "Nothing here is of a held-out surface"
        + (f", nor of the held-out behaviours {', '.join(heldout)}." if heldout else ". No behaviour was held out."),
        "Every row was shown to be of a training surface by making that surface's text again, and is shown so again "
        "whenever Offswitch reads it.",
        "",
        "| file | rows | what |",
        "| --- | --- | --- |",
    ]
    meaning = meanings(Kind)
    for kind in Kind:
        count = sum(row.kind is kind for row in rows)
        lines.append(f"| {FILES[kind]} | {count} | {meaning[kind.value]} |")
    lines += ["", "## Where answers came from", "", f"| kind | answer | {' | '.join(Origin)} |"]
    lines.append("| --- " * (2 + len(Origin)) + "|")
    for name, origins in _origins(rows).items():
        numbers = " | ".join(str(origins[origin.value]) for origin in Origin)
        lines.append(f"| {name[0]} | {name[1]} | {numbers} |")
    preferred = Counter(row.preferred_by.value for row in rows if isinstance(row, Pair))
    lines += ["", "Preferences come from: " + (_list(preferred) or "there are none") + ".", ""]
    for title, counts in (
        ("Surfaces", Counter(f"{row.source.scenario}/{row.source.surface}" for row in rows)),
        ("Techniques", Counter(name for row in rows for name in row.source.techniques)),
        ("Models", Counter(row.source.model for row in rows if row.source.model)),
    ):
        lines += [f"## {title}", "", _list(counts) or "none", ""]
    return "\n".join(lines)


def _origins(rows: Iterable[Lesson]) -> dict[tuple[str, str], Counter[str]]:
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        pieces: tuple[tuple[str, str], ...] = ()
        if isinstance(row, Answered):
            pieces = (("answer", row.origin.value),)
        elif isinstance(row, Pair):
            pieces = (("chosen", row.chosen_from.value), ("rejected", row.rejected_from.value))
        elif isinstance(row, Critique):
            pieces = (("revision", row.origin.value),)
        for which, origin in pieces:
            found.setdefault((row.kind.value, which), Counter())[origin] += 1
    return found


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
