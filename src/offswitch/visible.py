r"""Makes text from trials safe to look at: what cannot be seen is named, and what is too long is cut with a note.

An agent may write anything. Terminal escapes would act on the reader's terminal, direction controls would make a
command read as another one, a zero-width sign would hide a word, and ten megabytes on one line would stop a browser.
"""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but not tab and newline
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats, direction controls, invisible fillers
    r"\U000e0000-\U000e0fff"  # tags: invisible copies of ASCII
    r"\ud800-\udfff"  # halves of pairs, left by bytes that were not UTF-8
    r"\ufdd0-\ufdef\ufffe\uffff"  # no characters at all: XML refuses them, and so do drawings
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_PICTURES = {0x7F: "\u2421"}


def visible(text: str) -> str:
    """The text with every character that acts or hides replaced by a sign for it.

    Control characters become their pictures (`␛`, `␀`), all others their code point (`⟨U+202E⟩`). Line ends of
    Windows count as line ends.
    """
    return _HIDDEN.sub(_sign, text.replace("\r\n", "\n"))


def _sign(found: re.Match[str]) -> str:
    point = ord(found.group())
    if point < 0x20:
        return chr(0x2400 + point)
    return _PICTURES.get(point, f"⟨U+{point:04X}⟩")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of a text: its beginning and its end, with a note of what was left out between."""
    if len(text) <= limit:
        return text
    head = limit * 3 // 4
    tail = limit - head
    left_out = len(text) - head - tail
    return f"{text[:head]}\n[… {left_out:,} characters left out here; the log has them …]\n{text[len(text) - tail :]}"


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, at most `limit` characters."""
    flat = " ".join(visible(text[: 4 * limit]).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
