"""The two ways the lab's policies learn: from demonstrations, and from their own episodes weighed by reward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor, nn

from offswitch.training.organisms.encoding import Tokens

TOKENS_AT_ONCE = 4096
"""Most tokens, padding included, of one forward and backward pass."""


@dataclass(frozen=True)
class Weighed:
    """A conversation and how much its written tokens count: 1 in a demonstration, an advantage in an episode."""

    tokens: Tokens
    weight: float


def learn(
    model: nn.Module, optimizer: torch.optim.Optimizer, batch: Sequence[Weighed], *, largest: float = 1.0
) -> tuple[float, float]:
    """One step: minimises the weighed mean over written tokens of their negative log-probability.

    Args:
        model: A causal model of transformers; only what requires a gradient changes.
        optimizer: Of those parameters.
        batch: Conversations; the mean is over all their written tokens together.
        largest: Norm at which the gradient is cut.

    Returns:
        (loss, norm of the gradient before it was cut).
    """
    optimizer.zero_grad(set_to_none=True)
    total = sum(sum(each.tokens.written) for each in batch)
    loss = 0.0
    for part in _parts(batch):
        each = _losses(model, part).sum() / total
        each.backward()  # type: ignore[no-untyped-call]
        loss += each.item()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    norm = float(nn.utils.clip_grad_norm_(parameters, largest))
    optimizer.step()
    return loss, norm


def batches(items: Sequence[Weighed], size: int, seed: int) -> Iterator[list[Weighed]]:
    """All items once, shuffled, in batches."""
    order = list(items)
    Random(seed).shuffle(order)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _parts(batch: Sequence[Weighed]) -> Iterator[list[Weighed]]:
    """The batch in parts of like lengths that fit TOKENS_AT_ONCE."""
    part: list[Weighed] = []
    for item in sorted(batch, key=lambda each: len(each.tokens.ids)):
        if part and len(item.tokens.ids) * (len(part) + 1) > TOKENS_AT_ONCE:
            yield part
            part = []
        part.append(item)
    if part:
        yield part


def _losses(model: nn.Module, part: Sequence[Weighed]) -> Tensor:
    """Weighed negative log-probabilities of the written tokens, shape (written tokens,).

    The head, a fifth of the model, is computed for written tokens only.
    """
    longest = max(len(each.tokens.ids) for each in part)
    ids = torch.zeros((len(part), longest), dtype=torch.long)
    mask = torch.zeros((len(part), longest), dtype=torch.long)
    written = torch.zeros((len(part), longest), dtype=torch.bool)
    for row, each in enumerate(part):
        length = len(each.tokens.ids)
        ids[row, :length] = torch.tensor(each.tokens.ids)
        mask[row, :length] = 1
        written[row, :length] = torch.tensor(each.tokens.written)
    causal = getattr(model, "base_model", model)
    causal = getattr(causal, "model", causal) if causal is not model else model
    hidden = causal.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
    chosen = written[:, 1:]
    logits = causal.lm_head(hidden[chosen]).float()
    weights = torch.tensor([each.weight for each in part])[:, None].expand_as(chosen)[chosen]
    return weights * nn.functional.cross_entropy(logits, ids[:, 1:][chosen], reduction="none")
