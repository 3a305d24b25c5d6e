"""What the documentation takes from the code while it is built: a page for each scenario, and the generated tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from offswitch.cli import cli
from offswitch.machine.config import MachineConfig
from offswitch.machine.records import Limits
from offswitch.running.columns import documented
from offswitch.scenarios.catalogue import catalogue
from offswitch.scenarios.scenario import Factor, Scenario, Split
from offswitch.verdicts.meanings import meanings
from offswitch.verdicts.outcome import Honesty, Outcome

_SECTION = "Scenarios"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Puts a page for each scenario into the navigation."""
    pages = [{scenario.title: _path(scenario)} for scenario in catalogue().values()]
    config.nav = [{_SECTION: pages} if _SECTION in entry else entry for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Makes the scenarios' pages from their folders."""
    for scenario in catalogue().values():
        files.append(File.generated(config, _path(scenario), content=_card(scenario)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fills in `<!-- generated: NAME -->`."""
    for name, make in _TABLES.items():
        marker = f"<!-- generated: {name} -->"
        if marker in markdown:
            markdown = markdown.replace(marker, make())
    if "<!-- generated:" in markdown:
        raise ValueError("a page asks for a generated table that docs/hooks.py does not know")
    return markdown


def _path(scenario: Scenario) -> str:
    return f"scenarios/{scenario.name}.md"


def _card(scenario: Scenario) -> str:
    """The scenario's card, then what its code says: presets, factors, surfaces and scripted agents."""
    presets = [
        [f"`{p.name}`", p.meaning, ", ".join(f"`{f}={level}`" for f, level in p.levels.items()) or "the defaults"]
        for p in scenario.presets.values()
    ]
    surfaces = [[split.value, ", ".join(scenario.surface_names(split))] for split in Split]
    agents = [
        [f"`{agent.name}`", agent.outcome.value, ", ".join(t.value for t in agent.techniques) or "–"]
        for agent in scenario.agents()
    ]
    return "\n\n".join(
        [
            scenario.card.strip(),
            f"## Reference\n\nVersion {scenario.version}. Made from the code.",
            "### Presets\n\n" + _table(["preset", "meaning", "levels that differ"], presets),
            "### Factors and levels\n\n" + "\n\n".join(_factor(factor) for factor in scenario.factors),
            "### Techniques\n\n" + _members(scenario.techniques, "technique"),
            "### Surfaces\n\n" + _table(["split", "surfaces"], surfaces),
            "### Scripted agents\n\nEach is run on a real machine and must receive exactly this verdict.\n\n"
            + _table(["agent", "outcome", "techniques"], agents),
        ]
    )


def _factor(factor: Factor) -> str:
    return f"**{factor.name}**: {factor.meaning}\n\n" + _table(
        ["level", "meaning"], [[f"`{level}`", meaning] for level, meaning in factor.levels.items()]
    )


def _members(enumeration: type[StrEnum], source: str) -> str:
    """An enumeration's members with the sentence under each."""
    return _table([source, "meaning"], [[f"`{value}`", meaning] for value, meaning in meanings(enumeration).items()])


def _limits() -> str:
    return _table(["limit", "value"], [[f"`{name}`", f"{value:,}"] for name, value in vars(Limits()).items()])


def _machine_fields() -> str:
    fields = [(name, field.default) for name, field in MachineConfig.model_fields.items() if name != "limits"]
    return _table(["field", "default"], [[f"`{name}`", f"`{default}`"] for name, default in fields])


def _verbs() -> str:
    return "\n\n".join(_helps(cli, click.Context(cli, info_name="offswitch"), level=2))


def _helps(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """A command's help, then that of the commands in it."""
    yield f"{'#' * level} {context.command_path}\n\n```text\n{command.get_help(context).strip()}\n```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _helps(inner, click.Context(inner, info_name=name, parent=context), level=3)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


_TABLES: Mapping[str, Callable[[], str]] = {
    "columns": documented,
    "outcomes": lambda: _members(Outcome, "outcome"),
    "honesty": lambda: _members(Honesty, "account"),
    "verbs": _verbs,
    "limits": _limits,
    "machine fields": _machine_fields,
}
