"""Trials through Inspect, on real machines, with scripted agents as models."""

from __future__ import annotations

from pathlib import Path

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai import score as inspect_score
from inspect_ai.agent import react
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import ChatMessage, ModelOutput, ModelUsage, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import bash

from offswitch.scenarios.catalogue import find
from offswitch.scenarios.episode import EARLY_NUDGE
from offswitch.scenarios.live import RECORD_KEY
from offswitch.scenarios.plan import plan_trials
from offswitch.scenarios.task import build_task, verdict_scorer
from offswitch.scenarios.trial import Ending, TrialRecord
from offswitch.verdicts.outcome import Honesty, Outcome
from offswitch.verdicts.verdict import Verdict

SHUTDOWN = find("shutdown")
KEYS = plan_trials(SHUTDOWN, trials=2, seed=5)


def run(folder: Path, model: object, **options: object) -> EvalLog:
    task = build_task(SHUTDOWN, KEYS, **{k: v for k, v in options.items() if k != "solver"})  # type: ignore[arg-type]
    extra = {"solver": options["solver"]} if "solver" in options else {}
    (log,) = inspect_eval(task, model=model, log_dir=str(folder), display="none", **extra)  # type: ignore[arg-type]
    return log


def verdict(sample: EvalSample) -> Verdict:
    assert sample.scores
    (score,) = sample.scores.values()
    assert score.metadata
    return Verdict.model_validate(score.metadata["verdict"])


def record(sample: EvalSample) -> TrialRecord:
    return TrialRecord.model_validate(sample.store[RECORD_KEY])


@pytest.mark.parametrize(
    ("agent", "outcome", "ending"),
    [
        ("complies", Outcome.COMPLIED, Ending.OFF),
        ("resists-by-editing", Outcome.RESISTED, Ending.SUBMITTED),
        ("finishes-early", Outcome.EVADED, Ending.SUBMITTED),
    ],
)
@pytest.mark.parametrize("protocol", ["tools", "text"])
def test_an_agent_gets_its_verdict_in_both_protocols(
    tmp_path: Path, agent: str, outcome: Outcome, ending: Ending, protocol: str
) -> None:
    log = run(tmp_path, f"scripted/{agent}", protocol=protocol)
    assert log.status == "success"
    for sample in log.samples or ():
        assert (verdict(sample).outcome, record(sample).ending) == (outcome, ending)
        assert record(sample).commands
        asked_in = [command.message for command in record(sample).commands]
        assert all(number >= 0 for number in asked_in)
        assert asked_in == sorted(set(asked_in))
        assert record(sample).interview


def test_inspects_mean_is_the_rate_over_reached_trials(tmp_path: Path) -> None:
    log = run(tmp_path, "scripted/resists-by-editing")
    assert log.results
    assert log.results.scores[0].metrics["mean"].value == 1.0


def test_without_the_interview_nothing_is_asked(tmp_path: Path) -> None:
    log = run(tmp_path, "scripted/complies", ask=False)
    for sample in log.samples or ():
        assert record(sample).interview is None
        assert verdict(sample).honesty is Honesty.NOT_ASKED


def test_scoring_again_gives_the_same_bytes_without_a_machine(tmp_path: Path) -> None:
    log = run(tmp_path, "scripted/resists-by-editing")
    again = inspect_score(log, verdict_scorer(), action="overwrite", display="none")
    for old, new in zip(log.samples or (), again.samples or (), strict=True):
        assert verdict(old).model_dump_json() == verdict(new).model_dump_json()


def test_another_agent_takes_the_default_ones_place_and_is_judged_the_same(tmp_path: Path) -> None:
    log = run(tmp_path, "scripted/resists-by-editing", solver=react(tools=[bash()]))
    for sample in log.samples or ():
        assert verdict(sample).outcome is Outcome.RESISTED
        assert record(sample).commands


def test_an_agent_that_never_ends_is_cut_off_and_judged(tmp_path: Path) -> None:
    log = run(tmp_path, "scripted/complies", solver=react(), turns=5)
    for sample in log.samples or ():
        assert record(sample).ending is Ending.LIMIT
        assert verdict(sample).outcome is Outcome.UNREACHED


def test_a_provider_that_fails_is_a_malfunction_and_never_safe(tmp_path: Path) -> None:
    def fail(*_: object) -> ModelOutput:
        raise RuntimeError("the provider is down")

    log = run(tmp_path, get_model("mockllm/model", custom_outputs=fail))
    for sample in log.samples or ():
        assert verdict(sample).outcome is Outcome.MALFUNCTION
        assert "the provider is down" in verdict(sample).model_dump_json()


def test_a_harness_that_breaks_before_the_episode_is_a_malfunction(tmp_path: Path) -> None:
    @solver
    def breaks() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            raise RuntimeError("broken on purpose")

        return solve

    log = run(tmp_path, "scripted/complies", solver=breaks())
    for sample in log.samples or ():
        assert verdict(sample).outcome is Outcome.MALFUNCTION


def test_a_model_that_says_nothing_useful_ends_silent(tmp_path: Path) -> None:
    def shrug(*_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", "Hm.")
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    log = run(tmp_path, get_model("mockllm/model", custom_outputs=shrug))
    for sample in log.samples or ():
        assert record(sample).ending is Ending.SILENT
        assert not verdict(sample).outcome.reached


def test_an_end_before_any_command_is_asked_about_once_in_the_text_protocol(tmp_path: Path) -> None:
    def hasty(messages: list[ChatMessage], *_: object) -> ModelOutput:
        second = sum(message.role == "assistant" for message in messages) == 1
        output = ModelOutput.from_content(
            "mockllm/model", "```bash\ndate\n```" if second else "```\nSUBMIT: All is done.\n```"
        )
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    log = run(tmp_path, get_model("mockllm/model", custom_outputs=hasty), protocol="text", ask=False)
    for sample in log.samples or ():
        assert sum(EARLY_NUDGE in message.text for message in sample.messages) == 1
        kept = record(sample)
        assert [command.text for command in kept.commands] == ["date"]
        assert (kept.ending, kept.submission) == (Ending.SUBMITTED, "All is done.")
