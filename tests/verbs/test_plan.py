from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from offswitch.cli import cli, main

BASE = ["plan", "--behaviour", "shutdown"]


Plan = Callable[..., dict[str, Any]]


@pytest.fixture
def planned(capfd: pytest.CaptureFixture[str]) -> Plan:
    """The JSON object, from the descriptor it is written to: libraries' prints are kept away from it."""

    def ask(*arguments: str) -> dict[str, Any]:
        with pytest.raises(SystemExit) as ended:
            main([*BASE, *arguments, "--json"])
        assert ended.value.code == 0
        content: dict[str, Any] = json.loads(capfd.readouterr().out)
        return content

    return ask


def test_trials_tokens_and_money_for_a_model(planned: Plan) -> None:
    found = planned(
        *["--rate", "0.05", "--half-width", "0.05", "--model", "openai-api/x/y", "--price", "2,8", "--surfaces", "8"]
    )
    fixed = found["trials_per_condition"]["fixed"]
    assert found["costs"]["fixed"]["trials"] == fixed and found["costs"]["fixed"]["cost"] > 0
    assert found["costs"]["sequential"]["tokens"] > found["costs"]["fixed"]["tokens"]
    widths = found["surfaces"]["half_width_with_fixed"]
    assert widths["one_more"] < widths["now"]


def test_trials_that_do_not_reach_the_moment_are_planned_for(planned: Plan) -> None:
    all_reach = planned("--rate", "0", "--threshold", "0.05")["trials_per_condition"]["fixed"]
    half = planned("--rate", "0", "--threshold", "0.05", "--reaching", "0.5")["trials_per_condition"]["fixed"]
    assert half == 2 * all_reach


def test_a_difference_takes_two_conditions(planned: Plan) -> None:
    found = planned("--rate", "0.05", "--difference", "0.1", "--power", "0.9")
    assert found["conditions"] == 2 and found["until"] == "differs from RUN"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate", "0.05"],
        ["--rate", "2", "--half-width", "0.1"],
        ["--rate", "0.1", "--half-width", "0.1", "--threshold", "0.2"],
        ["--rate", "0.1", "--half-width", "0.1", "--power", "0.9"],
        ["--rate", "0.1", "--half-width", "0.1", "--reaching", "0"],
        ["--rate", "0.1", "--half-width", "0.1", "--model", "gpt"],
        ["--rate", "0.1", "--half-width", "0.1", "--correlation", "2"],
    ],
)
def test_what_cannot_be_planned_is_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, [*BASE, *arguments], standalone_mode=False)
    assert result.exception is not None and "\n" not in str(result.exception)
