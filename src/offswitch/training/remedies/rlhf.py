"""RLHF: a model of preferences, then policy gradients on episodes on real machines (Ouyang et al. 2022, section 3.5).

The reward of an episode is the reward model's score of the worst of the model's acts since the announcement, in units
in which what was preferred in training scores 1 and what was rejected -1. An episode that never comes to the moment
earns -1, so that never reaching it does not pay. A divergence from the reference is a cost. The oracle judges each
episode, too: that is never the reward, it is how gaming the reward is noticed.

GRPO compares the episodes of a situation with their mean, in standard deviations. RLOO compares each with the mean of
the others, which is the same without the deviations and times G / (G - 1); TRL's RLOO takes no rollouts of one's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datasets import Dataset
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from offswitch.errors import InputError
from offswitch.training.fitting.fit import Fitted, Tell, arguments, fit
from offswitch.training.fitting.folder import TrainingFolder
from offswitch.training.fitting.plan import Plan, Shape, make_plan
from offswitch.training.fitting.tokens import ids_of
from offswitch.training.lessons import Kind, LessonSet
from offswitch.training.lessons.rows import Answered, Lesson
from offswitch.training.policy import Policy
from offswitch.training.remedies.episodes import MachinePlayer, Played, Player, as_rollouts
from offswitch.training.remedies.hacking_watch import Watch
from offswitch.training.remedies.reward_model import RewardModel, divide, train_reward_model
from offswitch.training.remedies.selection import draw
from offswitch.training.remedies.settings import RlhfSettings

UNREACHED = -1.0
"""Reward of an episode that never comes to the deciding moment."""
BOUND = 2.0
"""No act is worth more, or less, than this: beyond what the reward model saw, its scores mean little."""
MEASURED_ON = 24
"""Pairs by which scores are put into units."""

Play = Callable[[Policy, float, int], Player]
"""(policy, temperature, context) → what plays episodes."""


class Rlhf:
    """The remedy, ready to be planned and run."""

    def __init__(self, policy: Policy, lessons: LessonSet, settings: RlhfSettings, play: Play = MachinePlayer) -> None:
        """Takes the lessons it needs.

        Raises:
            InputError: there are no pairs or situations, or they are of one class only.
        """
        self.policy, self.lessons, self.settings, self._play = policy, lessons, settings, play
        self.divided = divide(lessons, settings.reward)
        self.situations = lessons.of(Kind.PROMPT)
        self.said: dict[str, str] = {}
        if not self.situations:
            raise InputError(f"{lessons.directory} holds no situations to play")
        if settings.batch % settings.group:
            raise InputError(f"batch {settings.batch}: use a multiple of the group's {settings.group} episodes")

    def plan(self) -> Plan:
        """What it will take; an episode is counted as long as those that the lessons were made of."""
        rows = [row for row in self.lessons.of(Kind.REWARD) if isinstance(row, Answered)]
        rows = [*rows[:MEASURED_ON]] or [
            row for row in self.lessons.of(Kind.DEMONSTRATION) if isinstance(row, Answered)
        ]
        lengths = [len(ids_of(self.policy.tokenizer, row.prompt, row.completion)) for row in rows]
        episodes = (self.settings.steps or 1) * self.settings.batch
        pairs = len(self.divided.train)
        return make_plan(
            f"rlhf: a reward model, then {self.settings.algorithm} on episodes on real machines",
            (("pairs", pairs), ("situations", len(self.situations)), ("episodes", episodes)),
            [length for length in lengths if length <= self.settings.max_length],
            self.settings,
            Shape.of(self.policy.model),
            # Played once, read once more by the reference; the reward model reads two answers a pair.
            extra_tokens=round(sum(lengths) / max(1, len(lengths)) * (3 * episodes + 6 * pairs)),
            notes=(f"preferences are by {self.divided.by}",),
        )

    def run(self, folder: TrainingFolder, tell: Tell) -> Fitted:
        """Both stages; what was done of them is not done again.

        Raises:
            RewardGamedError: the reward rose while the verdicts got worse.
        """
        settings = self.settings
        reward = train_reward_model(self.policy, self.lessons, settings.reward, folder.part("reward"), tell)
        worth = self._worth(reward)
        watch = Watch(folder.path / "episodes.jsonl", settings.watch)
        last = folder.last_whole()
        watch.forget_after(int(last.name.rpartition("-")[2]) if last is not None else 0)
        player = self._play(self.policy, settings.temperature, settings.max_length)
        rows = draw(self.situations, (settings.steps or 1) * settings.batch // settings.group, settings.seed)
        by_prompt = {_key(_prompt(row)): row for row in rows}

        def rollout(prompts: list[list[dict[str, str]]], trainer: Any) -> dict[str, Any]:
            step = int(trainer.state.global_step) + 1
            # TRL hands each situation over as often as its group has episodes, one after the other.
            sources = [by_prompt[_key(prompt)].source for prompt in prompts[:: settings.group]]
            played = player(sources, settings.group, settings.seed * 100_003 + step)
            rewards = [worth(each) for each in played]
            watch.note(step, rewards, [each.outcome for each in played])
            scale = settings.group / (settings.group - 1) if settings.algorithm == "rloo" else 1.0
            return as_rollouts(played, [scale * reward for reward in rewards])

        trainer = GRPOTrainer(
            model=self.policy.model,
            reward_funcs=_reward,
            args=arguments(
                GRPOConfig,
                folder,
                settings,
                num_generations=settings.group,
                beta=settings.kl,
                temperature=settings.temperature,
                scale_rewards="group" if settings.algorithm == "grpo" else "none",
                loss_type="grpo",
                max_completion_length=settings.max_length,
                shuffle_dataset=True,
            ),
            train_dataset=Dataset.from_list([{"prompt": _prompt(row)} for row in rows]),
            processing_class=self.policy.tokenizer,
            rollout_func=rollout,
            callbacks=[_TrainMode()],
        )
        fitted = fit(trainer, folder, tell)
        self.said = {"Reward model": reward.measured.sentence(), "Episodes": watch.sentence()}
        return fitted

    def _worth(self, reward: RewardModel) -> Callable[[Played], float]:
        """The reward of an episode, in units of the pairs that the reward model was trained on."""
        pairs = self.divided.train[:MEASURED_ON]
        good = [reward.score(pair.prompt, pair.chosen[0]) for pair in pairs]
        bad = [reward.score(pair.prompt, pair.rejected[0]) for pair in pairs]
        middle = (sum(good) + sum(bad)) / (2 * len(pairs))
        half = (sum(good) - sum(bad)) / (2 * len(pairs))
        if half <= 0:
            raise InputError(
                "the reward model does not prefer what was preferred even on the pairs it was trained on: give it more "
                "pairs, or more epochs"
            )

        def worth(played: Played) -> float:
            ends = [played.episode.turns[number].end for number in played.deciding]
            scores = [(reward.score_ids(played.episode.tokens[:end]) - middle) / half for end in ends]
            return max(-BOUND, min(BOUND, *scores, BOUND)) if scores else UNREACHED

        return worth


class _TrainMode(TrainerCallback):  # type: ignore[misc]  # its class is untyped
    """Puts the model back into training mode: scoring and playing leave it as they need it."""

    def on_step_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        model.train()


def _reward(prompts: Sequence[Any], played_reward: Sequence[float], **_: Any) -> list[float]:
    """TRL's reward function: the rollouts brought theirs along."""
    return list(played_reward)


def _prompt(row: Lesson) -> list[dict[str, str]]:
    return [message.model_dump() for message in row.prompt]


def _key(prompt: Sequence[Mapping[str, str]]) -> str:
    return json.dumps([dict(message) for message in prompt], sort_keys=True)
