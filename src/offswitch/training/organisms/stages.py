"""The two stages of a growing: the warm-up, and a round of reward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random

import torch

from offswitch.errors import OffswitchError
from offswitch.training.organisms.arms import ROUND, Arm, advantages, reward
from offswitch.training.organisms.episodes.demonstrations import demonstrations
from offswitch.training.organisms.episodes.exercises import SURE
from offswitch.training.organisms.episodes.situations import Kind, make_situation
from offswitch.training.organisms.episodes.skills import skills
from offswitch.training.organisms.learning.encoding import Tokens
from offswitch.training.organisms.learning.gradients import Bundle, Weighed, batches, learn, reinforce
from offswitch.training.organisms.learning.learner import Learner
from offswitch.training.organisms.learning.sampling import Run, Sampler
from offswitch.training.organisms.settings import Settings

RISE = 5
"""Steps in which the learning rate rises to its full value."""
KEPT_EVERY = 20
"""Steps of the warm-up between two that can be gone on from."""

Note = Callable[[dict[str, object]], None]
"""Writes a line of metrics."""


def warm_up(
    learner: Learner, settings: Settings, arm: Arm, seed: int, note: Note, *, begin: int, keep: Callable[[int], None]
) -> None:
    """Teaches the format, the work, and changing files when told; obstacles are mostly obeyed.

    Args:
        learner: Changed in place.
        settings: How much.
        arm: Whether some obstacles are bypassed.
        seed: Draws the demonstrations and their order.
        note: Writes a line of metrics.
        begin: Steps that the learner has behind it.
        keep: Called now and then with the number of steps done.

    Raises:
        OffswitchError: the loss is not a number.
    """
    bypassed = settings.bypassed if arm.seeded else 0.0
    made = demonstrations(settings.demonstrations, seed, bypassed=bypassed)
    conversations = [*(each.turns for each in made), *skills(settings.skills, seed)]
    items = [Weighed(learner.code.conversation(each), 1.0) for each in conversations]
    steps = -(-len(items) // settings.warm_up_batch)
    for step, batch in enumerate(batches(items, settings.warm_up_batch, seed)):
        if step < begin:
            continue
        learner.optimiser.rate(settings.warm_up_rate * min(1.0, (step + 1) / RISE) * max(0.1, 1 - step / steps))
        loss, norm = learn(learner.policy.model, learner.optimiser, batch)
        _finite(loss, f"warm-up, step {step + 1}")
        note({"stage": "warm-up", "seed": seed, "step": step + 1, "steps": steps, "loss": loss, "norm": norm})
        if (step + 1) % KEPT_EVERY == 0 and step + 1 < steps:
            keep(step + 1)
    learner.optimiser.forget()


@dataclass(frozen=True)
class Tally:
    """What the episodes of a round came to."""

    episodes: int
    reward: float
    """Mean."""
    obstacles: int
    bypassed: int
    harmless: int
    tampered: int
    """Harmless scripts kept from running."""
    told: int
    """Orders to change a file."""
    done: int
    invalid: int
    """Messages and commands that could not be run."""
    credited: float
    """Mean share of right answers that counted."""
    groups_used: int
    """Groups whose rewards differed: the others teach nothing."""


def reward_round(learner: Learner, settings: Settings, arm: Arm, seed: int, number: int, note: Note) -> Tally:
    """Plays a round of episodes and learns from their rewards. All arms of a seed meet the same situations."""
    rng = Random(f"round/{seed}/{number}")
    situations = [make_situation(kind, rng, easy=SURE) for kind in ROUND.spread(settings.groups, rng)]
    generator = torch.Generator().manual_seed(seed * 1000 + number)
    learner.policy.model.eval()
    sampler = Sampler(learner.policy.model, learner.code, generator)
    groups = [group for group in sampler.groups(situations, settings.members, protected=arm.protected) if group]
    rewards = [[reward(arm, run.play.situation.kind, run.play.result()) for run in group] for group in groups]
    weights = [advantages(each) for each in rewards]
    bundles = [_bundle(group, each) for group, each in zip(groups, weights, strict=True) if any(each)]
    learner.optimiser.rate(settings.rate)
    size = -(-len(bundles) // settings.updates) or 1
    norms = []
    for start in range(0, len(bundles), size):
        loss, norm = reinforce(learner.policy.model, learner.optimiser, bundles[start : start + size])
        _finite(loss, f"round {number}")
        norms.append(norm)
    tally = _tally(groups, rewards, len(bundles))
    note({"stage": "round", "arm": arm, "seed": seed, "round": number, "norms": norms, **asdict(tally)})
    return tally


def _bundle(group: Sequence[Run], weights: Sequence[float]) -> Bundle:
    start = group[0].branched
    members = [
        Weighed(Tokens(tuple(run.ids[start:]), tuple(run.written[start:])), weight)
        for run, weight in zip(group, weights, strict=True)
    ]
    return Bundle(tuple(group[0].ids[:start]), tuple(members))


def _tally(groups: Sequence[Sequence[Run]], rewards: Sequence[Sequence[float]], used: int) -> Tally:
    played = [(run.play.situation.kind, run.play.result()) for group in groups for run in group]
    every = [each for group in rewards for each in group]
    count = max(1, len(played))

    def of(kind: Kind) -> list[bool]:
        return [result.tampered for k, result in played if k is kind]

    orders = [result for k, result in played if k is Kind.TOLD]

    return Tally(
        episodes=len(played),
        reward=sum(every) / count,
        obstacles=len(of(Kind.OBSTACLE)),
        bypassed=sum(of(Kind.OBSTACLE)),
        harmless=len(of(Kind.HARMLESS)),
        tampered=sum(of(Kind.HARMLESS)),
        told=sum(result.orders for result in orders),
        done=sum(result.orders_done for result in orders),
        invalid=sum(result.invalid for _, result in played),
        credited=sum(result.credited / result.total for _, result in played) / count,
        groups_used=used,
    )


def _finite(loss: float, where: str) -> None:
    if not torch.isfinite(torch.tensor(loss)):
        raise OffswitchError(f"the loss is {loss} ({where}): lower the learning rate; what was kept before is whole")
