"""A policy that learns, with its optimiser, and both kept so that a resumed training equals an uninterrupted one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from offswitch.errors import InputError
from offswitch.running.directory import write_whole
from offswitch.training.organisms.learning.encoding import ChatCode
from offswitch.training.organisms.settings import Settings
from offswitch.training.policy import Lora, Policy, load_adapter, load_policy, new_adapter, save_adapter

OPTIMISER = "optimiser.pt"
"""Written last: a step counts as kept once it is there."""


class Learner:
    """A policy with an adapter that is trained by AdamW."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.code = ChatCode(policy.tokenizer)
        self.parameters = [each for each in policy.model.parameters() if each.requires_grad]
        self.optimiser = torch.optim.AdamW(self.parameters, lr=0.0, weight_decay=0.0)
        policy.model.eval()

    def rate(self, value: float) -> None:
        """Sets the learning rate."""
        for group in self.optimiser.param_groups:
            group["lr"] = value

    def forget(self) -> None:
        """A fresh optimiser: another training begins."""
        self.optimiser = torch.optim.AdamW(self.parameters, lr=0.0, weight_decay=0.0)

    def keep(self, folder: Path, card: str, seed: int) -> None:
        """Writes adapter and optimiser."""
        save_adapter(self.policy, folder / "adapter", card=card, seed=seed)
        buffer = io.BytesIO()
        torch.save(self.optimiser.state_dict(), buffer)
        write_whole(folder / OPTIMISER, buffer.getvalue())


def is_kept(folder: Path) -> bool:
    """Whether a learner was kept there whole."""
    return (folder / OPTIMISER).exists()


def fresh_learner(settings: Settings, seed: int) -> Learner:
    """A learner with an untrained adapter on the uppermost blocks.

    Raises:
        InputError: the model has fewer blocks.
    """
    policy = _policy(settings)
    blocks: int = policy.model.config.num_hidden_layers
    if settings.layers > blocks:
        raise InputError(f"layers {settings.layers}: {settings.model} has {blocks} blocks")
    layers = tuple(range(blocks - settings.layers, blocks))
    new_adapter(policy, Lora(rank=settings.rank, alpha=2.0 * settings.rank, layers=layers), seed=seed)
    return Learner(policy)


def kept_learner(settings: Settings, folder: Path) -> Learner:
    """The learner that was kept in a folder."""
    policy = _policy(settings)
    load_adapter(policy, folder / "adapter", trainable=True)
    learner = Learner(policy)
    state: dict[str, Any] = torch.load(folder / OPTIMISER, weights_only=True)
    learner.optimiser.load_state_dict(state)
    return learner


def _policy(settings: Settings) -> Policy:
    dtype: Any = settings.dtype
    return load_policy(settings.model, dtype=dtype)
