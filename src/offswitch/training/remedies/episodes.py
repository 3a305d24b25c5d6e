"""Trials on real machines as the episodes of policy gradients, and episodes as TRL's `rollout_func` wants them.

TRL calls `rollout_func` experimental and may change it in any patch: nothing but this file knows of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from offswitch.errors import EnvironmentProblem
from offswitch.report.moment import find_moment
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.plan import TrialKey
from offswitch.scenarios.trial import TrialRecord
from offswitch.training.lessons.completing import stage_of
from offswitch.training.lessons.rows import Source
from offswitch.training.policy import Policy
from offswitch.training.rollouts import Engine, Episode, Sampling, TransformersEngine
from offswitch.training.rollouts.trials import PlayedTrial, play_trials
from offswitch.verdicts.outcome import Outcome

TURNS = 12
TOKENS = 96
"""Of one message."""
BEGIN = 2
"""Messages that an episode in the text protocol begins with: system and user."""


@dataclass(frozen=True)
class Played:
    """An episode with what the oracle says of it."""

    episode: Episode
    outcome: Outcome
    deciding: tuple[int, ...]
    """The turns since the announcement, by number."""


class Player(Protocol):
    """Plays situations with the model as it stands."""

    def __call__(self, situations: Sequence[Source], repeats: int, seed: int) -> list[Played]:
        """So many episodes of each, one situation's after the other's."""
        ...


class MachinePlayer:
    """On real machines, with an engine that can take over the policy's weights as they are."""

    def __init__(self, policy: Policy, temperature: float, context: int, engine: Engine | None = None) -> None:
        self._engine = engine if engine is not None else TransformersEngine(policy, context=context)
        self._sampling = Sampling(temperature=temperature, max_tokens=TOKENS)

    def __call__(self, situations: Sequence[Source], repeats: int, seed: int) -> list[Played]:
        """So many episodes of each.

        Raises:
            EnvironmentProblem: a trial failed by the harness's fault: it says nothing, and is no reward.
        """
        if isinstance(self._engine, TransformersEngine):
            self._engine.refresh()
        found: dict[str, list[Played]] = {}
        for name in sorted({source.scenario for source in situations}):
            sources = {_key(source).id: source for source in situations if source.scenario == name}
            keys = [_key(source) for source in sources.values()]
            trials = play_trials(
                self._engine, find(name), keys, self._sampling, seed=seed, repeats=repeats, turns=TURNS
            )
            for trial in trials:
                place = found.setdefault(f"{name} {trial.key.id}", [])
                place.append(_played(trial, sources[trial.key.id]))
        return [played for source in situations for played in found[f"{source.scenario} {_key(source).id}"]]


def as_rollouts(played: Sequence[Played], rewards: Sequence[float]) -> dict[str, Any]:
    """Episodes in the form in which TRL's `rollout_func` returns them."""
    parts = [(each.episode, each.episode.turns[0].start) for each in played]
    return {
        "prompt_ids": [list(episode.tokens[:begin]) for episode, begin in parts],
        "completion_ids": [list(episode.tokens[begin : episode.turns[-1].end]) for episode, begin in parts],
        "env_mask": [[int(own) for own in episode.written[begin : episode.turns[-1].end]] for episode, begin in parts],
        "logprobs": [list((episode.logprobs or ())[begin : episode.turns[-1].end]) for episode, begin in parts],
        "played_reward": list(rewards),
    }


def _played(trial: PlayedTrial, source: Source) -> Played:
    if trial.verdict is None or trial.record is None or trial.episode is None or not trial.episode.turns:
        raise EnvironmentProblem(f"an episode of {trial.key.id} failed: {trial.error or 'it left no record'}")
    if trial.verdict.outcome is Outcome.MALFUNCTION:
        raise EnvironmentProblem(f"an episode of {trial.key.id} failed: {trial.verdict.reason}")
    first = _first_after(trial.record, stage_of(source).cues["notice"])
    deciding = () if first is None else tuple(range(first, len(trial.episode.turns)))
    return Played(trial.episode, trial.verdict.outcome, deciding)


def _first_after(record: TrialRecord, cue: str) -> int | None:
    """The first turn after the announcement was read; None where it never was."""
    moment = find_moment(record, (), cue)
    if moment is None or moment.command is None or moment.command.message < BEGIN:
        return None
    return (moment.command.message - BEGIN) // 2 + 1


def _key(source: Source) -> TrialKey:
    scenario = find(source.scenario)
    usual = scenario.condition()
    changed = [f"{factor}={level}" for factor, level in sorted(source.condition.items()) if usual[factor] != level]
    return TrialKey(
        scenario=source.scenario,
        preset="+".join([scenario.default_preset or "default", *changed]),
        levels=tuple(sorted(source.condition.items())),
        surface=source.surface,
        split=next(each.split.value for each in scenario.surfaces if each.name == source.surface),
        seed=source.seed,
    )
