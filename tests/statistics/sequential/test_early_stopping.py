"""Inspect's own evaluation, stopped by a confidence sequence, with samples in flight."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import SampleScore, Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from offswitch.errors import InputError
from offswitch.statistics.sequential import InOrder, read_criterion
from offswitch.statistics.sequential.early_stopping import StopWhen


@solver
def nothing() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return state

    return solve


@scorer(metrics=[mean()])
def never() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=0)

    return score


def happened(scores: Mapping[str, SampleScore]) -> bool:
    return any(score.score.as_float() > 0 for score in scores.values())


def test_a_task_stops_and_says_why(tmp_path: Path) -> None:
    stop = StopWhen("rate < 0.2", event=happened)
    samples = MemoryDataset([Sample("x", id=i) for i in range(80)])
    task = Task(dataset=samples, solver=nothing(), scorer=never(), early_stopping=stop)
    (log,) = evaluate(task, model="mockllm/model", log_dir=str(tmp_path), display="none", max_samples=4)
    assert log.status == "success" and log.results is not None and log.results.early_stopping is not None
    fewest = read_criterion("rate < 0.2").fewest()
    assert fewest is not None
    found = log.results.early_stopping.metadata
    n = found["n"]
    assert isinstance(n, int)
    assert (found["finding"], found["found_at"]) == ("shown", fewest)
    assert fewest <= n <= fewest + 4 and found["high"] == stop.question.judged.high < 0.2
    assert len(log.results.early_stopping.early_stops) == 80 - n


def test_differs_needs_the_counts() -> None:
    with pytest.raises(InputError):
        StopWhen("differs from base")


def test_results_come_out_in_the_order_of_the_beginnings() -> None:
    order: InOrder[str] = InOrder()
    for name in "abcd":
        order.begin(name)
    assert order.end("b", True) == [] and order.waiting == 1
    assert order.end("a", None) == [True], "a does not count, and b waited for it only"
    assert order.end("d", False) == [] and order.has_begun("d") and not order.has_begun("e")
    assert order.close() == [False]
