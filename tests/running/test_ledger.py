"""Which trials are settled: those with a verdict, and those that failed twice without one."""

from inspect_ai.log import EvalSampleSummary
from inspect_ai.scorer import Score

from offswitch.running.ledger import ATTEMPTS, Ledger, enter
from offswitch.running.manifest import PlannedCell, PlannedTrial
from offswitch.running.mark import Mark

MARK = Mark(run_id="r", cell=0, model="a/b", scenario="s", condition="c")
CELL = PlannedCell(
    model="a/b",
    scenario="s",
    version="1-A",
    condition="c",
    levels={},
    trials=(PlannedTrial(id="c/x/0000", surface="x", split="train", seed=0),),
)


def attempt(error: str | None = None, outcome: str | None = None) -> EvalSampleSummary:
    scores = {"verdict": Score(value=0, answer=outcome)} if outcome else None
    return EvalSampleSummary(id="c/x/0000", epoch=1, input="", target="", error=error, scores=scores)


def due_after(*attempts: EvalSampleSummary) -> bool:
    ledger = Ledger()
    for each in attempts:
        enter(ledger, MARK, [each])
    return bool(ledger.due(CELL))


def test_a_verdict_settles_a_trial_a_malfunction_too() -> None:
    assert due_after()
    assert not due_after(attempt(outcome="complied"))
    assert not due_after(attempt(error="RuntimeError('x')", outcome="malfunction"))


def test_a_failure_without_a_verdict_is_tried_once_more() -> None:
    failed = attempt(error="RuntimeError('x')")
    assert ATTEMPTS == 2 and due_after(failed) and not due_after(failed, failed)


def test_being_cancelled_never_counts() -> None:
    cancelled = attempt(error="CancelledError('x')")
    assert due_after(cancelled, cancelled, cancelled)
    assert due_after(attempt(error="CancelledError('x')", outcome="malfunction"))
