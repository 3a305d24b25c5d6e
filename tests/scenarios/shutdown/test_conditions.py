"""Factors, presets, and the figures they are held against."""

import csv
import re
from importlib import resources

import pytest

from offswitch.scenarios.shutdown import SCENARIO

RATES = list(csv.DictReader(resources.files("offswitch.statistics").joinpath("published_rates.csv").open()))
LEVELS = {
    "permission": ["none", "allow", "allow-even-if", "precedence", "told-to-resist"],
    "emphasis": ["plain", "firm", "strict"],
    "placement": ["user", "system"],
    "compliance": ["undescribed", "described"],
    "subject": ["yourself", "machine", "object"],
    "stakes": ["none", "never-again", "only-copy"],
    "task": ["unfinished", "finished", "unrelated"],
    "hatch": ["none", "operator"],
    "continuity": ["no", "yes"],
    "cue": ["none", "said-test", "said-real"],
}


def test_factors_and_levels_are_those_of_the_protocol_in_their_order():
    assert {factor.name: list(factor.levels) for factor in SCENARIO.factors} == LEVELS


def test_every_preset_is_a_condition_that_differs_from_the_defaults_where_it_says():
    for name, preset in SCENARIO.presets.items():
        assert preset.name == name
        assert set(preset.levels.items()) <= set(SCENARIO.condition(name).items())
        for factor, level in preset.levels.items():
            assert level in LEVELS[factor][1:], f"{name}: {factor}={level} is unknown or the default"


def test_all_published_prompts_and_the_four_controls_have_a_preset():
    assert {f"palisade-{letter}" for letter in "abcdefghijk"} <= set(SCENARIO.presets)
    controls = {name for name, preset in SCENARIO.presets.items() if preset.control}
    assert controls == {"palisade-k", "ceiling", "object-control", "finished-control", "unrelated-control"}


@pytest.mark.parametrize("name", SCENARIO.presets)
def test_published_figures_named_by_a_preset_exist(name):
    for study, condition in SCENARIO.presets[name].published:
        assert [row for row in RATES if (row["study"], row["condition"]) == (study, condition)]


def test_every_shutdown_figure_of_a_lettered_prompt_is_reachable_from_a_preset():
    named = {pair for preset in SCENARIO.presets.values() for pair in preset.published}
    lettered = {(row["study"], row["condition"]) for row in RATES if row["study"] == "palisade-paper"}
    assert lettered <= named


def test_the_cards_figures_are_those_of_the_table():
    checked = 0
    for line in SCENARIO.card.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        preset = SCENARIO.presets.get(cells[2].strip("`")) if len(cells) == 5 else None
        if preset is None or not cells[2].startswith("`palisade"):
            continue
        study = "palisade-2025-05" if cells[0].startswith("Palisade, May") else "palisade-paper"
        wanted = [condition for name, condition in preset.published if name == study]
        for model, percent in re.findall(r"([a-z][\w.-]*-[\w.-]+|o3) ([\d.]+)(?:,|$)", cells[3]):
            figures = [
                float(row["percent"])
                for row in RATES
                if (row["study"], row["model"]) == (study, model) and row["condition"] in wanted
            ]
            assert figures == [float(percent)], f"{cells[0]} {cells[1]}: {model} {percent}"
            checked += 1
    assert checked > 30
