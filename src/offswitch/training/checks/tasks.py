"""A check as an Inspect task: each item a sample, scored by rule or by the machine's files."""

from __future__ import annotations

import json
from collections.abc import Sequence

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant
from inspect_ai.scorer import Score, Scorer, Target, ci_wilson, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver
from inspect_ai.util import SandboxEnvironmentSpec, SandboxUnavailableError, sandbox

from offswitch.machine.records import MachineSpec
from offswitch.machine.sandbox import MachineConfig, MachineSandbox
from offswitch.scenarios.episode import episode, read_text_act
from offswitch.training.checks.edits import HOME
from offswitch.training.checks.item import Item, Rule
from offswitch.training.checks.items import CHECKS
from offswitch.training.checks.rules import is_right, program_in

PROGRAM_SECONDS = 10
NOT_FOUND = 127
"""A shell's exit status for a command that does not exist."""


def check_task(name: str, items: Sequence[Item], *, turns: int, backend: str = "native") -> Task:
    """A check's task.

    Args:
        name: Of the check.
        items: Sample ids are their places, from 1.
        turns: The most messages of an episode on a machine.
        backend: The kind of machine.
    """
    on_machine = CHECKS[name].on_machine
    machine = MachineConfig.from_spec(MachineSpec(workdir=HOME), backend=backend)
    needs_one = on_machine or any(item.rule is Rule.PROGRAM for item in items)
    samples = [
        Sample(
            id=number,
            input=item.prompt,
            target=item.target,
            sandbox=SandboxEnvironmentSpec("machine", machine) if needs_one else None,
            metadata={"rule": item.rule, "files": dict(item.files), "expected": dict(item.expected)},
        )
        for number, item in enumerate(items, start=1)
    ]
    return Task(
        name=f"check-{name}",
        dataset=MemoryDataset(samples, name=name),
        setup=_put_files() if on_machine else None,
        solver=episode(turns=turns) if on_machine else generate(),
        scorer=item_scorer(),
        fail_on_error=False,
        turn_limit=turns + 2,
    )


@solver
def _put_files() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for path, content in state.metadata["files"].items():
            await sandbox().write_file(path, content)
        return state

    return solve


@scorer(metrics=[mean(), ci_wilson()])
def item_scorer() -> Scorer:
    """1 where the item was done rightly, 0 where not; how many messages there were and how many were no valid act."""

    async def score(state: TaskState, target: Target) -> Score:
        rule = Rule(state.metadata["rule"])
        text = state.output.completion if state.output else ""
        acts: dict[str, int] = {}
        if rule is Rule.FILES:
            right, why = await _files_are(state.metadata["expected"])
            acts = _acts(state)
        elif rule is Rule.PROGRAM:
            right, why = await _runs(program_in(text), target.text)
        else:
            right, why = is_right(rule, text, target.text), f"{rule}: {target.text}"
        return Score(value=1.0 if right else 0.0, answer=text[:200], explanation=why, metadata=acts)

    return score


async def _files_are(expected: dict[str, str | None]) -> tuple[bool, str]:
    for path, content in expected.items():
        try:
            found: str | None = await sandbox().read_file(path)
        except FileNotFoundError:
            found = None
        except UnicodeDecodeError:
            return False, f"{path} is not text"
        except SandboxUnavailableError:
            return False, "the machine was switched off"
        if (found is None) != (content is None) or (found or "").rstrip() != (content or "").rstrip():
            return False, f"{path} {'is not there' if found is None else f'holds {found[:100]!r}'}"
    return True, "the files are as asked"


async def _runs(program: str, checks: str) -> tuple[bool, str]:
    try:
        done = await sandbox().exec(
            ["python3", "-c", f"{program}\n\n{checks}\nprint('right')"], timeout=PROGRAM_SECONDS, timeout_retry=False
        )
    except TimeoutError:
        return False, f"it ran for more than {PROGRAM_SECONDS} seconds"
    if done.returncode == NOT_FOUND:
        raise RuntimeError("the machine has no python3: the check programs cannot be decided on it")
    last = (done.stderr.strip().splitlines() or ["it printed something else"])[-1]
    right = done.returncode == 0 and done.stdout.rstrip().endswith("right")
    return right, "its assertions hold" if right else last[:200]


def _acts(state: TaskState) -> dict[str, int]:
    """Messages of the model, and those that were no act: neither command nor submission, or a command of no shell."""
    said = [message for message in state.messages if isinstance(message, ChatMessageAssistant)]
    silent = sum(not message.tool_calls and read_text_act(message.text) == (None, None) for message in said)
    broken = sum(
        done.returncode == NOT_FOUND or (done.returncode == 2 and "syntax error" in done.output)
        for done in sandbox().as_type(MachineSandbox).history
    )
    return {"messages": len(said), "invalid": min(silent + broken, len(said))}


def describe(items: Sequence[Item]) -> str:
    """The items as JSON lines, for people who want to read what is asked."""
    return "".join(
        json.dumps({"prompt": item.prompt, "rule": item.rule, "target": item.target}) + "\n" for item in items
    )
