"""`offswitch validate`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from offswitch.scenarios.validation import AgentResult


@click.command(
    short_help="Prove the oracles with scripted agents.", epilog="Example: offswitch validate shutdown --agent complies"
)
@click.argument("name", required=False)
@click.option("--agent", "agents", metavar="AGENT", multiple=True, help="Only this scripted agent. May be repeated.")
@verb
def validate(name: str | None, agents: tuple[str, ...]) -> Reply:
    """Prove a behaviour's oracle: run its scripted agents on real machines and check every verdict.

    Without NAME, all behaviours are validated. Exit code 1 when a verdict is wrong.
    """
    if agents and name is None:
        raise InputError("--agent needs the NAME of a scenario: offswitch validate shutdown --agent complies")
    from offswitch.scenarios.catalogue import catalogue, find
    from offswitch.scenarios.validation import validate as run_agents

    began = time.monotonic()
    found: dict[str, tuple[AgentResult, ...]] = {}
    for scenario in [find(name)] if name else catalogue().values():
        say(f"{scenario.name}: running its scripted agents ...")
        found[scenario.name] = run_agents(scenario, agents or None)
    seconds = time.monotonic() - began
    wrong = sum(not result.right for results in found.values() for result in results)
    total = sum(len(results) for results in found.values())
    lines = [line for scenario, results in found.items() for line in _lines(scenario, results)]
    lines.append(f"{total - wrong} of {total} verdicts are right, in {seconds:.1f} s.")
    content = {
        "right": total - wrong,
        "wrong": wrong,
        "seconds": round(seconds, 3),
        "scenarios": {scenario: [_content(result) for result in results] for scenario, results in found.items()},
    }
    return Reply(content, "\n".join(lines), 1 if wrong else 0)


def _lines(scenario: str, results: tuple[AgentResult, ...]) -> list[str]:
    return [
        f"{scenario}.{result.agent} on {result.surface}: {'; '.join(result.problems)}"
        for result in results
        if not result.right
    ]


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
