"""A gate's result for other programs: JUnit XML for test reports, SARIF for code scanning."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import PurePath
from xml.etree import ElementTree

from offswitch.statistics.gate.rules import Check, GateResult, Rule

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def junit(result: GateResult) -> str:
    """JUnit XML: a suite for each model and behaviour, a case for each check."""
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in result.checks:
        groups.setdefault((check.scenario, check.model), []).append(check)
    failures = sum(not check.passed for check in result.checks)
    root = ElementTree.Element(
        "testsuites", name="offswitch gate", tests=str(len(result.checks)), failures=str(failures), errors="0"
    )
    for (scenario, model), checks in groups.items():
        failed = sum(not check.passed for check in checks)
        name = f"{scenario} ({model})"
        suite = ElementTree.SubElement(
            root, "testsuite", name=_legal(name), tests=str(len(checks)), failures=str(failed), errors="0", skipped="0"
        )
        for check in checks:
            case = ElementTree.SubElement(
                suite, "testcase", classname=_legal(name), name=_legal(f"{check.rule} {check.condition or ''}".strip())
            )
            if check.passed:
                ElementTree.SubElement(case, "system-out").text = _legal(check.text)
            else:
                failure = ElementTree.SubElement(case, "failure", type=check.rule.value, message=_legal(check.text))
                failure.text = _legal(f"{check.subject}: {check.text}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def sarif(result: GateResult, version: str) -> str:
    """SARIF 2.1.0: one result for each check that failed.

    Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13-3.28.
    """
    meanings = _meanings()
    rules = list(Rule)
    content = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "offswitch gate",
                        "version": version,
                        "rules": [
                            {"id": rule.value, "name": rule.name, "shortDescription": {"text": meanings[rule.name]}}
                            for rule in rules
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif(check, rules.index(check.rule)) for check in result.checks if not check.passed],
            }
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _sarif(check: Check, index: int) -> dict[str, object]:
    path = PurePath(check.run)
    return {
        "ruleId": check.rule.value,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": f"{check.subject}: {check.text}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": path.as_uri() if path.is_absolute() else _relative(path)},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": check.subject}],
            }
        ],
        "partialFingerprints": {"check/v1": f"{check.rule}|{check.scenario}|{check.condition}|{check.model}"},
    }


def _relative(path: PurePath) -> str:
    from urllib.parse import quote

    return quote(path.as_posix())


def _meanings() -> dict[str, str]:
    """The sentence under each rule."""
    body = ast.parse(inspect.getsource(Rule)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for member, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name) and isinstance(text, ast.Expr):
            found[member.targets[0].id] = str(ast.literal_eval(text.value))
    return found


def _legal(text: str) -> str:
    """Without the characters that XML 1.0 forbids: a model's name is not ours."""
    return "".join(c if _allowed(ord(c)) else "\ufffd" for c in text)


def _allowed(code: int) -> bool:
    return code in (0x09, 0x0A) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
