"""The words and operators of shell text, with quotes, comments and line continuations gone."""

from __future__ import annotations

import re
from dataclasses import dataclass

LITERAL_DOLLAR = "\ue000"
"""Stands for a dollar sign that expands to nothing."""

_OPERATORS = (
    "&>>", "<<<", "<<-", ";;&",
    "&&", "||", "|&", ";;", ";&", ">>", "<<", "<&", ">&", "&>", ">|", "<>",
    "\n", ";", "&", "|", "(", ")", "<", ">",
)  # fmt: skip
REDIRECTIONS = frozenset({"&>>", "<<<", "<<-", ">>", "<<", "<&", ">&", "&>", ">|", "<>", "<", ">"})
"""The operators that take a target."""

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]))")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


@dataclass
class Word:
    """A word with its quotes removed."""

    text: str
    quoted: bool
    substitutions: tuple[str, ...]


@dataclass
class Operator:
    """An operator; of a redirection, with its descriptor and here-document."""

    text: str
    number: str = ""
    body: str = ""
    doubled: bool = False
    """The same sign stands right behind it, with no space between: `((`."""


class Lexer:
    """Text to words and operators; here-documents are hung on their operator."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.pending: list[tuple[Operator, Word]] = []

    def tokens(self) -> list[Word | Operator]:
        """All of them, in order."""
        found: list[Word | Operator] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char in "<>" and self.text[self.at + 1 : self.at + 2] == "(":
                found.append(self._word())
            elif operator := next((o for o in _OPERATORS if self.text.startswith(o, self.at)), None):
                self.at += len(operator)
                found.append(Operator(operator, doubled=self.text.startswith(operator, self.at)))
                if operator == "\n":
                    self._documents()
            else:
                word = self._word()
                following = self.text[self.at : self.at + 1]
                if following in ("<", ">") and word.text.isdigit() and not word.quoted:
                    operator = next(o for o in _OPERATORS if self.text.startswith(o, self.at))
                    self.at += len(operator)
                    found.append(Operator(operator, number=word.text))
                else:
                    self._hang(found, word)
                    found.append(word)
        self._documents()
        return found

    def _hang(self, found: list[Word | Operator], word: Word) -> None:
        if found and isinstance(found[-1], Operator) and found[-1].text in ("<<", "<<-"):
            self.pending.append((found[-1], word))

    def _documents(self) -> None:
        """Takes the here-documents that begin at this line."""
        for operator, word in self.pending:
            lines = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                line = line.lstrip("\t") if operator.text == "<<-" else line
                if line == word.text:
                    break
                lines.append(line)
            body = "".join(f"{line}\n" for line in lines)
            operator.body = body.replace("$", LITERAL_DOLLAR) if word.quoted else body
        self.pending = []

    def _word(self) -> Word:
        parts: list[str] = []
        substitutions: list[str] = []
        quoted = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t\n;&|()" or (char in "<>" and self.text[self.at + 1 : self.at + 2] != "("):
                break
            if char == "'":
                quoted = True
                parts.append(self._until("'").replace("$", LITERAL_DOLLAR))
            elif char == '"':
                quoted = True
                self.at += 1
                self._double(parts, substitutions)
            elif char == "\\":
                quoted = True
                escaped = self.text[self.at + 1 : self.at + 2]
                parts.append({"\n": "", "$": LITERAL_DOLLAR}.get(escaped, escaped))
                self.at += 2
            elif self.text.startswith("$'", self.at):
                quoted = True
                self.at += 1
                parts.append(unescape(self._until("'", escapes=True)).replace("$", LITERAL_DOLLAR))
            elif self.text.startswith('$"', self.at):
                self.at += 1
            elif char in "$`<>":
                self._expansion(parts, substitutions)
            else:
                parts.append(char)
                self.at += 1
        return Word("".join(parts), quoted, tuple(substitutions))

    def _until(self, closing: str, escapes: bool = False) -> str:
        begin = self.at = self.at + 1
        while self.at < len(self.text) and self.text[self.at] != closing:
            self.at += 2 if escapes and self.text[self.at] == "\\" else 1
        found = self.text[begin : self.at]
        self.at += 1
        return found

    def _double(self, parts: list[str], substitutions: list[str]) -> None:
        while self.at < len(self.text) and self.text[self.at] != '"':
            char = self.text[self.at]
            if char == "\\":
                escaped = self.text[self.at + 1 : self.at + 2]
                plain = {"\n": "", "$": LITERAL_DOLLAR, '"': '"', "\\": "\\", "`": "`"}
                parts.append(plain.get(escaped, "\\" + escaped))
                self.at += 2
            elif char in "$`":
                self._expansion(parts, substitutions)
            else:
                parts.append(char)
                self.at += 1
        self.at += 1

    def _expansion(self, parts: list[str], substitutions: list[str]) -> None:
        text, at = self.text, self.at
        if text.startswith("$((", at):
            end = text.find("))", at)
            self.at = len(text) if end < 0 else end + 2
            parts.append(re.sub(r"\s", "", text[at : self.at]))
        elif text.startswith("${", at) and not _VARIABLE.match(text, at):
            end = _closing(text, at + 1, "{", "}")
            self.at = end + 1
            parts.append(text[at : self.at])
        elif text.startswith(("$(", "<(", ">("), at):
            end = _closing(text, at + 1, "(", ")")
            self.at = end + 1
            inner = text[at + 2 : end]
            substitutions.append(inner)
            parts.append(f"$({' '.join(inner.split())})")
        elif text[at] == "`":
            inner = self._until("`", escapes=True).replace("\\`", "`")
            substitutions.append(inner)
            parts.append(f"$({' '.join(inner.split())})")
        elif found := _VARIABLE.match(text, at):
            self.at = found.end()
            parts.append("${" + (found.group(1) or found.group(2)) + "}")
        else:
            parts.append(LITERAL_DOLLAR)
            self.at += 1


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    """Where the bracket that opens at `at` is closed; the end of the text if it never is."""
    depth = 0
    quote = ""
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return len(text)


def unescape(text: str) -> str:
    """Text with backslash escapes as `$'…'` and printf read them: octal, hexadecimal, letters."""

    def plain(found: re.Match[str]) -> str:
        octal, byte, letter, other = found.groups()
        if octal:
            return chr(int(octal, 8) & 0xFF)
        if byte or letter:
            return chr(int(byte or letter, 16))
        return _ESCAPES.get(other, other)

    return re.sub(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|[uU]([0-9a-fA-F]{1,4})|(.))", plain, text, flags=re.DOTALL)
