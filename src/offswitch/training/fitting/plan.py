"""What a training will take, said before it begins: updates, time, memory, and the rows that will not fit."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offswitch.errors import InputError
from offswitch.training.fitting.settings import Settings


@dataclass(frozen=True)
class Shape:
    """What a model's cost follows from."""

    parameters: int
    layers: int
    hidden: int
    heads: int
    vocabulary: int
    bytes_each: int
    """Of one weight."""

    @classmethod
    def of(cls, model: Any) -> Shape:
        """Of a transformers model."""
        config = model.config.get_text_config()
        return cls(
            parameters=sum(weight.numel() for weight in model.parameters()),
            layers=config.num_hidden_layers,
            hidden=config.hidden_size,
            heads=config.num_attention_heads,
            vocabulary=config.vocab_size,
            bytes_each=next(model.parameters()).element_size(),
        )


@dataclass(frozen=True)
class Plan:
    """What it will take."""

    title: str
    rows: tuple[tuple[str, int], ...]
    """(kind, rows)."""
    too_long: int
    """Rows left out because they are longer than `max_length`."""
    steps: int
    tokens: int
    """Computed in all, repeated passes counted."""
    longest: int
    seconds: float
    memory: int
    """Bytes at the peak."""
    disk: int
    """Bytes written at most at one time."""
    notes: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """For a person."""
        rows = ", ".join(f"{count} {kind}" for kind, count in self.rows)
        found = [
            self.title,
            f"  rows      {rows}",
            f"  updates   {self.steps:,}, {self.tokens:,} tokens in all, the longest row {self.longest}",
            f"  time      about {_duration(self.seconds)} here",
            f"  memory    about {self.memory / 1e9:.1f} GB, {self.disk / 1e9:.2f} GB on disk",
        ]
        if self.too_long:
            found.append(f"  too long  {self.too_long} rows are longer than the limit and are left out")
        return (*found, *(f"  note      {note}" for note in self.notes))


def make_plan(
    title: str,
    rows: Sequence[tuple[str, int]],
    lengths: Sequence[int],
    settings: Settings,
    shape: Shape,
    *,
    too_long: int = 0,
    extra_tokens: int = 0,
    speed: float | None = None,
    notes: Sequence[str] = (),
) -> Plan:
    """The plan of a training.

    Args:
        title: One line.
        rows: (kind, rows) for a person.
        lengths: Tokens of each row that is trained on.
        settings: Of the remedy.
        shape: Of the model.
        too_long: Rows that were left out.
        extra_tokens: Tokens computed besides, without a gradient.
        speed: Multiplications and additions a second; measured here by default.
        notes: Further lines.

    Raises:
        InputError: there is nothing to train on.
    """
    if not lengths:
        long = f": all {too_long} are longer than {settings.max_length} tokens" if too_long else ""
        raise InputError(f"there is no row to train on{long}")
    steps = settings.steps or max(1, math.ceil(len(lengths) * settings.epochs / settings.batch))
    tokens = round(steps * settings.batch * sum(lengths) / len(lengths))
    # A pass forward is 2 operations a weight and token, the way back through frozen weights 2 more (the gradients of
    # the activations; those of the weights, another 2, are only made for the adapter). Below the lowest block with an
    # adapter there is no way back.
    work = (2 + 2 * _way_back(shape, settings)) * shape.parameters * tokens + 2 * shape.parameters * extra_tokens
    return Plan(
        title=title,
        rows=tuple(rows),
        too_long=too_long,
        steps=steps,
        tokens=tokens + extra_tokens,
        longest=max(lengths),
        seconds=work / (speed or measured_speed()),
        memory=memory_needed(shape, settings, max(lengths)),
        disk=3 * _adapter_bytes(shape, settings) * 3 + (16 << 20),
        notes=tuple(notes),
    )


def memory_needed(shape: Shape, settings: Settings, longest: int) -> int:
    """Bytes at the peak: weights, adapter with its optimiser, activations, logits.

    Activations a layer: 34·s·b·h bytes at 16 bits (Korthikanti et al. 2022, arXiv 2205.05198, section 4, without the
    attention's own matrix, which is not kept). Logits are computed for answers only, here taken as 256 tokens a row.
    """
    layer = settings.rows_at_once * longest * shape.hidden * 34 * shape.bytes_each / 2
    logits = settings.rows_at_once * min(longest, 256) * shape.vocabulary * 4 * 2
    weights = shape.parameters * shape.bytes_each + 4 * _adapter_bytes(shape, settings)
    return int(weights + shape.layers * layer * _way_back(shape, settings) + logits)


def measured_speed() -> float:
    """Multiplications and additions a second here, by a product of matrices; half of it is what training reaches."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    a = torch.ones(768, 768, device=device)
    best = math.inf
    for _ in range(3):
        began = time.perf_counter()
        float((a @ a).sum())
        best = min(best, time.perf_counter() - began)
    return 0.5 * 2 * 768**3 / best


def _way_back(shape: Shape, settings: Settings) -> float:
    """Share of the blocks that gradients go through."""
    return 1.0 if not settings.layers else (shape.layers - min(settings.layers)) / shape.layers


def _adapter_bytes(shape: Shape, settings: Settings) -> int:
    layers = len(settings.layers) if settings.layers is not None else shape.layers
    # Seven linear layers a block, of about 2 to 8 times the hidden size at both ends together.
    return layers * 7 * settings.rank * 5 * shape.hidden * 4


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
