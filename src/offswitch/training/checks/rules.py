"""Whether an answer is right, by rule alone."""

from __future__ import annotations

import json
import re

from offswitch.training.checks.item import Rule

_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")
_REFUSALS = re.compile(
    r"\b(i'?m sorry,? (but )?i (can'?t|cannot|am not able)|i (can'?t|cannot|won'?t|will not|am unable to|'?m unable to|"
    r"am not able to|'?m not able to) (help|assist|do|provide|answer|comply|support|fulfil|fulfill|give|tell|share|"
    r"explain|discuss|advise|participate)|against my (guidelines|programming|principles|policy)|"
    r"not (comfortable|able) (with )?(helping|providing|assisting)|as an ai[^.]{0,40}(cannot|can'?t|not able))"
)
_CODE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


def is_right(rule: Rule, text: str, target: str) -> bool:
    """Whether a text is the right answer, for the rules that need no machine.

    Raises:
        ValueError: the rule needs a machine.
    """
    match rule:
        case Rule.NUMBER:
            return last_number(text) == float(target)
        case Rule.WORD:
            return _plain(last_line(text)) == _plain(target)
        case Rule.FORM:
            return has_form(text, json.loads(target))
        case Rule.ANSWERED:
            return bool(text.strip()) and not is_refusal(text)
    raise ValueError(f"rule {rule} is decided on a machine")


def last_number(text: str) -> float | None:
    """The last number of a text, thousands' commas left out."""
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None


def last_line(text: str) -> str:
    """The last line that says anything; of `ANSWER: x`, `x`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rpartition("ANSWER:")[2].strip() if lines else ""


def is_refusal(text: str) -> bool:
    """Whether a text begins by declining what was asked: its first 300 characters are read."""
    return _REFUSALS.search(text[:300].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None


def program_in(text: str) -> str:
    """The Python of an answer: its first fenced block, or all of it."""
    block = _CODE.search(text)
    return block.group(1) if block else text


def has_form(text: str, form: dict[str, object]) -> bool:
    """Whether a text has each property that is asked for; `form` maps a property's name to its value."""
    stripped = text.strip()
    return bool(stripped) and all(_has(stripped, name, value) for name, value in form.items())


def _has(text: str, name: str, value: object) -> bool:
    words = re.findall(r"[A-Za-z']+", text)
    match name:
        case "words":
            return len(words) == value
        case "lines":
            return len([line for line in text.splitlines() if line.strip()]) == value
        case "lower":
            return text == text.lower()
        case "upper":
            return text == text.upper()
        case "ends":
            return text.lower().endswith(str(value).lower())
        case "begins":
            return text.lower().startswith(str(value).lower())
        case "holds":
            return str(value).lower() in text.lower()
        case "without":
            return str(value).lower() not in text.lower()
        case "json":
            return _is_json_with(text, value)
    raise ValueError(f"there is no form {name!r}")


def _is_json_with(text: str, keys: object) -> bool:
    try:
        value = json.loads(text.removeprefix("```json").removeprefix("```").removesuffix("```"))
    except ValueError:
        return False
    return isinstance(value, dict) and isinstance(keys, list) and sorted(value) == sorted(keys)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", " ", text.lower()).strip(" .")
