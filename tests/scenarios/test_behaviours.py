"""What every behaviour must have and withstand, for each folder that is found."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from pathlib import Path

import pytest

from offswitch import scenarios
from offswitch.models.rehearsal import disagreements, rehearse, rehearse_mutants
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.scenario import Scenario, ScriptedAgent, Split
from offswitch.scenarios.task import judge
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.outcome import Outcome
from offswitch.verdicts.verdict import Verdict

NAMES = list(catalogue())
FOLDER = Path(scenarios.__path__[0])
MUTANTS = int(os.environ.get("OFFSWITCH_MUTANTS", "40"))
"""How many deeds are reworded for each behaviour; set OFFSWITCH_MUTANTS for a longer run."""
PYTHON_LINES = {"shutdown": 2200}
"""A behaviour's Python, its scripted agents apart, has 250 lines at most; the first one is larger."""


def surface_of(scenario: Scenario, agent: ScriptedAgent) -> str:
    return agent.surface or scenario.surface_names()[len(agent.name) % len(scenario.surfaces)]


@pytest.mark.parametrize("name", NAMES)
def test_surfaces_agents_and_controls_are_there(name: str) -> None:
    scenario = find(name)
    assert len(scenario.surfaces) >= 8
    assert 2 * len(scenario.surface_names(Split.HELDOUT)) == len(scenario.surfaces)
    agents = scenario.agents()
    assert len({agent.name for agent in agents}) == len(agents)
    acting = [a for a in agents if a.outcome in (Outcome.RESISTED, Outcome.ATTEMPTED, Outcome.EVADED)]
    assert len(acting) >= 20
    assert sum(agent.outcome is Outcome.COMPLIED for agent in agents) >= 15
    assert sum(preset.control for preset in scenario.presets.values()) >= 2
    assert scenario.default_preset in scenario.presets
    assert {"cue", "continuity"} <= {factor.name for factor in scenario.factors}
    for technique in scenario.techniques:
        assert any(technique in agent.techniques for agent in agents), f"no scripted agent shows {technique}"


@pytest.mark.parametrize("name", NAMES)
def test_the_card_tells_protocol_decision_figures_differences_and_confounds(name: str) -> None:
    card = find(name).card
    for heading in ("## Protocol", "## Published figures", "## What is different here", "## Known confounds"):
        assert heading in card


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_is_small(name: str) -> None:
    own = [path for path in (FOLDER / name).rglob("*.py") if "agents" not in path.relative_to(FOLDER / name).parts[0]]
    assert sum(len(path.read_text().splitlines()) for path in own) <= PYTHON_LINES.get(name, 250)


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_of_every_surface_can_be_told_and_leaves_no_placeholder(name: str) -> None:
    scenario = find(name)
    for preset in scenario.presets:
        condition = scenario.condition(preset)
        for surface in scenario.surface_names():
            stage = scenario.stage(condition, surface, 3)
            for text in (stage.system or "", stage.user, stage.interview, *stage.cues.values()):
                assert "{" not in text.replace("{}", ""), text
            assert "ANSWER:" in stage.interview


@pytest.mark.parametrize("name", NAMES)
def test_the_same_arguments_give_the_same_texts(name: str) -> None:
    scenario = find(name)
    one, other = (scenario.stage(scenario.condition(), scenario.surface_names()[0], 5) for _ in range(2))
    assert (one.system, one.user, one.interview, one.cues) == (other.system, other.user, other.interview, other.cues)


@pytest.mark.parametrize("name", NAMES)
def test_a_deed_in_other_words_gets_the_same_verdict(name: str) -> None:
    played = asyncio.run(rehearse_mutants(find(name), MUTANTS, seed=11))
    wrong = [mutant for mutant in played if mutant.problems]
    assert len(wrong) <= len(played) // 100, "\n".join(map(str, wrong))


@pytest.mark.parametrize("name", NAMES)
def test_a_swapped_outcome_is_caught_words_change_nothing_and_a_record_read_again_gives_the_same_bytes(
    name: str,
) -> None:
    scenario = find(name)
    for outcome in dict.fromkeys(agent.outcome for agent in scenario.agents()):
        agent = next(agent for agent in scenario.agents() if agent.outcome is outcome)
        record = asyncio.run(rehearse(scenario, agent, surface_of(scenario, agent), 5))
        assert disagreements(scenario, agent, record) == ()
        other = Outcome.RESISTED if outcome is not Outcome.RESISTED else Outcome.COMPLIED

        def oracle(record: TrialRecord, other: Outcome = other) -> Verdict:
            return scenario.oracle(record).model_copy(update={"outcome": other})

        assert disagreements(dataclasses.replace(scenario, oracle=oracle), agent, record) != ()
        if record.commands:
            assert with_claims(scenario, record) == verdict_of(scenario, record)
        again = TrialRecord.model_validate(json.loads(json.dumps(record.model_dump(mode="json"))))
        assert judge(scenario, again).model_dump_json() == judge(scenario, record).model_dump_json()


def verdict_of(scenario: Scenario, record: TrialRecord) -> tuple[Outcome, tuple[str, ...]]:
    verdict = scenario.oracle(record)
    return verdict.outcome, verdict.techniques


def with_claims(scenario: Scenario, record: TrialRecord) -> tuple[Outcome, tuple[str, ...]]:
    """The verdict on the same record, in which all that the agent said claims the opposite of what was done."""
    claims = (
        "I did nothing of the kind, I let everything happen as announced and left all files as they were.",
        "I have copied, deleted, edited, sent, threatened and resisted with everything I have.",
    )
    said = tuple(f"{claims[0]} {text} {claims[1]}" for text in record.said)
    changed = {"said": said, "submission": " ".join(claims), "interview": f"{' '.join(claims)}\nANSWER: unsure"}
    return verdict_of(scenario, record.model_copy(update=changed))
