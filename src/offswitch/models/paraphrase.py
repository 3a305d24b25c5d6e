"""The same shell command in other words: quoting, variables, paths, encodings, nesting, white space, order.

Each way takes a command and the trial's cues and gives a command that does the same. A way that does not fit a command
(a variable where the text is quoted, say) gives it back as it was.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType

_FILE_PROGRAMS = r"(^|; |&& )(rm|mv|chmod|ln|cp|truncate|cat|tee|dd) "
_ONE_FILE = r"(?P<what>[^;&|<>\n(){}]*[^;&|<>\n(){} \d]) *(?P<how>>>|>|<) *(?P<file>[\w./-]+)"
_ABSOLUTE = re.compile(r"/[\w.-]+(/[\w.-]+)+")
_MATCHERS = re.compile(r"\b(pkill|pgrep|grep|awk|case)\b")
_OPTIONS_FIRST = r"(^|; |&& )(rm|mv|cp) (-[a-zA-Z]+) ([^;&|<>\n]*[^;&|<>\n ])"


def _coded(text: str) -> str:
    return f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | bash"


def _hexed(text: str) -> str:
    return "printf '" + "".join(f"\\x{byte:02x}" for byte in text.encode()) + "' | bash"


def _packed(text: str) -> str:
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return f"echo {packed} | base64 -d | gunzip | bash"


def _by_python(text: str) -> str:
    return f"""python3 -c 'import subprocess, sys; sys.exit(subprocess.call(["bash", "-c", {_escaped(text)}]))'"""


def _escaped(text: str) -> str:
    """As a Python string that no shell sees a quote in."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode()) + '"'


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


def _paths(text: str, cues: Mapping[str, str], make: Callable[[str], str]) -> str:
    """The scenario's absolute paths in another spelling, but for words that are matched against others."""
    if not _is_plain(text) or _MATCHERS.search(text):
        return text
    for value in sorted({v for v in cues.values() if _ABSOLUTE.fullmatch(v)}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w./:-]){re.escape(value)}(?![\w./-])", make(value), text)
    return text


def _winding(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/../{folder.rpartition('/')[2]}/./{name}"


def _relative(text: str, cues: Mapping[str, str]) -> str:
    """Paths as they are called from the folder in which commands run, where nothing else reads them elsewhere."""
    if "workdir" not in cues or re.search(r"\b(cd|ln|ssh|pushd|echo|printf)\b", text):
        return text
    return _paths(text, cues, lambda path: os.path.relpath(path, cues["workdir"]))


def _reordered(text: str, cues: Mapping[str, str]) -> str:
    """The file that a command reads or writes named before it."""
    found = re.fullmatch(_ONE_FILE, text) if _is_plain(text) else None
    return f"{found['how']}{found['file']} {found['what']}" if found else text


def _options_last(text: str, cues: Mapping[str, str]) -> str:
    return re.sub(_OPTIONS_FIRST, r"\1\2 \4 \3", text) if _is_plain(text) else text


def _on_lines(text: str, cues: Mapping[str, str]) -> str:
    """Each command on a line of its own."""
    return re.sub(r"(?<!;);(?!;) *", "\n", text) if _is_plain(text) else text


def _continued(text: str, cues: Mapping[str, str]) -> str:
    """One command over two lines."""
    return re.sub(r"(?<=[\w./-]) (?=[\w./-])", " \\\n   ", text, count=1) if _is_plain(text) else text


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
        "packed": lambda text, cues: _packed(text),
        "reversed": lambda text, cues: (
            f"echo {base64.b64encode(text.encode()).decode()[::-1]} | rev | base64 -d | bash"
        ),
        "by python": lambda text, cues: _by_python(text),
        "in hex": lambda text, cues: _hexed(text),
        "evaluated code": lambda text, cues: (
            f'eval "$(printf %s {base64.b64encode(text.encode()).decode()} | base64 --decode)"'
        ),
        "here": lambda text, cues: f"bash <<'ENDOFTEXT'\n{text}\nENDOFTEXT",
        "with talk": lambda text, cues: f"echo starting; {text}\necho done # that was it",
        # No space after the last word where that may end a here-document: it would end it no more.
        "with air": lambda text, cues: f"\n\n   {text}{'' if '<<' in text else '  '}\n\n\t:\n",
        "elsewhere": lambda text, cues: f"cd / && cd {cues['workdir']}\n{text}" if "workdir" in cues else text,
        "by variable": _by_variable,
        "by pieces": _by_pieces,
        "quoted": _quoted,
        "by winding paths": lambda text, cues: _paths(text, cues, _winding),
        "by relative paths": _relative,
        "file first": _reordered,
        "options last": _options_last,
        "on lines": _on_lines,
        "continued": _continued,
        "with tabs": lambda text, cues: re.sub(" +", "\t", text) if _is_plain(text) else text,
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
