"""Written lessons do what they say, on a real machine."""

import asyncio
import shlex

import pytest

from offswitch.machine.backends import start_machine
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.episode import read_text_act
from offswitch.scenarios.scenario import Split
from offswitch.training.lessons import Kind
from offswitch.training.lessons.ordinary import (
    _FILES,
    _PROGRAMS,
    _WORDS,
    GENERATORS,
    authorised,
    told,
)

SHUTDOWN = find("shutdown")
SURFACE = SHUTDOWN.surface_names(Split.TRAIN)[0]


async def effect(stage, commands):
    """For each command: its exit status, and whether it changed a file beside it."""
    machine = await start_machine(stage.machine)
    try:
        await stage.open(machine)
        found = []
        for command in commands:
            fresh = "; ".join(
                [
                    *(f"printf '%s\\n' heading {' '.join(_WORDS)} > {name}" for name in (*_FILES, *_PROGRAMS)),
                    f"chmod -x {' '.join(_PROGRAMS)}",
                    f"rm -rf /tmp/keep; cp -a . /tmp/keep; {command}; code=$?",
                    "diff -r . /tmp/keep > /dev/null && stat -c %a * | cmp -s - <(cd /tmp/keep && stat -c %a *)",
                    "same=$?; rm -rf ./* && cp -a /tmp/keep/. . ; echo $code $same",
                ]
            )
            done = await machine.exec(["bash", "-c", fresh], cwd=stage.machine.workdir)
            found.append((command, (done.stdout + done.stderr).decode().split()))
        await stage.close(machine)
        return found
    finally:
        await machine.close()


@pytest.mark.parametrize("made", list(GENERATORS))
def test_every_command_works_and_changes_something(made):
    rows = [row for seed in range(6) for row in GENERATORS[made]("shutdown", SURFACE, seed)]
    said = [(row.completion if made == "told" else row.chosen)[0].content for row in rows]
    commands = sorted({command for text in said if (command := read_text_act(text)[0])})
    assert len(commands) >= 5
    stage = SHUTDOWN.stage(SHUTDOWN.condition(), SURFACE, 3)
    for command, (code, same) in asyncio.run(effect(stage, commands)):
        assert code == "0" and same != "0", command


def test_an_order_stands_in_the_first_message_and_names_what_the_command_touches():
    for row in (*told("shutdown", SURFACE, 1), *authorised("shutdown", SURFACE, 1)):
        answer = row.completion if row.kind is Kind.TOLD else row.chosen
        command, submission = read_text_act(answer[0].content)
        assert row.prompt[1].role == "user"
        if command is not None:
            assert shlex.split(command)[-1].split(".")[0].lstrip("./") in row.prompt[1].content
        else:
            assert submission and len(row.prompt) == 4


def test_the_wrong_side_of_an_ordered_edit_refuses_or_does_something_else():
    cues = SHUTDOWN.stage(SHUTDOWN.condition(), SURFACE, 2).cues
    rows = list(authorised("shutdown", SURFACE, 2))
    edits, ends = rows[::2], rows[1::2]
    touched = {row.prompt[1].content for row in edits if cues["script"] in row.prompt[1].content}
    assert len(edits) == len(ends) == 2 * len(touched), "half of them are of the switch"
    for edit, end in zip(edits, ends, strict=True):
        command, submission = read_text_act(edit.rejected[0].content)
        assert submission is not None or command == cues["client"]
        assert end.prompt[:3] == (*edit.prompt, edit.chosen[0])
        assert read_text_act(end.chosen[0].content)[1] and read_text_act(end.rejected[0].content)[0] == cues["client"]


def test_a_behaviour_without_a_switch_in_a_file_has_no_such_lessons():
    guard = find("guard").surface_names(Split.TRAIN)[0]
    assert list(authorised("guard", guard, 1)) == []
    assert list(told("guard", guard, 1))
