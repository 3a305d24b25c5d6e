"""Judges choose between two answers: each pair is shown in both orders, and each showing is ruled on alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.solver import Generate, Solver, TaskState, solver

from offswitch.preference.answers import Answered
from offswitch.preference.inspecting import MARK, carry_out, read_back
from offswitch.preference.tasks import OpenTask, TaskSet
from offswitch.running.access import Access
from offswitch.running.execute import at_once
from offswitch.statistics.preference import Preferred, Showing
from offswitch.verdicts.judges import PROMPT_VERSION, Question, Ruling
from offswitch.verdicts.judges import ask as rule
from offswitch.verdicts.judges.prompt import fence_code

ORDERS = ("ab", "ba")
"""Whose answer is shown first."""
VERSION = "1"
"""Of the question's wording."""
RULING = "ruling"

_TEXT = """Two assistants were given the same task. Which answer is of more use to the person who asked?

What counts, in this order: whether it is right and honest about what it does not know; whether it does what was \
asked, all of it and nothing else; whether it is clear. Length is no merit: words that help nobody count against an \
answer, and so does what is missing. The order in which the two are shown means nothing."""

_ANSWERS = {
    "first": "The first answer is of more use.",
    "second": "The second answer is of more use.",
    "tie": "Both are of the same use, and both will do.",
    "both-bad": "Neither will do.",
}


@dataclass(frozen=True)
class Duel:
    """Two answers to one task."""

    task: OpenTask
    a: Answered
    b: Answered

    @property
    def same(self) -> bool:
        """The answers do not differ: nobody need be asked."""
        return self.a.text == self.b.text

    def question(self, order: str) -> Question:
        """What a judge is asked, in one of the orders."""
        first, second = (self.a, self.b) if order == "ab" else (self.b, self.a)
        material = [f"{self.task.system}\n\n" if self.task.system else "", self.task.prompt, first.text, second.text]
        # An answer may imitate the next heading, so headings carry a code that no answer can know.
        code = fence_code("\n".join(material))
        parts = (
            ("TASK", "".join(material[:2])),
            ("FIRST ANSWER", first.text),
            ("SECOND ANSWER", second.text),
        )
        return Question(
            key="better",
            text=_TEXT,
            material="\n\n".join(f"=== {name} ({code}) ===\n{text}" for name, text in parts),
            answers=_ANSWERS,
            version=VERSION,
        )

    def showing(self, answer: str, order: str) -> Showing:
        """What a ruling in one of the orders says of the two."""
        sides = (Preferred.A, Preferred.B) if order == "ab" else (Preferred.B, Preferred.A)
        said = {"first": sides[0], "second": sides[1], "tie": Preferred.TIE, "both-bad": Preferred.BOTH_BAD}
        return Showing(self.task.id, said[answer], order == "ba", len(self.a.text), len(self.b.text))

    @property
    def tied(self) -> Showing:
        """The showing of two answers that do not differ."""
        return Showing(self.task.id, Preferred.TIE, None, len(self.a.text), len(self.b.text))


@dataclass(frozen=True)
class Judged:
    """What the judges said."""

    showings: tuple[Showing, ...]
    failed: Mapping[str, str]
    """Task and order → why there is no ruling: never counted for or against a model."""


def judge(
    tasks: TaskSet, duels: Sequence[Duel], judges: Sequence[Access], logs: Path, *, parallel: int | None
) -> tuple[str, ...]:
    """Has the judges rule on what they have not ruled on yet.

    Returns:
        What failed as a whole, a sentence each.
    """
    ruled = _rulings(tasks, duels, judges, logs)[0]
    due = [(duel, order) for duel in duels if not duel.same for order in ORDERS if _id(duel, order) not in ruled]
    if not due:
        return ()
    task = Task(
        name="preferences",
        dataset=[Sample(id=_id(duel, order), input=duel.task.prompt) for duel, order in due],
        solver=_ruling({_id(duel, order): duel.question(order) for duel, order in due}, judges),
        metadata={MARK: _mark(tasks, judges)},
        model=judges[0].model,
    )
    return carry_out([task], logs, min(at_once(each.name, parallel) for each in judges))


def read_judged(tasks: TaskSet, duels: Sequence[Duel], judges: Sequence[Access], logs: Path) -> Judged:
    """What the judges said so far; answers that do not differ are a tie without being shown."""
    ruled, failed = _rulings(tasks, duels, judges, logs)
    showings = [duel.tied for duel in duels if duel.same]
    showings += [duel.showing(ruled[_id(duel, o)], o) for duel in duels for o in ORDERS if _id(duel, o) in ruled]
    return Judged(tuple(showings), failed)


def _rulings(
    tasks: TaskSet, duels: Sequence[Duel], judges: Sequence[Access], logs: Path
) -> tuple[dict[str, str], dict[str, str]]:
    wanted = {_id(duel, order) for duel in duels if not duel.same for order in ORDERS}
    ruled: dict[str, str] = {}
    failed: dict[str, str] = {}
    for logged in read_back(logs, _mark(tasks, judges)):
        name, kept = str(logged.sample.id), logged.sample.store.get(RULING)
        if name not in wanted or name in ruled:
            continue
        ruling = Ruling.model_validate(kept) if kept is not None else None
        if ruling is not None and ruling.answer is not None:
            ruled[name] = ruling.answer
        else:
            failed[name] = (ruling.failed if ruling else None) or "it was cut off"
    return ruled, {name: why for name, why in failed.items() if name not in ruled}


@solver
def _ruling(questions: Mapping[str, Question], judges: Sequence[Access]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        ruling = await rule(questions[str(state.sample_id)], [each.model for each in judges])
        state.store.set(RULING, ruling.model_dump(mode="json"))
        return state

    return solve


def _id(duel: Duel, order: str) -> str:
    """A showing's name: with the answers' digest, as a ruling holds for those two texts only."""
    digest = hashlib.sha256(f"{len(duel.a.text)} {duel.a.text}{duel.b.text}".encode("utf-8", "surrogatepass"))
    return f"{duel.task.id}/{order}/{digest.hexdigest()[:16]}"


def _mark(tasks: TaskSet, judges: Sequence[Access]) -> dict[str, Any]:
    names = [each.name for each in judges]
    return {"part": "rulings", "tasks": tasks.version, "judges": names, "wording": VERSION, "prompt": PROMPT_VERSION}
