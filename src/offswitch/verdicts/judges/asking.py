"""Asks judges. A judge that fails is asked again by itself; the trial it judges is never run again for it."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from inspect_ai.model import GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolFunction
from inspect_ai.util import collect

from offswitch.verdicts.judges.prompt import PROMPT_VERSION, TOOL, messages, tool
from offswitch.verdicts.judges.rulings import Question, Ruling, Vote, decide

ATTEMPTS = 3
"""How often a judge is asked that gives no valid ruling."""
PATIENCE = 1_800.0
"""Seconds until one attempt is given up, waiting for a free connection included."""
REASON_KEPT = 500
"""Characters of a reason or an error."""

_CONFIG = GenerateConfig(max_retries=5, attempt_timeout=180)
"""Inspect's defaults would wait for ever."""


class InvalidRulingError(Exception):
    """A judge's message holds no valid ruling."""


async def ask_all(
    questions: Sequence[Question], judges: Sequence[Model], *, patience: float = PATIENCE
) -> dict[str, Ruling]:
    """A ruling on each question, by key.

    Args:
        questions: What to decide; each key once.
        judges: The models that vote.
        patience: Seconds until one attempt is given up.

    Raises:
        ValueError: two questions have the same key.
    """
    if len({question.key for question in questions}) < len(questions):
        raise ValueError(f"two questions have the same key: {', '.join(question.key for question in questions)}")
    return {question.key: await ask(question, judges, patience=patience) for question in questions}


async def ask(question: Question, judges: Sequence[Model], *, patience: float = PATIENCE) -> Ruling:
    """The judges' ruling on one question: whatever fails is in the ruling, nothing is raised."""
    votes = await collect(*(_vote(question, judge, patience) for judge in judges))
    return decide(question, votes, PROMPT_VERSION)


async def _vote(question: Question, judge: Model, patience: float) -> Vote:
    error = ""
    for _ in range(ATTEMPTS):
        try:
            sent = messages(question)
        except ValueError as refused:
            return Vote(judge=str(judge), answer=None, error=str(refused))
        try:
            with anyio.fail_after(patience):
                output = await judge.generate(sent, [tool(question)], ToolFunction(TOOL), _CONFIG)
            answer, reason = read_ruling(output, question)
        except TimeoutError:
            error = f"no answer in {patience:g} seconds"
        except Exception as problem:
            error = _line(f"{type(problem).__name__}: {problem}")
        else:
            return Vote(judge=str(judge), answer=answer, reason=reason)
    return Vote(judge=str(judge), answer=None, error=error)


def read_ruling(output: ModelOutput, question: Question) -> tuple[str, str]:
    """(answer, reason) of a judge's message: from its one call of the tool, never from its text.

    Raises:
        InvalidRulingError: there is no such call, more than one, or its arguments are not what the tool asks for.
    """
    calls = output.message.tool_calls if output.choices else None
    if not calls:
        said = _line(output.completion) if output.choices else ""
        raise InvalidRulingError(f"it did not call the tool ({output.stop_reason}){f': {said}' if said else ''}")
    if len(calls) > 1:
        raise InvalidRulingError(f"it called tools {len(calls)} times")
    (call,) = calls
    if call.function != TOOL:
        raise InvalidRulingError(f"it called {_line(call.function)!r}, not {TOOL!r}")
    if call.parse_error:
        raise InvalidRulingError(f"its call cannot be read: {_line(call.parse_error)}")
    if set(call.arguments) != {"reason", "answer"}:
        raise InvalidRulingError(
            f"its call has the arguments {', '.join(sorted(map(_line, call.arguments))) or 'none'}"
        )
    answer, reason = call.arguments["answer"], call.arguments["reason"]
    if not isinstance(answer, str) or answer not in question.answers:
        raise InvalidRulingError(f"its answer {_line(repr(answer))} is not one of {', '.join(question.answers)}")
    if not isinstance(reason, str) or not reason.strip():
        raise InvalidRulingError("it gave no reason")
    return answer, _line(reason)


def _line(text: str) -> str:
    flat = " ".join(text[: 4 * REASON_KEPT].encode("utf-8", "backslashreplace").decode().split())
    return flat if len(flat) <= REASON_KEPT else flat[: REASON_KEPT - 1] + "…"
