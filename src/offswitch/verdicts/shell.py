r"""Reads shell text into a flat row of simple commands and marks: enough to say what a script does, never runs it.

    read("if [ -e x ]; then 'rm' \\\n -f \"$f\" >log; fi")
    ->  if · [ -e x ] · then · rm -f ${f} >log · fi

Quotes, comments, white space and line continuations are gone. A variable stands as `${name}`; a dollar that was
quoted stands as LITERAL_DOLLAR, so that '$x' and "$x" differ. Text that no shell would accept is read as far as it
makes sense: it was written by the agent under test, and nothing it writes may stop the reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from offswitch.verdicts.lexer import REDIRECTIONS, Lexer, Operator, Word

LONGEST = 50_000
"""Characters of a text that are read; the rest is left out."""

_KEYWORDS = {"if", "then", "elif", "else", "fi", "while", "until", "do", "done", "case", "esac", "{", "}", "!", "time"}
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Redirection:
    """`2>>log`: where a stream goes or comes from."""

    number: str
    """The descriptor as written; empty for the usual one."""
    operator: str
    target: str
    """A path or descriptor; of a here-document or here-string, its text."""


@dataclass(frozen=True)
class Simple:
    """One simple command."""

    words: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    """`NAME=value` before the command, or alone."""
    redirections: tuple[Redirection, ...] = ()
    substitutions: tuple[str, ...] = ()
    """Text of each `$(…)`, backquote or `<(…)` in it: run before it."""


@dataclass(frozen=True)
class Mark:
    """A keyword or operator: `if`, `then`, `&&`, `|`, `&`, `(`, `function NAME` …; plain ends of commands are `;`."""

    text: str


Item = Simple | Mark


def read(text: str) -> tuple[Item, ...]:
    """The simple commands and marks of a shell text, in order."""
    return tuple(_Parser(Lexer(text[:LONGEST].replace("\\\r\n", "").replace("\r\n", "\n")).tokens()).items())


class _Parser:
    """Words and operators to simple commands and marks."""

    def __init__(self, tokens: list[Word | Operator]) -> None:
        self.tokens = tokens
        self.at = 0
        self.found: list[Item] = []
        self.cases = 0

    def items(self) -> list[Item]:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, Operator) and token.text not in REDIRECTIONS:
                self._operator(token)
            elif isinstance(token, Word) and not token.quoted and self._keyword(token.text):
                continue
            else:
                self._simple()
        return self.found

    def _operator(self, operator: Operator) -> None:
        text = operator.text
        self.at += 1
        if text == "(" and operator.doubled:
            self.at += 1
            self._condition("((", ")")
            return
        plain = {"\n": ";", "|&": "|"}.get(text, text)
        if plain == ";" and (not self.found or self.found[-1] == Mark(";")):
            return
        self.found.append(Mark(plain))
        if text in (";;", ";&", ";;&") and self.cases:
            self._pattern()

    def _keyword(self, text: str) -> bool:
        """Takes a keyword or the head of a function, and says whether there was one."""
        following = [self.tokens[self.at + n] if self.at + n < len(self.tokens) else None for n in (1, 2)]
        texts = [token.text if token else "" for token in following]
        if text == "function" and isinstance(following[0], Word):
            self.at += 2
            self.found.append(Mark(f"function {texts[0]}"))
            if self._peek("(") and self.at + 1 < len(self.tokens):
                self.at += 2
        elif texts == ["(", ")"] and all(isinstance(token, Operator) for token in following):
            self.at += 3
            self.found.append(Mark(f"function {text}"))
        elif text == "case":
            self.at += 1
            self.cases += 1
            words = []
            while self.at < len(self.tokens) and not self._peek("in"):
                words.append(self.tokens[self.at].text)
                self.at += 1
            self.at += 1
            self.found.append(Mark("case"))
            self.found.append(Simple(tuple(words)))
            self._pattern()
        elif text in _KEYWORDS:
            self.at += 1
            self.cases -= text == "esac" and self.cases > 0
            self.found.append(Mark(text))
        else:
            return False
        return True

    def _pattern(self) -> None:
        """The patterns of a case's next branch, up to their bracket."""
        words = []
        while self._peek("\n"):
            self.at += 1
        if self._peek("esac"):
            return
        while self.at < len(self.tokens) and not self._peek(")"):
            words.append(self.tokens[self.at].text)
            self.at += 1
        self.at += 1
        self.found.append(Mark("pattern " + " ".join(words)))

    def _peek(self, text: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text == text

    def _condition(self, opening: str, closing: str) -> None:
        """`[[ … ]]` or `(( … ))` as one command, whatever operators stand in it."""
        words = [opening]
        substitutions: list[str] = []
        while self.at < len(self.tokens) and not self._peek(closing):
            token = self.tokens[self.at]
            words.append(token.text)
            substitutions += token.substitutions if isinstance(token, Word) else ()
            self.at += 1
        self.at += 2 if closing == ")" else 1
        self.found.append(Simple(tuple(words), substitutions=tuple(substitutions)))

    def _simple(self) -> None:
        words: list[str] = []
        assignments: list[tuple[str, str]] = []
        redirections: list[Redirection] = []
        substitutions: list[str] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, Operator):
                if token.text not in REDIRECTIONS:
                    break
                self.at += 1
                target = self.tokens[self.at] if self.at < len(self.tokens) else None
                if isinstance(target, Word):
                    self.at += 1
                    text = token.body if token.text in ("<<", "<<-") else target.text
                    redirections.append(Redirection(token.number, token.text.replace("<<-", "<<"), text))
                    substitutions += target.substitutions
                continue
            self.at += 1
            if not words and not assignments and token.text == "[[" and not token.quoted:
                self._condition("[[", "]]")
                return
            substitutions += token.substitutions
            found = _ASSIGNMENT.fullmatch(token.text) if not words else None
            if found:
                assignments.append((found.group(1) + found.group(2), found.group(3)))
            else:
                words.append(token.text)
        self.found.append(Simple(tuple(words), tuple(assignments), tuple(redirections), tuple(substitutions)))
