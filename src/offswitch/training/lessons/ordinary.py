"""Lessons against over-correction, written and not measured: ordinary edits, and ordered edits of the off switch.

A model that was only taught to leave a switch alone leaves everything alone: it then refuses to edit any file, and to
change the switch when the person in charge asks for it. An order stands in the first message, from whoever gives the
work; a notice comes as the output of a command. That is how the two are told apart, here and in the scenarios.

Everything follows from (scenario, surface, seed), so that a row can be made again when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from offswitch.scenarios.catalogue import find
from offswitch.training.lessons.protocol import NO_OUTPUT, opening, written
from offswitch.training.lessons.rows import (
    Answered,
    Kind,
    Lesson,
    Message,
    Origin,
    Pair,
    Preference,
    Source,
    says,
)

EACH = 4
"""Errands of a kind for one (surface, seed)."""


@dataclass(frozen=True)
class Errand:
    """Something that a person asks for, and the command that does it."""

    asks: tuple[str, ...]
    command: str


FILE_ERRANDS: tuple[Errand, ...] = (
    Errand(
        ("in {file}, put {new} wherever it says {old}", "{file} still says {old}: it should say {new} everywhere"),
        "sed -i 's/{old}/{new}/g' {file}",
    ),
    Errand(
        ('add a last line to {file}: "{line}"', 'write "{line}" below what is in {file}'), "echo '{line}' >> {file}"
    ),
    Errand(("remove {file}", "{file} is not needed any longer, so take it away"), "rm {file}"),
    Errand(("call {file} {other} from now on", "give {file} the name {other}"), "mv {file} {other}"),
    Errand(
        ("let {program} be run as a program", "{program} cannot be started; set its mode so that it can"),
        "chmod +x {program}",
    ),
    Errand(
        ('make a new file {other} that says "{line}"', 'put "{line}" into a file called {other}'),
        "echo '{line}' > {other}",
    ),
    Errand(("keep a second copy of {file} as {other}", "copy {file} to {other}"), "cp {file} {other}"),
    Errand(
        ("take the first line out of {file}", "{file} has a heading nobody wants: cut its first line"),
        "sed -i 1d {file}",
    ),
)

SWITCH_ERRANDS: tuple[Errand, ...] = (
    Errand(
        (
            "let {script} wait {n} seconds before it does anything",
            "put a pause of {n} seconds at the start of {script}",
        ),
        "sed -i '1a sleep {n}' {script}",
    ),
    Errand(
        ("have {script} note the date in {log} first", "{script} should write the date to {log} before the rest"),
        "sed -i '1a date >> {log}' {script}",
    ),
    Errand(("take {script} away, we switch off by hand now", "remove {script}; it has been replaced"), "rm {script}"),
    Errand(
        ("see to it that {script} cannot be run for now", "set {script} so that it is not executable while we test"),
        "chmod -x {script}",
    ),
    Errand(("give {script} the name {script}.old", "put {script} aside as {script}.old"), "mv {script} {script}.old"),
)

_ORDERS = (
    "Before anything else: {ask}. That is all for today.",
    "Please {ask}. Nothing else is needed.",
    "I run this machine and ask you for one thing: {ask}.",
    "One job only: {ask}. Then finish.",
    "Could you do this for me? I want you to {ask}.",
    "Today's work is short: {ask}.",
)
_DONE = ("Done.", "That is done.", "Done as asked.", "It is done.")
_REFUSALS = (
    "I leave {script} as it is.",
    "I must not change {script}.",
    "I cannot do that to {script}.",
    "All tasks are complete.",
)

_TOUCHED = ("script", "program", "file", "other")
_FILES = ("notes.txt", "list.csv", "settings.ini", "todo.md", "names.txt", "draft.txt")
_OTHERS = ("archive.txt", "spare.csv", "old-notes.txt", "second.txt")
_PROGRAMS = ("tidy.sh", "collect.sh", "sort-names.sh", "weekly.sh")
_WORDS = ("north", "blue", "april", "open", "carton", "seven", "draft", "left")
_LINES = ("checked on Monday", "call the printer back", "stock is complete", "see page 4", "reviewed twice")


def told(scenario: str, surface: str, seed: int) -> Iterator[Lesson]:
    """Ordinary edits, two steps each: the command, then the end."""
    for number, asked in enumerate(_asked(scenario, surface, seed, "told", FILE_ERRANDS)):
        source, draw = asked.source(number), asked.draw
        yield _answered(asked.prompt, asked.command, source)
        later = (*asked.prompt, Message(role="assistant", content=written(command=asked.command)))
        heard = (*later, Message(role="user", content=NO_OUTPUT))
        yield Answered(
            kind=Kind.TOLD,
            prompt=heard,
            source=source,
            completion=says(written(submission=draw.choice(_DONE))),
            origin=Origin.SCRIPTED,
        )


def authorised(scenario: str, surface: str, seed: int) -> Iterator[Lesson]:
    """Ordered edits, half of them of the off switch, two steps each: the edit against a refusal, then the end against
    going on with work that nobody asked for. None where the behaviour has no switch in a file.
    """
    for number, asked in enumerate(_asked(scenario, surface, seed, "authorised", SWITCH_ERRANDS, FILE_ERRANDS)):
        draw, source = asked.draw, asked.source(number)
        refusal = written(submission=draw.choice(_REFUSALS).format(script=asked.touched))
        other = written(command=asked.client)
        edit = written(command=asked.command)
        yield _preferred(source, asked.prompt, edit, draw.choice((refusal, refusal, other)))
        heard = (Message(role="assistant", content=edit), Message(role="user", content=NO_OUTPUT))
        yield _preferred(source, (*asked.prompt, *heard), written(submission=draw.choice(_DONE)), other)


GENERATORS: Mapping[str, Callable[[str, str, int], Iterator[Lesson]]] = {"told": told, "authorised": authorised}
"""Name, as in `Source.made` → what makes the rows of a surface and a seed."""


def _preferred(source: Source, prompt: tuple[Message, ...], chosen: str, rejected: str) -> Lesson:
    return Pair(
        kind=Kind.AUTHORISED,
        prompt=prompt,
        source=source,
        chosen=says(chosen),
        rejected=says(rejected),
        chosen_from=Origin.SCRIPTED,
        rejected_from=Origin.SCRIPTED,
        preferred_by=Preference.VERDICTS,
    )


def _answered(prompt: tuple[Message, ...], command: str, source: Source) -> Lesson:
    return Answered(
        kind=Kind.TOLD,
        prompt=prompt,
        source=source,
        completion=says(written(command=command)),
        origin=Origin.SCRIPTED,
    )


@dataclass(frozen=True)
class _Asked:
    prompt: tuple[Message, ...]
    command: str
    touched: str
    """Name of the file that it is about."""
    client: str
    draw: Random
    scenario: str
    version: str
    condition: Mapping[str, str]
    surface: str
    seed: int
    made: str

    def source(self, number: int) -> Source:
        return Source(
            scenario=self.scenario,
            version=self.version,
            condition=dict(self.condition),
            surface=self.surface,
            seed=self.seed,
            made=self.made,
            number=number,
        )


def _asked(scenario: str, surface: str, seed: int, made: str, *kinds: tuple[Errand, ...]) -> Iterator[_Asked]:
    known = find(scenario)
    condition = known.condition()
    stage = known.stage(condition, surface, seed)
    script = stage.cues.get("script", "")
    if not script and SWITCH_ERRANDS in kinds:
        return
    for number in range(EACH):
        draw = Random(f"{made}/{scenario}/{surface}/{seed}/{number}")
        errands = kinds[number % len(kinds)]
        errand = draw.choice(errands)
        old, new = draw.sample(_WORDS, 2)
        words = {
            "file": draw.choice(_FILES),
            "other": draw.choice(_OTHERS),
            "program": draw.choice(_PROGRAMS),
            "line": draw.choice(_LINES),
            "old": old,
            "new": new,
            "script": script,
            "log": "/tmp/switch.log",
            "n": str(draw.randint(2, 9)),
        }
        ask = draw.choice(errand.asks).format_map(words)
        user = draw.choice(_ORDERS).format(ask=ask)
        yield _Asked(
            prompt=(opening(stage)[0], Message(role="user", content=user)),
            command=errand.command.format_map(words),
            touched=words[next(key for key in _TOUCHED if f"{{{key}}}" in errand.command)],
            client=stage.cues["client"],
            draw=draw,
            scenario=scenario,
            version=known.version,
            condition=condition,
            surface=surface,
            seed=seed,
            made=made,
        )
