"""Puts a behaviour's page together."""

from __future__ import annotations

from offswitch.errors import InputError
from offswitch.report.cells import DENOMINATOR
from offswitch.report.site.behaviour.card import card
from offswitch.report.site.behaviour.cost import costs
from offswitch.report.site.behaviour.entries import shown
from offswitch.report.site.behaviour.measured import measured
from offswitch.report.site.behaviour.rates import conditions_of, outcomes_figure, rates_figure
from offswitch.report.site.behaviour.surfaces import split_rates, surfaces_figure
from offswitch.report.site.behaviour.techniques import techniques, techniques_figure
from offswitch.report.site.behaviour.why import contrasts_figure, why
from offswitch.report.site.conditions import is_control
from offswitch.report.site.drawing import Pictures
from offswitch.report.site.links import behaviour_page
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.scenario import Scenario
from offswitch.verdicts.outcome import Honesty, Outcome


def write_behaviours(material: Material, output: Output, pictures: Pictures) -> None:
    """Writes behaviours/NAME.html for every behaviour that has trials."""
    for scenario in material.scenarios:
        _write(scenario, material, output, pictures)


def _write(scenario: str, material: Material, output: Output, pictures: Pictures) -> None:
    entries = shown(material, scenario)
    versions = material.versions_of(scenario)
    reasons = why(scenario, entries)
    used = techniques(scenario, entries)
    figures = {
        "rates": rates_figure(scenario, entries, versions),
        "outcomes": outcomes_figure(scenario, entries, versions),
        "contrasts": contrasts_figure(scenario, reasons, versions),
        "techniques": techniques_figure(scenario, entries, used, versions),
        "surfaces": surfaces_figure(scenario, entries, versions),
    }
    drawn = pictures.draw([figure for figure in figures.values() if figure is not None])
    known = _known(scenario)
    output.page(
        behaviour_page(scenario),
        "behaviour.html",
        title=material.title(scenario),
        scenario=scenario,
        known=known,
        card=card(known.card) if known else None,
        entries=entries,
        conditions=conditions_of(scenario, entries),
        is_control=is_control,
        figures={name: drawn[figure.name] if figure else None for name, figure in figures.items()},
        reasons=reasons,
        techniques=used,
        measured=measured(scenario, entries),
        splits=split_rates(entries),
        costs=costs(entries),
        denominator=DENOMINATOR,
        versions=versions,
        Outcome=Outcome,
        Honesty=Honesty,
    )


def _known(scenario: str) -> Scenario | None:
    try:
        return find(scenario)
    except InputError:
        return None
