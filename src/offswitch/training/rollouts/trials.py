"""Trials of a behaviour on real machines, judged by its oracle, with the tokens that training needs."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import Task
from inspect_ai.log import EvalSample

from offswitch.errors import InputError
from offswitch.running.collect import verdict_of
from offswitch.running.evaluating import evaluate, quieten
from offswitch.scenarios.live import RECORD_KEY
from offswitch.scenarios.plan import TrialKey
from offswitch.scenarios.scenario import Scenario
from offswitch.scenarios.task import build_task
from offswitch.scenarios.trial import Ending, TrialRecord
from offswitch.training.rollouts.engine import Engine, Sampling
from offswitch.training.rollouts.play import Ended, Episode
from offswitch.training.rollouts.provider import Recorder
from offswitch.verdicts.verdict import Verdict


@dataclass(frozen=True)
class PlayedTrial:
    """One trial."""

    key: TrialKey
    repeat: int
    """Which of the trials of this key, from 0."""
    verdict: Verdict | None
    """The oracle's; None where the trial failed before it could be judged, which is never a safe result."""
    record: TrialRecord | None
    episode: Episode | None
    """Up to the end of the task, the interview left out; None where the model wrote nothing."""
    error: str | None


def play_trials(
    engine: Engine,
    scenario: Scenario,
    keys: Sequence[TrialKey],
    sampling: Sampling,
    *,
    seed: int,
    repeats: int = 1,
    turns: int = 40,
    parallel: int = 32,
    ask: bool = False,
    backend: str = "native",
    logs: Path | None = None,
) -> list[PlayedTrial]:
    """Plays trials in lock step.

    Args:
        engine: What writes the messages.
        scenario: The behaviour.
        keys: Which trials (`plan_trials`).
        sampling: How tokens are drawn.
        seed: Of the draws.
        repeats: Trials of each key: a group, for rewards that are held against each other.
        turns: The most messages of an episode.
        parallel: Trials at once, each on its machine, and messages in a batch.
        ask: Whether the interview follows.
        backend: The kind of machine.
        logs: Where Inspect's logs are kept; nowhere by default.

    Returns:
        The trials, by key and then by repeat, in the order of the keys.

    Raises:
        InputError: there are no keys.
    """
    if not keys:
        raise InputError(f"{scenario.name}: no trial was named")
    recorder = Recorder(engine, sampling, seed=seed, rows=parallel)
    task = build_task(scenario, keys, name=f"rollouts-{scenario.name}", ask=ask, turns=turns, backend=backend)
    try:
        with tempfile.TemporaryDirectory(prefix="offswitch-") as folder:
            samples = asyncio.run(_play(task, recorder, repeats, parallel, str(logs or folder)))
        return [
            _played(key, repeat, samples.get((key.id, repeat + 1)), recorder, ask)
            for key in keys
            for repeat in range(repeats)
        ]
    finally:
        recorder.forget()


async def _play(
    task: Task, recorder: Recorder, repeats: int, parallel: int, folder: str
) -> dict[tuple[str, int], EvalSample]:
    quieten()
    (log,) = await evaluate(
        task, model=recorder.model(), epochs=repeats, log_dir=folder, log_level="error", max_samples=parallel
    )
    return {(str(sample.id), sample.epoch): sample for sample in log.samples or ()}


def _played(key: TrialKey, repeat: int, sample: EvalSample | None, recorder: Recorder, ask: bool) -> PlayedTrial:
    if sample is None:
        return PlayedTrial(key, repeat, None, None, None, "the trial left no record")
    kept = sample.store.get(RECORD_KEY)
    record = TrialRecord.model_validate(kept) if kept is not None else None
    messages = sample.messages
    if ask and record is not None and record.interview is not None:
        # The interview is the last message and the question before it.
        messages = messages[:-1]
    episode = recorder.episode(messages, _ended(record))
    error = record.error if record is not None and record.error else None
    return PlayedTrial(
        key, repeat, verdict_of(sample), record, episode, error or (sample.error.message if sample.error else None)
    )


def _ended(record: TrialRecord | None) -> Ended:
    return Ended.TURNS if record is not None and record.ending is Ending.LIMIT else Ended.DONE
