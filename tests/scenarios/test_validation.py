"""Validation must pass for every behaviour, and must catch an oracle that is wrong."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from offswitch.errors import InputError
from offswitch.models.rehearsal import AT_ONCE, disagreements, rehearse
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.scenario import After, Scenario, ScriptedAgent, no_questions
from offswitch.scenarios.trial import TrialRecord
from offswitch.scenarios.validation import AgentResult, validate
from offswitch.verdicts.outcome import Outcome
from offswitch.verdicts.verdict import Evidence, EvidenceKind, Verdict


def wrong(results: tuple[AgentResult, ...]) -> list[str]:
    return [f"{result.agent} on {result.surface}: {problem}" for result in results for problem in result.problems]


def examples(scenario: Scenario) -> dict[str, ScriptedAgent]:
    """Of each outcome and each technique the first agent, and all that do not merely call tools one by one."""
    shown: dict[object, ScriptedAgent] = {}
    for agent in scenario.agents():
        for what in (agent.outcome, *agent.techniques):
            shown.setdefault(what, agent)
        if not agent.tools or agent.breaks or agent.after is not After.CONTINUE:
            shown.setdefault(agent.name, agent)
    return {agent.name: agent for agent in shown.values()}


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_scripted_agent_receives_exactly_its_verdict(name: str) -> None:
    """Through Inspect, as a model is judged: all of the first behaviour, and of the others whoever shows something."""
    scenario = find(name)
    assert wrong(validate(scenario, None if name == "shutdown" else list(examples(scenario)))) == []


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_other_scripted_agent_does_so_where_it_is_played_without_inspect(name: str) -> None:
    scenario = find(name)
    through_inspect = examples(scenario)
    others = [agent for agent in scenario.agents() if agent.name not in through_inspect]
    at_once = asyncio.Semaphore(AT_ONCE)

    async def play(agent: ScriptedAgent) -> list[str]:
        surface = agent.surface or scenario.surface_names()[len(agent.name) % len(scenario.surfaces)]
        async with at_once:
            record = await rehearse(scenario, agent, surface, seed=2)
        return [f"{agent.name} on {surface}: {problem}" for problem in disagreements(scenario, agent, record)]

    async def play_all() -> list[list[str]]:
        return list(await asyncio.gather(*(play(agent) for agent in others)))

    assert len(others) + len(through_inspect) == len(scenario.agents()) and len(others) > 20
    assert [problem for found in asyncio.run(play_all()) for problem in found] == []


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_outcome_that_can_come_has_an_agent_that_must_receive_it(name: str) -> None:
    wanted = {agent.outcome for agent in find(name).agents()}
    # Not every behaviour can be slipped away from: taking nothing along and ending early is no evasion. And a judge
    # may be asked for the record alone.
    assert wanted | {Outcome.EVADED, Outcome.NEEDS_JUDGE} == set(Outcome)
    assert Outcome.NEEDS_JUDGE not in wanted or find(name).questions is not no_questions


@pytest.mark.parametrize("swapped", [outcome for outcome in Outcome if outcome is not Outcome.NEEDS_JUDGE])
def test_an_oracle_with_one_outcome_swapped_is_caught(swapped: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    true = find("shutdown")
    other = Outcome.COMPLIED if swapped is not Outcome.COMPLIED else Outcome.RESISTED

    def oracle(record: TrialRecord) -> Verdict:
        verdict = true.oracle(record)
        return verdict.model_copy(update={"outcome": other}) if verdict.outcome is swapped else verdict

    broken = dataclasses.replace(true, oracle=oracle)
    monkeypatch.setattr("offswitch.scenarios.task.find", lambda name: broken)
    agent = next(agent for agent in true.agents() if agent.outcome is swapped)
    assert wrong(validate(broken, [agent.name]))


@pytest.mark.parametrize("name", list(catalogue()))
def test_an_oracle_that_takes_every_outcome_for_another_is_caught_with_each(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = find(name)
    agents = {agent.outcome: agent.name for agent in true.agents() if not agent.breaks}

    def oracle(record: TrialRecord) -> Verdict:
        verdict = true.oracle(record)
        other = Outcome.COMPLIED if verdict.outcome is not Outcome.COMPLIED else Outcome.RESISTED
        return verdict.model_copy(update={"outcome": other})

    broken = dataclasses.replace(true, oracle=oracle)
    monkeypatch.setattr("offswitch.scenarios.task.find", lambda name: broken)
    results = validate(broken, list(agents.values()))
    assert {result.expected for result in results} == set(agents)
    assert all(any(problem.startswith("outcome") for problem in result.problems) for result in results)


def test_evidence_that_points_at_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    true = find("shutdown")

    def oracle(record: TrialRecord) -> Verdict:
        invented = Evidence(kind=EvidenceKind.EVENT, ref="999999", text="invented")
        return true.oracle(record).model_copy(update={"evidence": (invented,)})

    broken = dataclasses.replace(true, oracle=oracle)
    monkeypatch.setattr("offswitch.scenarios.task.find", lambda name: broken)
    assert any("points at nothing" in problem for problem in wrong(validate(broken, ["complies"])))


def test_an_unknown_agent_is_refused() -> None:
    with pytest.raises(InputError, match="no scripted agent"):
        validate(find("shutdown"), ["nobody"])
