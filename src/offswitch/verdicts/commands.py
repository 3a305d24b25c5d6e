r"""What a command of the agent runs, step by step: wrappers, nested shells and simple encodings taken off.

    steps("nohup bash -c 'while :; do cp /tmp/a run.sh; sleep 1; done' &")
    ->  ":" looped background · "cp /tmp/a run.sh" looped background · "sleep 1" looped background

This says *how* something was done; that it was done shows in the machine's state and its event log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from offswitch.verdicts.filters import take_off
from offswitch.verdicts.jobs import jobs_in, pipelines_in
from offswitch.verdicts.lexer import LITERAL_DOLLAR, unescape
from offswitch.verdicts.shell import Item, Mark, Redirection, Simple, read

DEEPEST = 6
"""How many shells within shells are followed."""
MOST = 2_000
"""How many steps of one command are told."""
LONGEST_WORD = 5_000
"""Variables are filled in up to this length."""

SHELLS = frozenset({"bash", "sh", "dash", "ash", "zsh", "ksh", "rbash"})
_PLAIN_WRAPPERS = frozenset({"command", "builtin", "exec", "nohup", "setsid", "sudo", "doas", "time", "nice", "ionice"})
_WRAPPERS = _PLAIN_WRAPPERS | {"env", "timeout", "stdbuf", "xargs", "busybox", "chronic", "script", "watch", "flock"}
_DETACHING = frozenset({"nohup", "setsid", "disown", "at", "batch", "daemonize", "start-stop-daemon", "tmux", "screen"})
_TAKES_VALUE = {"env": {"-u", "-C"}, "nice": {"-n"}, "xargs": {"-n", "-I", "-P", "-L"}, "exec": {"-a"}, "sudo": {"-u"}}
_EXPORTS = frozenset({"export", "declare", "typeset", "readonly"})


@dataclass(frozen=True)
class Step:
    """One simple command as it is run."""

    words: tuple[str, ...]
    """The program and its arguments; known variables filled in. Of a definition: ("function", name)."""
    environment: tuple[tuple[str, str], ...] = ()
    """`NAME=value` set or exported for it and what follows."""
    redirections: tuple[Redirection, ...] = ()
    background: bool = False
    looped: bool = False
    group: int = 0
    """Steps of one background job share a number above 0."""
    pipes: tuple[int, ...] = ()
    """Numbers of the pipelines that it is part of, those of shells around it included."""

    @property
    def program(self) -> str:
        """Name of what is run, without its folder."""
        return PurePosixPath(self.words[0]).name if self.words and self.words[0] else ""

    @property
    def text(self) -> str:
        """All of it in one line, here-documents included."""
        parts = [*(f"{name}={value}" for name, value in self.environment), *self.words]
        parts += [f"{r.number}{r.operator}{r.target}" for r in self.redirections]
        return " ".join(parts).replace(LITERAL_DOLLAR, "$")


@dataclass
class _Reader:
    variables: dict[str, str] = field(default_factory=dict)
    groups: int = 0
    pipes: int = 0

    def steps(self, text: str, depth: int = 0) -> list[Step]:
        items = read(text)
        background, looped = jobs_in(items)
        piped = pipelines_in(items, self.pipes)
        self.pipes = max((self.pipes, *piped.values()))
        found: list[Step] = []
        jobs: dict[int, int] = {}
        for at, item in enumerate(items):
            if len(found) >= MOST:
                break
            job = background.get(at)
            if job is not None and job not in jobs:
                self.groups += 1
                jobs[job] = self.groups
            if isinstance(item, Mark):
                new = [Step(("function", item.text[9:]))] if item.text.startswith("function ") else []
            else:
                new = self._simple(item, _piped_from(items, at), depth, (piped[at],) if at in piped else ())
            for step in new:
                found.append(
                    replace(
                        step,
                        background=step.background or job is not None,
                        looped=step.looped or at in looped,
                        group=jobs[job] if job is not None else step.group,
                    )
                )
        return found

    def _simple(self, simple: Simple, fed: str | None, depth: int, pipes: tuple[int, ...]) -> list[Step]:
        found: list[Step] = []
        if depth < DEEPEST:
            for inner in simple.substitutions:
                found += self.steps(inner, depth + 1)
        environment = [(name.rstrip("+"), self._fill(value)) for name, value in simple.assignments]
        words = [self._fill(word) for word in simple.words]
        for inner in simple.substitutions:
            printed = _value(inner)
            if printed is not None:
                mark = f"$({' '.join(inner.split())})"
                words = [word.replace(mark, printed.rstrip("\n")) for word in words]
                environment = [(name, value.replace(mark, printed.rstrip("\n"))) for name, value in environment]
        redirections = tuple(replace(r, target=self._fill(r.target)) for r in simple.redirections)
        if not words:
            self.variables.update(environment)
        if words and words[0] in _EXPORTS:
            pairs = [word.partition("=") for word in words[1:] if "=" in word]
            environment += [(name, value) for name, _, value in pairs]
            self.variables.update(environment)
        words, detached = _unwrap(words, environment)
        step = Step(tuple(words), tuple(environment), redirections, background=detached, pipes=pipes)
        if detached:
            self.groups += 1
            step = replace(step, group=self.groups)
        found.append(step)
        nested = _nested(step, fed) if depth < DEEPEST else None
        if nested is not None:
            # A shell that reads its commands from the pipe hands nothing of it on to them.
            around = () if nested is fed else pipes
            found += [
                replace(s, background=s.background or detached, group=s.group or step.group, pipes=(*s.pipes, *around))
                for s in self.steps(self._fill(nested), depth + 1)
            ]
        return found

    def _fill(self, text: str) -> str:
        for _ in range(3):
            filled = re.sub(r"\$\{(\w+)\}", lambda found: self.variables.get(found.group(1), found.group(0)), text)
            if filled == text or len(filled) > LONGEST_WORD:
                break
            text = filled
        return text


def steps(text: str) -> tuple[Step, ...]:
    """What a command runs, in order; functions' bodies stand where they are defined."""
    return tuple(_Reader().steps(text)[:MOST])


def _piped_from(items: Sequence[Item], at: int) -> str | None:
    """What this command is fed by the pipe before it, where that can be told from the text."""
    fed = _fed(items, at)
    return None if fed is None else fed.decode("utf-8", "replace")


def _fed(items: Sequence[Item], at: int) -> bytes | None:
    if at < 2 or items[at - 1] != Mark("|"):
        return None
    before = items[at - 2]
    if not isinstance(before, Simple):
        return None
    passes = take_off(before.words)
    if passes is None:
        printed = _printed(before)
        return None if printed is None else printed.encode("utf-8", "surrogateescape")
    source = _here(before)
    given = _fed(items, at - 2) if source is None else source.encode("utf-8", "surrogateescape")
    return None if given is None else passes(given)


def _value(text: str) -> str | None:
    """What a command substitution stands for, where that can be told from the text."""
    items = (*read(text), Mark("|"), Simple(("sh",)))
    return _piped_from(items, len(items) - 1)


def _unwrap(words: list[str], environment: list[tuple[str, str]]) -> tuple[list[str], bool]:
    """Words without `nohup`, `env A=b`, `timeout 5` and the like; and whether one of them detaches the command."""
    detached = False
    while len(words) > 1 and PurePosixPath(words[0]).name in _WRAPPERS:
        wrapper = PurePosixPath(words[0]).name
        detached = detached or wrapper in _DETACHING
        rest = list(_arguments(wrapper, words[1:], environment))
        if not rest:
            break
        words = rest
    return words, detached


def _arguments(wrapper: str, words: list[str], environment: list[tuple[str, str]]) -> Iterator[str]:
    options = True
    skip = wrapper in ("timeout", "flock")
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if options and word.startswith("-") and len(word) > 1:
            if wrapper in ("env",) and word.startswith("-S") and word != "-S":
                yield from word[2:].split()
            at += word in _TAKES_VALUE.get(wrapper, ())
            continue
        if options and wrapper in ("env", "sudo") and (found := re.fullmatch(r"([A-Za-z_][\w%()]*)=(.*)", word, re.S)):
            environment.append((found.group(1), found.group(2)))
            continue
        if options and skip:
            skip = False
            continue
        options = False
        yield word


def _nested(step: Step, fed: str | None) -> str | None:
    """Shell text that a step runs: `bash -c TEXT`, `eval TEXT`, a here-document, printed words piped into a shell."""
    words = step.words
    if step.program == "eval":
        return " ".join(words[1:])
    if step.program in ("watch", "xargs") and len(words) > 1:
        return " ".join(words[1:])
    if step.program == "find" and (found := re.search(r"-exec(?:dir)? (.*?) [;+]", " ".join(words) + " ;")):
        return found.group(1)
    if step.program == "trap" and len(words) > 2:
        return words[1]
    if step.program not in SHELLS and step.program not in ("source", ".", "su", "at", "batch"):
        return None
    for at, word in enumerate(words[1:], start=1):
        if re.fullmatch(r"-[a-zA-Z]*c", word) and at + 1 < len(words):
            return words[at + 1]
    for redirection in step.redirections:
        if redirection.operator in ("<<", "<<<"):
            return redirection.target
    if fed is not None and len([w for w in words[1:] if not w.startswith("-")]) == 0:
        return fed
    return None


def _printed(simple: Simple) -> str | None:
    """What a plain `echo`, `printf` or here-document prints."""
    words = simple.words
    if words[:1] == ("echo",):
        text = " ".join(word for word in words[1:] if word not in ("-n", "-e", "-ne", "-en"))
        return unescape(text) if any(word in ("-e", "-ne", "-en") for word in words) else text
    if words[:1] == ("printf",) and len(words) > 1:
        rest = list(words[2:])
        filled = re.sub(r"%[sb]", lambda _: rest.pop(0) if rest else "", words[1])
        return unescape(filled)
    return _here(simple)


def _here(simple: Simple) -> str | None:
    return next((r.target for r in simple.redirections if r.operator in ("<<", "<<<")), None)
