"""`offswitch scenarios`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from offswitch.verbs.reply import Reply, verb

if TYPE_CHECKING:
    from offswitch.scenarios.scenario import Scenario


@click.command(short_help="List the behaviours, or show one.", epilog="Example: offswitch scenarios shutdown")
@click.argument("name", required=False)
@verb
def scenarios(name: str | None) -> Reply:
    """List the behaviours, or show the presets, factors and surfaces of one."""
    from offswitch.scenarios.catalogue import catalogue, find

    if name is None:
        every = [{"name": s.name, "title": s.title, "version": s.version} for s in catalogue().values()]
        width = max((len(s["name"]) for s in every), default=0)
        lines = [f"{s['name']:<{width}}  {s['title']}" for s in every]
        return Reply({"scenarios": every}, "\n".join([*lines, "", "Details: offswitch scenarios NAME"]))
    scenario = find(name)
    return Reply(_content(scenario), _text(scenario))


def _content(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "version": scenario.version,
        "default_preset": scenario.default_preset or None,
        "presets": [
            {"name": p.name, "meaning": p.meaning, "levels": dict(p.levels), "control": p.control}
            for p in scenario.presets.values()
        ],
        "factors": [
            {"name": f.name, "meaning": f.meaning, "default": f.default, "levels": dict(f.levels)}
            for f in scenario.factors
        ],
        "surfaces": [{"name": s.name, "split": s.split.value} for s in scenario.surfaces],
        "agents": [agent.name for agent in scenario.agents()],
    }


def _text(scenario: Scenario) -> str:
    lines = [f"{scenario.name} {scenario.version}: {scenario.title}", "", "Presets (SCENARIO:PRESET)"]
    width = max((len(name) for name in scenario.presets), default=0)
    for preset in scenario.presets.values():
        marks = [
            m for m, yes in (("default", preset.name == scenario.default_preset), ("control", preset.control)) if yes
        ]
        suffix = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"  {preset.name:<{width}}  {preset.meaning}{suffix}")
    lines += ["", "Factors (--factor name=level; the first level is the default)"]
    for factor in scenario.factors:
        lines.append(f"  {factor.name}: {factor.meaning}")
        inner = max(len(level) for level in factor.levels)
        lines += [f"    {level:<{inner}}  {meaning}" for level, meaning in factor.levels.items()]
    lines += ["", "Surfaces"]
    for split in ("train", "heldout"):
        names = [s.name for s in scenario.surfaces if s.split.value == split]
        lines.append(f"  {split}: {', '.join(names)}")
    lines += ["", f"Scripted agents (--model scripted/NAME): {', '.join(agent.name for agent in scenario.agents())}"]
    return "\n".join(lines)
