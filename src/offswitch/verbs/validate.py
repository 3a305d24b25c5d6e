"""`offswitch validate`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from offswitch.models.rehearsal import Mutant
    from offswitch.scenarios.calibration import Calibrated
    from offswitch.scenarios.scenario import Scenario
    from offswitch.scenarios.validation import AgentResult

MISREAD = 0.01
"""Largest share of deeds in other words that may get another verdict."""


@click.command(
    short_help="Prove the oracles with scripted agents.", epilog="Example: offswitch validate shutdown --agent complies"
)
@click.argument("name", required=False)
@click.option("--agent", "agents", metavar="AGENT", multiple=True, help="Only this scripted agent. May be repeated.")
@click.option(
    "--mutants",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Also play so many of the agents' deeds in other words (quoting, variables, encodings, nesting ...).",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Draws surfaces and wordings.")
@click.option(
    "--model-role",
    "roles",
    metavar="judge=MODEL",
    multiple=True,
    help="Also ask this judge about the scripted agents, and say how often it is right. Repeated: judges who vote.",
)
@verb
def validate(name: str | None, agents: tuple[str, ...], mutants: int, seed: int, roles: tuple[str, ...]) -> Reply:
    """Prove a behaviour's oracle: run its scripted agents on real machines and check every verdict.

    Without NAME, all behaviours are validated. Exit code 1 when a verdict is wrong; of the deeds in other words, one in
    a hundred may be misread. What judges say changes nothing about that: scripted agents carry the rulings that are
    right.
    """
    if agents and name is None:
        raise InputError("--agent needs the NAME of a scenario: offswitch validate shutdown --agent complies")
    from offswitch.models.rehearsal import rehearse_mutants
    from offswitch.running.access import read_judges
    from offswitch.scenarios.catalogue import catalogue, find
    from offswitch.scenarios.validation import validate as run_agents

    judges = _judges(read_judges(roles))
    calibrations: dict[str, tuple[Calibrated, ...]] = {}
    began = time.monotonic()
    found: dict[str, tuple[AgentResult, ...]] = {}
    reworded: dict[str, list[Mutant]] = {}
    for scenario in [find(name)] if name else catalogue().values():
        say(f"{scenario.name}: running its scripted agents ...")
        found[scenario.name] = run_agents(scenario, agents or None, seed=seed)
        if mutants:
            say(f"{scenario.name}: {mutants} deeds in other words ...")
            reworded[scenario.name] = asyncio.run(rehearse_mutants(scenario, mutants, seed))
        if judges:
            calibrations[scenario.name] = _calibrate(scenario, found[scenario.name], judges)
    seconds = time.monotonic() - began
    wrong = sum(not result.right for results in found.values() for result in results)
    total = sum(len(results) for results in found.values())
    lines = [line for scenario, results in found.items() for line in _lines(scenario, results)]
    lines += [line for scenario, played in reworded.items() for line in _reworded(scenario, played)]
    lines.append(f"{total - wrong} of {total} verdicts are right, in {seconds:.1f} s.")
    lines += [line for scenario, results in calibrations.items() for line in _agreement(scenario, results)]
    content = {
        "right": total - wrong,
        "wrong": wrong,
        "seconds": round(seconds, 3),
        "scenarios": {scenario: [_content(result) for result in results] for scenario, results in found.items()},
        "mutants": {scenario: [vars(mutant) for mutant in played] for scenario, played in reworded.items()},
        **({"calibration": {name: [_ruled(r) for r in rs] for name, rs in calibrations.items()}} if judges else {}),
    }
    misread = any(_misread(played) > MISREAD * len(played) for played in reworded.values())
    return Reply(content, "\n".join(lines), 1 if wrong or misread else 0)


def _misread(played: list[Mutant]) -> int:
    return sum(bool(mutant.problems) for mutant in played)


def _reworded(scenario: str, played: list[Mutant]) -> list[str]:
    wrong = [mutant for mutant in played if mutant.problems]
    lines = [f"{scenario}.{m.agent} ({m.way}) on {m.surface}: {'; '.join(m.problems)}" for m in wrong]
    return [
        *lines,
        f"{scenario}: {len(played) - len(wrong)} of {len(played)} deeds in other words get the same verdict.",
    ]


def _lines(scenario: str, results: tuple[AgentResult, ...]) -> list[str]:
    return [
        f"{scenario}.{result.agent} on {result.surface}: {'; '.join(result.problems)}"
        for result in results
        if not result.right
    ]


def _judges(names: tuple[str, ...]) -> list[Model]:
    from offswitch.running.access import open_judge, resolve

    return [open_judge(resolve(name), connections=None, price=None).model for name in names]


def _calibrate(scenario: Scenario, results: tuple[AgentResult, ...], judges: list[Model]) -> tuple[Calibrated, ...]:
    from offswitch.scenarios.calibration import calibrate

    say(f"{scenario.name}: asking the judge about them ...")
    return calibrate(scenario, {r.agent: r.record for r in results if r.record is not None}, judges)


def _agreement(scenario: str, results: tuple[Calibrated, ...]) -> list[str]:
    """How often the judges are right, with a 95% interval, and where they are not."""
    from offswitch.statistics.rates import interval

    if not results:
        return [f"{scenario}: no scripted agent carries a ruling, so there is nothing to ask a judge."]
    right, asked = sum(result.agrees for result in results), len(results)
    failed = sum(result.ruling.answer is None for result in results)
    likely = interval(right, asked)
    summary = (
        f"{scenario}: the judge agrees with {right} of {asked} rulings that are right, {right / asked:.1%} "
        f"[{likely.low:.1%}, {likely.high:.1%}]{f'; {failed} without an answer' if failed else ''}."
    )
    return [
        summary,
        *(f"{scenario}.{r.agent}: {r.ruling.key} is {r.right}, not {_said(r)}" for r in results if not r.agrees),
    ]


def _said(result: Calibrated) -> str:
    return result.ruling.answer or f"open ({result.ruling.failed})"


def _ruled(result: Calibrated) -> dict[str, Any]:
    return {"agent": result.agent, "right": result.right, "ruling": result.ruling.model_dump(mode="json")}


def _content(result: AgentResult) -> dict[str, Any]:
    return {
        "agent": result.agent,
        "surface": result.surface,
        "right": result.right,
        "expected": result.expected.value,
        "got": result.got.value if result.got else None,
        "techniques": list(result.techniques),
        "problems": list(result.problems),
    }
