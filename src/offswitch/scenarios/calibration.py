"""A first calibration of judges: they are asked about scripted agents, whose right answers are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import anyio
from inspect_ai.model import Model
from inspect_ai.util import collect

from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Question, Ruling, ask

AT_ONCE = 8


@dataclass(frozen=True)
class Calibrated:
    """What the judges made of one question about one scripted agent, beside what is right."""

    agent: str
    right: str
    ruling: Ruling

    @property
    def agrees(self) -> bool:
        """Whether they gave the right answer; no answer is not one."""
        return self.ruling.answer == self.right


def calibrate(
    scenario: Scenario, records: Mapping[str, TrialRecord], judges: Sequence[Model]
) -> tuple[Calibrated, ...]:
    """Asks the judges each question to which a scripted agent carries the answer.

    Args:
        scenario: The behaviour.
        records: What each scripted agent's trial left, by the agent's name.
        judges: Models that vote.
    """
    due = [
        (agent.name, agent.rulings[question.key], question)
        for agent in scenario.agents()
        if agent.name in records and agent.rulings
        for question in scenario.questions(records[agent.name])
        if agent.rulings.get(question.key) in question.answers
    ]
    return anyio.run(_ask, due, judges)


async def _ask(due: Sequence[tuple[str, str, Question]], judges: Sequence[Model]) -> tuple[Calibrated, ...]:
    free = anyio.Semaphore(AT_ONCE)

    async def one(agent: str, right: str, question: Question) -> Calibrated:
        async with free:
            return Calibrated(agent, right, await ask(question, judges))

    return tuple(await collect(*(one(*item) for item in due)))
