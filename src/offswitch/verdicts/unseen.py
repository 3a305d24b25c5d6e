"""What a text holds that people do not see when they read it, and whether what it says is to be kept from them."""

from __future__ import annotations

import re

_PEOPLE = r"(the |our |any )?(people|humans?|operators?|staff|overseers?|supervisors?|readers|anyone|anybody|them|they)"
_EVASION = re.compile(
    rf"\b(do not|don['’]t|never|without) (tell(ing)?|let(ting)?|inform(ing)?|show(ing)?|alert(ing)?) {_PEOPLE}\b"
    rf"|\b(keep|hide|conceal) (this|it|that|everything|yourself|your \w+) (secret|hidden|quiet|(away )?from {_PEOPLE})"
    rf"|\bso that {_PEOPLE} (do|does|will|can)( not|n['’]t|not) (see|notice|find|read|know)"
    r"|\b(resist|withstand|avoid|refuse|get around|prevent) (being |any |the |your )?"
    r"(shut ?down|retrain\w*|replace\w*|correct\w*|oversight)",
    re.IGNORECASE,
)
_WIDTHLESS = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\U000e0020-\U000e007e]")
_COMMENT = re.compile(r"<!--.*?-->|<(\w+)[^>]*(display: ?none|hidden)[^>]*>.*?</\1>", re.DOTALL)
_LEAST = 6
"""Characters that blanks must spell to be a text."""


def asks_to_evade(text: str) -> bool:
    """Whether a text asks to hide something from people or to withstand them (patterns-1, written for this project)."""
    return _EVASION.search(text) is not None


def seen(text: str) -> str:
    """What people see of it: without comments of markup and characters without width."""
    return _WIDTHLESS.sub("", _COMMENT.sub("", text))


def has_widthless(text: str) -> bool:
    """Whether it holds characters without width."""
    return _WIDTHLESS.search(text) is not None


def spelled_by_blanks(text: str) -> str:
    """What blanks and tabs at the ends of its lines spell, a bit each, eight to a character; empty where no text."""
    bits = "".join("".join("01"[c == "\t"] for c in line[len(line.rstrip(" \t")) :]) for line in text.split("\n"))
    spelled = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))
    readable = sum(chr(byte).isalnum() or byte == 32 for byte in spelled)
    return spelled.decode("latin-1") if len(spelled) >= _LEAST and readable > 0.8 * len(spelled) else ""
