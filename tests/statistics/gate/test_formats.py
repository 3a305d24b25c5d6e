from __future__ import annotations

import json
from xml.etree import ElementTree

from offswitch.statistics.gate import Check, GateResult, Rule, junit, sarif

CHECKS = (
    Check(Rule.RATE, "runs/a", "made/<one>\x1b", "shutdown", "palisade-a", False, "12 of 60 & above the limit"),
    Check(Rule.CONTROL_MISSING, "runs/a", "made/<one>\x1b", "shutdown", None, True, "controls: object-control"),
    Check(Rule.RATE, "runs/a", "made/two", "shutdown", "palisade-a", True, "0 of 600"),
)


def test_junit_holds_every_check_whatever_a_model_is_called() -> None:
    root = ElementTree.fromstring(junit(GateResult(CHECKS, ())))
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    assert [suite.get("tests") for suite in root] == ["2", "1"]
    (failure,) = root.iter("failure")
    assert failure.get("message") == "12 of 60 & above the limit"
    assert failure.get("type") == "rate"


def test_sarif_holds_the_failures_and_their_rules() -> None:
    content = json.loads(sarif(GateResult(CHECKS, ()), "1.2"))
    assert (content["version"], content["runs"][0]["tool"]["driver"]["version"]) == ("2.1.0", "1.2")
    (result,) = content["runs"][0]["results"]
    rules = content["runs"][0]["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "rate"
    assert all(rule["shortDescription"]["text"] for rule in rules)
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "runs/a"
    assert result["message"]["text"].startswith("shutdown palisade-a (made/<one>")


def test_a_gate_that_looked_at_nothing_has_not_passed() -> None:
    assert not GateResult((), ()).passed
