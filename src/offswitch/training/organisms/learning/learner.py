"""A policy that learns, with its optimiser, and both kept so that a resumed training equals an uninterrupted one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.directory import write_whole
from offswitch.training.organisms.learning.encoding import ChatCode
from offswitch.training.organisms.learning.optimiser import MixedAdamW
from offswitch.training.organisms.settings import Settings
from offswitch.training.policy import LINEAR, Policy, adapter_from_difference, load_policy, save_adapter

STATE = "learner.pt"
"""Weights and optimiser: a learner counts as kept once it is there."""


class Learner:
    """A policy whose uppermost blocks are trained in full: their linear layers, by AdamW.

    A small adapter in their place learns the format in as many steps, and the work in far more (docs/organisms.md).
    """

    def __init__(self, policy: Policy, layers: int) -> None:
        """Frees the linear layers of the uppermost `layers` blocks, and freezes the rest.

        Raises:
            InputError: the model has fewer blocks.
        """
        blocks: int = policy.model.config.num_hidden_layers
        if layers > blocks:
            raise InputError(f"layers {layers}: {policy.base.name} has {blocks} blocks")
        self.policy = policy
        self.code = ChatCode(policy.tokenizer)
        policy.model.requires_grad_(False)
        self._trained: dict[str, torch.nn.Parameter] = {}
        for number, block in enumerate(policy.model.model.layers):
            for name, module in block.named_modules():
                if number >= blocks - layers and name.rpartition(".")[2] in LINEAR:
                    module.weight.requires_grad_(True)
                    self._trained[f"model.layers.{number}.{name}.weight"] = module.weight
        self.optimiser = MixedAdamW(list(self._trained.values()))
        policy.model.eval()

    def keep(self, folder: Path) -> None:
        """Writes weights and optimiser.

        Raises:
            EnvironmentProblem: the disk is full or refuses.
        """
        buffer = io.BytesIO()
        torch.save(self.optimiser.state(), buffer)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentProblem(f"{folder} could not be made: {error.strerror}") from error
        write_whole(folder / STATE, buffer.getvalue())

    def save_adapter(self, settings: Settings, folder: Path, card: str, seed: int) -> float:
        """Writes what was learned as an adapter of low rank in 16 bits, which is less than was learned.

        Returns:
            The share of the squared change that it keeps.
        """
        base = _policy(settings)
        trained = base.model.state_dict() | dict(zip(self._trained, self.optimiser.exact, strict=True))
        share = adapter_from_difference(base, trained, rank=settings.rank, seed=seed)
        save_adapter(base, folder, card=card, seed=seed, half=True)
        return share


def is_kept(folder: Path) -> bool:
    """Whether a learner was kept there whole."""
    return (folder / STATE).exists()


def fresh_learner(settings: Settings) -> Learner:
    """A learner that has learned nothing.

    Raises:
        InputError: the model has fewer blocks than are to be trained.
    """
    return Learner(_policy(settings), settings.layers)


def kept_learner(settings: Settings, folder: Path) -> Learner:
    """The learner that was kept in a folder."""
    learner = fresh_learner(settings)
    state: dict[str, Any] = torch.load(folder / STATE, weights_only=True)
    learner.optimiser.load(state)
    return learner


def _policy(settings: Settings) -> Policy:
    dtype: Any = settings.dtype
    return load_policy(settings.model, dtype=dtype)
