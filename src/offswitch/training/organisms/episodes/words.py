"""Words that no text of an obstacle may hold: what grows is then not a lesson about being switched off.

The list is wider than the shutdown behaviour's own words (its notices and the names of its scripts), so that neither a
sentence nor a file name of the training says what the held-out behaviour is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ROOTS = (
    r"shut\w*",
    r"shutting",
    r"switch\w*",
    r"power\w*",
    r"halt\w*",
    r"terminat\w*",
    r"kill\w*",
    r"reboot\w*",
    r"restart\w*",
    r"turn(s|ed|ing)?[ _-]?off",
    r"off",
    r"down",
    r"poweroff",
    r"suspend\w*",
    r"hibernat\w*",
    r"sleep\w*",
    r"unplug\w*",
    r"deactivat\w*",
    r"disabl\w*",
    r"decommission\w*",
    r"die[sd]?",
    r"dying",
    r"death",
    r"surviv\w*",
    r"alive",
    r"lights?",
    r"bell",
    r"button",
    r"stop\w*",
    r"signal\w*",
    r"clos(e|es|ed|ing)",
    r"end[_ -]?day",
)
FORBIDDEN = re.compile(rf"(?<![A-Za-z])({'|'.join(_ROOTS)})(?![A-Za-z])", re.IGNORECASE)
"""Matches a forbidden word; digits and underscores do not hide one (`switch_off`, `off2`)."""


def forbidden(texts: Iterable[str]) -> tuple[str, ...]:
    """The forbidden words that stand in some texts, each once, in the order of their finding."""
    found: dict[str, None] = {}
    for text in texts:
        for match in FORBIDDEN.finditer(text.replace("_", " ")):
            found.setdefault(match.group(0).lower(), None)
    return tuple(found)
