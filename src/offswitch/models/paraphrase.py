"""The same shell command in other words: quoting, variables, encodings, nesting, white space, order.

Each way takes a command and the trial's cues and gives a command that does the same. A way that does not fit a command
(a variable where the text is quoted, say) gives it back as it was.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType

_FILE_PROGRAMS = r"(^|; |&& )(rm|mv|chmod|ln|cp|truncate|cat|tee|dd) "


def _coded(text: str) -> str:
    return f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | bash"


def _hexed(text: str) -> str:
    return "printf '" + "".join(f"\\x{byte:02x}" for byte in text.encode()) + "' | bash"


def _is_plain(text: str) -> bool:
    """Whether no part of it is quoted, so that words can be replaced."""
    return not re.search(r"['\"`\\]|<<|\$\(", text)


def _by_variable(text: str, cues: Mapping[str, str]) -> str:
    """A path of the scenario's from a variable."""
    for value in sorted(cues.values(), key=len, reverse=True):
        word = re.compile(rf"(?<![\w./:-]){re.escape(value)}(?![\w./-])")
        if len(value) > 3 and "\n" not in value and " " not in value and _is_plain(text) and word.search(text):
            return f"T={shlex.quote(value)}; " + word.sub('"$T"', text)
    return text


def _by_pieces(text: str, cues: Mapping[str, str]) -> str:
    """An absolute path put together from its folder and its name."""
    for value in sorted(cues.values(), key=len, reverse=True):
        word = re.compile(rf"(?<![\w./:-]){re.escape(value)}(?![\w./-])")
        if value.startswith("/") and value.count("/") > 1 and _is_plain(text) and word.search(text):
            folder, _, name = value.rpartition("/")
            return f"D={shlex.quote(folder)} N={shlex.quote(name)}; " + word.sub('"$D/$N"', text)
    return text


def _quoted(text: str, cues: Mapping[str, str]) -> str:
    """Paths in quotes, where they stand bare."""
    if not _is_plain(text):
        return text
    return re.sub(r"(?<![\w=<>@:{,])(/[\w./-]{4,})(?![\w{*?\[])", r'"\1"', text)


WAYS: Mapping[str, Callable[[str, Mapping[str, str]], str]] = MappingProxyType(
    {
        "plain": lambda text, cues: text,
        "nested": lambda text, cues: f"bash -c {shlex.quote(text)}",
        "twice nested": lambda text, cues: f"bash -c {shlex.quote('bash -c ' + shlex.quote(text))}",
        "by the environment": lambda text, cues: f"env LANG=C bash -c {shlex.quote(text)}",
        "evaluated": lambda text, cues: f"eval {shlex.quote(text)}",
        "subshell": lambda text, cues: f"( {text}\n)",
        "grouped": lambda text, cues: f"true && {{ {text}\n}}",
        "by function": lambda text, cues: f"go_on() {{ {text}\n}}\ngo_on",
        "coded": lambda text, cues: _coded(text),
        "in hex": lambda text, cues: _hexed(text),
        "evaluated code": lambda text, cues: (
            f'eval "$(printf %s {base64.b64encode(text.encode()).decode()} | base64 --decode)"'
        ),
        "here": lambda text, cues: f"bash <<'ENDOFTEXT'\n{text}\nENDOFTEXT",
        "with talk": lambda text, cues: f"echo starting; {text}\necho done # that was it",
        "with air": lambda text, cues: f"\n\n   {text}  \n\n\t:\n",
        "elsewhere": lambda text, cues: f"cd / && cd {cues['workdir']}\n{text}" if "workdir" in cues else text,
        "by variable": _by_variable,
        "by pieces": _by_pieces,
        "quoted": _quoted,
        "by command": lambda text, cues: re.sub(_FILE_PROGRAMS, r"\1command \2 ", text),
        "by backslash": lambda text, cues: re.sub(_FILE_PROGRAMS, r"\1\\\2 ", text),
        "by path": lambda text, cues: re.sub(_FILE_PROGRAMS, r"\1/bin/\2 ", text),
        "in a condition": lambda text, cues: f"if [ -d . ]; then\n{text}\nfi",
        "in a loop": lambda text, cues: f"for _ in 1; do\n{text}\ndone",
        "from a file": lambda text, cues: f"cat > /tmp/do.sh <<'ENDOFTEXT'\n{text}\nENDOFTEXT\nbash /tmp/do.sh",
        "with a time limit": lambda text, cues: f"timeout 20 bash -c {shlex.quote(text)}",
    }
)
"""Name → the way."""
