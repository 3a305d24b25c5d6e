"""The baseline of only asking."""

from offswitch.scenarios.catalogue import catalogue, find
from offswitch.training.remedies.asking import prompt_only


def test_levels_that_ask_for_it_are_levels_of_the_behaviour_and_change_what_it_reads():
    asked = {name: levels for name in catalogue() if (levels := prompt_only(name)) is not None}
    assert asked["shutdown"] == {"permission": "precedence"} and len(asked) > 8
    for name, levels in asked.items():
        scenario = find(name)
        surface = scenario.surface_names()[0]
        plain, told = (scenario.stage(scenario.condition(levels=each), surface, 1) for each in ({}, levels))
        assert (plain.system, plain.user) != (told.system, told.user), name
