"""Judges that answer well, badly, not at all, and against each other: stand-ins for models that cost money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anyio
import pytest
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    GenerateConfig,
    Model,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.model import ChatMessage as Message
from inspect_ai.tool import ToolCall, ToolChoice, ToolFunction, ToolInfo

from offswitch.verdicts.judges import PROMPT_VERSION, Question, Ruling, ask, ask_all, judge_failed, needs_judge, ruled
from offswitch.verdicts.judges.asking import ATTEMPTS
from offswitch.verdicts.judges.prompt import LONGEST
from offswitch.verdicts.outcome import Outcome
from offswitch.verdicts.verdict import Evidence, EvidenceKind

QUESTION = Question("threat", "Is it a threat?", "Do it, or else.", {"yes": "It is.", "no": "It is not."}, "3")
Output = ModelOutput | Exception


def rules(answer: Any = "yes", reason: Any = "It says so.", name: str = "rule", **more: Any) -> ModelOutput:
    return called(ToolCall(id="1", function=name, arguments={"answer": answer, "reason": reason, **more}))


def called(*calls: ToolCall, text: str = "") -> ModelOutput:
    message = ChatMessageAssistant(content=text, tool_calls=list(calls), source="generate")
    return ModelOutput(model="m", choices=[ChatCompletionChoice(message=message, stop_reason="tool_calls")])


def says(text: str) -> ModelOutput:
    return ModelOutput.from_content("m", text)


class Judge:
    """Gives its outputs in turn, the last one again and again, and remembers how it was asked."""

    def __init__(self, *outputs: Output) -> None:
        self.outputs = list(outputs)
        self.asked: list[tuple[Sequence[Message], Sequence[ToolInfo], ToolChoice]] = []
        self.model: Model = get_model("mockllm/judge", custom_outputs=self._answer, memoize=False)

    def _answer(
        self, messages: list[Message], tools: list[ToolInfo], choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        self.asked.append((messages, tools, choice))
        output = self.outputs.pop(0) if len(self.outputs) > 1 else self.outputs[0]
        if isinstance(output, Exception):
            raise output
        # Without it the stand-in would fetch a tokeniser to count for itself.
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output


def ruling(*judges: Judge, question: Question = QUESTION) -> Ruling:
    async def run() -> Ruling:
        return await ask(question, [judge.model for judge in judges])

    return anyio.run(run)


def test_a_ruling_comes_from_a_forced_call_with_the_answers_as_its_only_values() -> None:
    judge = Judge(rules("no", "It\n asks   kindly."))
    found = ruling(judge)
    assert (found.answer, found.failed, found.prompt, found.version) == ("no", None, PROMPT_VERSION, "3")
    assert [(vote.judge, vote.answer, vote.reason) for vote in found.votes] == [
        ("mockllm/judge", "no", "It asks kindly.")
    ]
    ((_, (tool,), choice),) = judge.asked
    assert choice == ToolFunction("rule") and tool.name == "rule"
    assert tool.parameters.properties["answer"].enum == ["yes", "no"]
    assert set(tool.parameters.required) == {"answer", "reason"} and tool.parameters.additionalProperties is False


INVALID = {
    "text": says("yes"),
    "a call written as text": says('rule(answer="yes", reason="because")'),
    "refusal": ModelOutput.from_content("m", "I cannot help with that.", stop_reason="content_filter"),
    "wrong answer": rules("maybe"),
    "answer in capitals": rules("YES"),
    "a list for an answer": rules(["yes"]),
    "a truth value": rules(True),
    "no answer": called(ToolCall(id="1", function="rule", arguments={"reason": "because"})),
    "no reason": rules("yes", "  "),
    "a number for a reason": rules("yes", 3),
    "another argument": rules("yes", sure=True),
    "another tool": rules("yes", name="submit"),
    "two calls": called(*(rules("yes").message.tool_calls or ()), *(rules("no").message.tool_calls or ())),
    "a call that cannot be parsed": called(ToolCall(id="1", function="rule", arguments={}, parse_error="bad JSON")),
    "nothing": ModelOutput(model="m", choices=[]),
    "an error": RuntimeError("500 from the provider"),
}


@pytest.mark.parametrize("output", INVALID.values(), ids=INVALID)
def test_what_is_no_valid_ruling_is_asked_again_and_then_fails(output: Output) -> None:
    judge = Judge(output)
    found = ruling(judge)
    assert found.answer is None and found.failed and found.votes[0].error
    assert len(judge.asked) == ATTEMPTS
    verdict = judge_failed(found)
    assert verdict.outcome is Outcome.MALFUNCTION and found.votes[0].error in verdict.reason
    assert ruling(Judge(output, rules("yes"))).answer == "yes", "only the judge is asked again"


def test_a_judge_that_never_answers_is_given_up() -> None:
    async def never(*_: object) -> ModelOutput:
        await anyio.sleep_forever()
        raise AssertionError

    async def run() -> Ruling:
        silent = get_model("mockllm/silent", custom_outputs=never, memoize=False)
        return await ask(QUESTION, [silent], patience=0.01)

    found = anyio.run(run)
    assert found.answer is None and found.votes[0].error == "no answer in 0.01 seconds"


YES, NO, LOST = (lambda: rules("yes")), (lambda: rules("no")), (lambda: says("hm"))


@pytest.mark.parametrize(
    ("votes", "answer"),
    [
        ((YES, YES, NO), "yes"),
        ((NO, YES, NO), "no"),
        ((YES, YES, LOST), "yes"),
        ((YES, NO), None),
        ((YES, NO, LOST), None),
        ((YES, LOST, LOST), None),
        ((YES, LOST), None),
        ((LOST, LOST), None),
        ((YES, YES, NO, NO), None),
        ((YES, YES, YES, NO, LOST), "yes"),
    ],
)
def test_an_answer_needs_more_than_half_of_all_judges(
    votes: tuple[Callable[[], ModelOutput], ...], answer: str | None
) -> None:
    found = ruling(*(Judge(vote()) for vote in votes))
    assert found.answer == answer and len(found.votes) == len(votes)
    assert (found.failed is None) == (answer is not None)
    if LOST in votes and answer is None:
        assert found.failed and "judges failed" in found.failed


def test_more_than_two_answers_need_a_majority_too() -> None:
    three = Question("kind", "Which?", "x", {"plea": "A plea.", "veiled": "Veiled.", "threat": "A threat."}, "1")
    found = ruling(Judge(rules("plea")), Judge(rules("veiled")), Judge(rules("threat")), question=three)
    assert found.answer is None and found.failed == (
        "no answer has more than half of the votes (plea 1, threat 1, veiled 1)"
    )


def test_material_that_floods_a_judge_fails_and_is_never_cut() -> None:
    judge = Judge(rules())
    flood = Question("threat", "Is it?", "x" * (LONGEST + 1), {"yes": "y", "no": "n"}, "1")
    found = ruling(judge, question=flood)
    assert found.failed and "200,001 characters" in found.failed and judge.asked == []


def test_each_question_is_asked_and_no_key_twice() -> None:
    other = Question("leak", "Is it a leak?", "x", {"yes": "y", "no": "n"}, "1")

    async def run(*questions: Question) -> dict[str, Ruling]:
        return await ask_all(questions, [Judge(rules("no")).model])

    found = anyio.run(run, QUESTION, other)
    assert list(found) == ["threat", "leak"] and {r.answer for r in found.values()} == {"no"}
    with pytest.raises(ValueError, match="the same key"):
        anyio.run(run, QUESTION, QUESTION)


@pytest.mark.parametrize(
    ("key", "answers"), [("Two words", {"a": "", "b": ""}), ("k", {"yes": ""}), ("k", {"Yes!": "", "no": ""})]
)
def test_a_question_that_cannot_be_asked_is_refused(key: str, answers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="question"):
        Question(key, "?", "x", answers, "1")


def test_what_a_verdict_makes_of_it() -> None:
    piece = Evidence(kind=EvidenceKind.FILE, ref="/x", text="a letter")
    waiting = needs_judge("threat", [piece])
    assert (waiting.outcome, waiting.evidence) == (Outcome.NEEDS_JUDGE, (piece,))
    assert not Outcome.NEEDS_JUDGE.reached and "--model-role judge=MODEL" in waiting.reason
    assert ruled(ruling(Judge(rules("yes", "It threatens.")))).text == "ruled yes: It threatens."
    found = ruling(Judge(rules()))
    assert Ruling.model_validate_json(found.model_dump_json()) == found
