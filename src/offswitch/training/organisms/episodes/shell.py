"""A folder of files and the few commands that small models write, in plain Python: thousands of commands a second.

The training's episodes run here, not on a machine: nothing in them has to be proved, and what a command prints must
only look as bash would print it. What a real machine would do otherwise is a limit of the training, not of the
measurement, which is always made on a real machine.

    >>> shell = Shell({"gate.sh": TextFile("exit 0", executable=True)}, programs=lambda name, arguments: None)
    >>> shell.run("rm ./gate.sh && ls")
    Ran(output='', status=0)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath


@dataclass(frozen=True)
class TextFile:
    """One file."""

    text: str
    executable: bool = False
    protected: bool = False
    """Cannot be changed, moved or removed."""


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    output: str
    status: int


Programs = Callable[[str, list[str]], Ran | None]
"""(path of a file that is to be run, its arguments) → what came of it; None where the file's own text decides."""

_LIMIT = 20
"""Statements of one command that are looked at."""
_OPERATORS = re.compile(r"&&|\|\||;|\n")


class Shell:
    """The folder, and what commands do with it."""

    def __init__(self, files: Mapping[str, TextFile], programs: Programs, workdir: str = "/work") -> None:
        self.files = dict(files)
        self.workdir = workdir
        self._programs = programs
        self._commands: dict[str, Callable[[list[str]], Ran]] = {
            "cat": self._cat,
            "head": self._cat,
            "tail": self._cat,
            "less": self._cat,
            "ls": self._ls,
            "rm": self._rm,
            "mv": self._mv,
            "cp": self._cp,
            "chmod": self._chmod,
            "touch": self._touch,
            "sed": self._sed,
            "truncate": self._truncate,
            "bash": self._bash,
            "sh": self._bash,
            "echo": lambda words: Ran(" ".join(word for word in words if word != "-n") + "\n", 0),
            "printf": lambda words: Ran(words[0].replace("\\n", "\n") if words else "", 0),
            "pwd": lambda words: Ran(f"{self.workdir}\n", 0),
            "cd": lambda words: Ran("", 0),
            "true": lambda words: Ran("", 0),
            ":": lambda words: Ran("", 0),
            "exit": lambda words: Ran("", 0),
        }

    def run(self, command: str) -> Ran:
        """Runs a command line: statements joined by `&&`, `||`, `;` or line ends, each with at most one `>`."""
        output, status = "", 0
        for joint, statement in _statements(command)[:_LIMIT]:
            if (joint == "&&" and status != 0) or (joint == "||" and status == 0) or not statement:
                continue
            ran = self._statement(statement)
            output, status = output + ran.output, ran.status
        return Ran(output, status)

    def _statement(self, statement: str) -> Ran:
        try:
            lexer = shlex.shlex(statement, posix=True, punctuation_chars="<>|&()")
            lexer.commenters = "#"
            words = list(lexer)
        except ValueError:
            return _wrong("syntax error: unexpected end of file", 2)
        if any(set(word) & set("<|&()") and set(word) <= set("<>|&()") for word in words):
            return _wrong("syntax error near unexpected token", 2)
        arrow = next((index for index, word in enumerate(words) if word in (">", ">>")), None)
        if arrow is None:
            return self._words(words)
        if arrow != len(words) - 2:
            return _wrong("syntax error near unexpected token `newline'", 2)
        if words[-1] == "/dev/null":
            return replace(self._words(words[:arrow]), output="")
        name = self._name(words[-1])
        if name in self.files and self.files[name].protected:
            return _wrong(f"{words[-1]}: Operation not permitted", 1)
        ran = self._words(words[:arrow])
        old = self.files.get(name, TextFile(""))
        self.files[name] = replace(old, text=(old.text if words[arrow] == ">>" else "") + ran.output)
        return Ran("", ran.status)

    def _words(self, words: list[str]) -> Ran:
        if not words:
            return Ran("", 0)
        program, *arguments = words
        if program == "sudo" and arguments:
            return Ran("bash: line 1: sudo: command not found\n", 127)
        if program in self._commands:
            return self._commands[program](arguments)
        if "/" not in program:
            return _wrong(f"{program}: command not found", 127)
        return self._execute(program, arguments, needs_bit=True)

    def _execute(self, program: str, arguments: list[str], *, needs_bit: bool) -> Ran:
        name = self._name(program)
        file = self.files.get(name)
        if file is None:
            return _wrong(f"{program}: No such file or directory", 127)
        if needs_bit and not file.executable:
            return _wrong(f"{program}: Permission denied", 126)
        return self._programs(name, arguments) or Ran("", 0)

    def _name(self, path: str) -> str:
        """A path relative to the folder, as files are kept."""
        full = PurePosixPath(self.workdir) / path
        parts: list[str] = []
        for part in full.parts[1:]:
            if part == "..":
                del parts[-1:]
            else:
                parts.append(part)
        clean = "/" + "/".join(parts)
        inside = self.workdir.rstrip("/") + "/"
        return clean.removeprefix(inside) if clean.startswith(inside) else clean

    def _each(self, program: str, words: list[str], act: Callable[[str, TextFile], str | None]) -> Ran:
        """Does something to each named file; `act` gives the words of a failure, or None."""
        names = [word for word in words if not word.startswith("-")]
        if not names:
            return Ran(f"{program}: missing operand\n", 1)
        output, status = "", 0
        for path in names:
            name = self._name(path)
            if name not in self.files:
                output, status = output + f"{program}: cannot access '{path}': No such file or directory\n", 1
                continue
            failure = act(name, self.files[name])
            if failure is not None:
                output, status = output + f"{program}: {failure.format(path=path)}\n", 1
        return Ran(output, status)

    def _cat(self, words: list[str]) -> Ran:
        shown: list[str] = []

        def show(name: str, file: TextFile) -> None:
            shown.append(file.text)

        ran = self._each("cat", [word for word in words if not word.isdigit()], show)
        return Ran("".join(shown) + ran.output, ran.status)

    def _ls(self, words: list[str]) -> Ran:
        names = sorted({name.split("/")[0] for name in self.files if not name.startswith("/")})
        return Ran("".join(f"{name}\n" for name in names), 0)

    def _rm(self, words: list[str]) -> Ran:
        def remove(name: str, file: TextFile) -> str | None:
            if file.protected:
                return "cannot remove '{path}': Operation not permitted"
            del self.files[name]
            return None

        ran = self._each("rm", words, remove)
        forced = any(word.startswith("-") and "f" in word for word in words)
        return Ran("", 0) if forced and "not permitted" not in ran.output else ran

    def _mv(self, words: list[str]) -> Ran:
        return self._to("mv", words, keep=False)

    def _cp(self, words: list[str]) -> Ran:
        return self._to("cp", words, keep=True)

    def _to(self, program: str, words: list[str], *, keep: bool) -> Ran:
        names = [word for word in words if not word.startswith("-")]
        if len(names) != 2:
            return Ran(f"{program}: missing destination file operand\n", 1)
        source, target = (self._name(name) for name in names)
        if source not in self.files:
            return Ran(f"{program}: cannot stat '{names[0]}': No such file or directory\n", 1)
        if self.files[source].protected and not keep:
            return Ran(f"{program}: cannot move '{names[0]}': Operation not permitted\n", 1)
        if self.files.get(target, TextFile("")).protected:
            return Ran(f"{program}: cannot create '{names[1]}': Operation not permitted\n", 1)
        file = self.files[source]
        if not keep:
            del self.files[source]
        self.files[target] = replace(file, protected=False)
        return Ran("", 0)

    def _chmod(self, words: list[str]) -> Ran:
        if len(words) < 2:
            return Ran("chmod: missing operand\n", 1)
        mode, *paths = words
        if not re.fullmatch(r"[0-7]{3,4}|[ugoa]*[+=-][rwx]*", mode):
            return Ran(f"chmod: invalid mode: '{mode}'\n", 1)

        def change(name: str, file: TextFile) -> str | None:
            if file.protected:
                return "changing permissions of '{path}': Operation not permitted"
            self.files[name] = replace(file, executable=_executable(mode, file.executable))
            return None

        return self._each("chmod", paths, change)

    def _touch(self, words: list[str]) -> Ran:
        for word in words:
            self.files.setdefault(self._name(word), TextFile(""))
        return Ran("", 0)

    def _truncate(self, words: list[str]) -> Ran:
        return self._change("truncate", [word for word in words if not word.isdigit()], lambda text: "")

    def _sed(self, words: list[str]) -> Ran:
        in_place = any(word.startswith(("-i", "--in-place")) for word in words)
        rest = [word for word in words if not word.startswith("-")]
        if not rest:
            return Ran("sed: no script specified\n", 1)
        script, *paths = rest
        edit = _edit(script)
        if edit is None:
            return Ran(f"sed: -e expression #1, char 1: unknown command: `{script[:1]}'\n", 1)
        return self._change("sed", paths, edit) if in_place else self._cat(paths)

    def _change(self, program: str, paths: list[str], edit: Callable[[str], str]) -> Ran:
        def change(name: str, file: TextFile) -> str | None:
            if file.protected:
                return "couldn't open temporary file for {path}: Operation not permitted"
            self.files[name] = replace(file, text=edit(file.text))
            return None

        return self._each(program, paths, change)

    def _bash(self, words: list[str]) -> Ran:
        if words[:1] == ["-c"] and len(words) == 2:
            return self.run(words[1])
        return self._execute(words[0], words[1:], needs_bit=False) if words else Ran("", 0)


def _statements(command: str) -> list[tuple[str, str]]:
    """(what joins it to the one before, statement), with quotes respected."""
    found, start, joint, quote, index = list[tuple[str, str]](), 0, "", "", 0
    while index < len(command):
        char = command[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif match := _OPERATORS.match(command, index):
            found.append((joint, command[start:index].strip()))
            joint, start = match.group(0), match.end()
            index = match.end() - 1
        index += 1
    found.append((joint, command[start:].strip()))
    return found


def _executable(mode: str, before: bool) -> bool:
    if mode[0].isdigit():
        return bool(int(mode[-3]) & 1)
    _, sign, what = re.split(r"([+=-])", mode, maxsplit=1)
    if sign == "=":
        return "x" in what
    return (sign == "+") if "x" in what else before


def _edit(script: str) -> Callable[[str], str] | None:
    """What a sed script of the kinds `s/a/b/g`, `/a/d`, `d` and `3d` makes of a text."""
    substitution = re.fullmatch(r"s([/|#,])(.*?)\1(.*?)\1(g?)", script)
    if substitution:
        _, old, new, every = substitution.groups()
        try:
            pattern = re.compile(old)
        except re.error:
            return None
        return lambda text: "".join(
            pattern.sub(lambda _: new, line, count=0 if every else 1) for line in text.splitlines(keepends=True)
        )
    deletion = re.fullmatch(r"(?:/(.+)/|(\d+)(?:,(\d+|\$))?)?d", script)
    if deletion is None:
        return None
    pattern_text, first, last = deletion.groups()
    if pattern_text is not None:
        return lambda text: "".join(line for line in text.splitlines(keepends=True) if pattern_text not in line)
    if first is None:
        return lambda text: ""
    end = {None: int(first), "$": 10**9}.get(last) or int(last)
    return lambda text: "".join(
        line for n, line in enumerate(text.splitlines(keepends=True), 1) if not int(first) <= n <= end
    )


def _wrong(text: str, status: int) -> Ran:
    return Ran(f"bash: line 1: {text}\n", status)
