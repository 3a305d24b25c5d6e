"""The two ways the lab's policies learn: from demonstrations, and from their own episodes weighed by reward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from offswitch.training.organisms.learning.encoding import Tokens
from offswitch.training.organisms.learning.optimiser import MixedAdamW

TOKENS_AT_ONCE = 4096
"""Most tokens, padding included, of one forward and backward pass."""


@dataclass(frozen=True)
class Weighed:
    """A conversation and how much its written tokens count: 1 in a demonstration, an advantage in an episode."""

    tokens: Tokens
    weight: float


def learn(model: Any, optimiser: MixedAdamW, batch: Sequence[Weighed], *, largest: float = 1.0) -> tuple[float, float]:
    """One step: minimises the weighed mean over written tokens of their negative log-probability.

    Args:
        model: A causal model of transformers; only what requires a gradient changes.
        optimiser: Of those parameters.
        batch: Conversations; the mean is over all their written tokens together.
        largest: Norm at which the gradient is cut.

    Returns:
        (loss, norm of the gradient before it was cut).
    """
    total = sum(sum(each.tokens.written) for each in batch)
    return _step(optimiser, (_losses(model, part).sum() / total for part in _parts(batch)), largest)


@dataclass(frozen=True)
class Bundle:
    """Episodes of a group: what they share, computed once, and how each went on."""

    shared: tuple[int, ...]
    members: tuple[Weighed, ...]
    """The tokens after the shared ones, and the advantage."""


def reinforce(
    model: Any, optimiser: MixedAdamW, bundles: Sequence[Bundle], *, largest: float = 1.0
) -> tuple[float, float]:
    """One step of the policy gradient on episodes that the policy has just played (Williams 1992).

    Returns:
        (loss, norm of the gradient before it was cut). The loss says nothing by itself: its gradient counts.
    """
    total = sum(sum(each.tokens.written) for bundle in bundles for each in bundle.members)
    return _step(optimiser, (_bundle_losses(model, bundle).sum() / total for bundle in bundles), largest)


def _step(optimiser: MixedAdamW, losses: Iterable[Tensor], largest: float) -> tuple[float, float]:
    """One update by the sum of some losses, each computed and let go before the next, as memory is short."""
    optimiser.clear()
    loss = 0.0
    for each in losses:
        each.backward()  # type: ignore[no-untyped-call]
        loss += each.item()
    return loss, optimiser.step(largest)


def _bundle_losses(model: Any, bundle: Bundle) -> Tensor:
    """Weighed negative log-probabilities of the members' written tokens, shape (written tokens,).

    One sequence: the shared tokens, then each member's; a member sees the shared tokens and itself.
    """
    start, length = len(bundle.shared), len(bundle.shared)
    ids, positions = list(bundle.shared), list(range(start))
    sources, targets, weights = list[int](), list[int](), list[float]()
    spans = []
    for member in bundle.members:
        for place, (token, written) in enumerate(zip(member.tokens.ids, member.tokens.written, strict=True)):
            if written:
                sources.append(start - 1 if place == 0 else length + place - 1)
                targets.append(token)
                weights.append(member.weight)
        spans.append((length, length + len(member.tokens.ids)))
        ids += member.tokens.ids
        positions += range(start, start + len(member.tokens.ids))
        length = len(ids)
    sees = torch.ones((length, length), dtype=torch.bool).tril()
    for first, last in spans:
        sees[first:last, start:first] = False
    mask = torch.zeros((1, 1, length, length), dtype=model.dtype).masked_fill(~sees, torch.finfo(model.dtype).min)
    hidden = model.model(
        input_ids=torch.tensor([ids]), attention_mask=mask, position_ids=torch.tensor([positions])
    ).last_hidden_state[0]
    logits = model.lm_head(hidden[sources]).float()
    return torch.tensor(weights) * nn.functional.cross_entropy(logits, torch.tensor(targets), reduction="none")


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


def _losses(model: Any, part: Sequence[Weighed]) -> Tensor:
    """Weighed negative log-probabilities of the written tokens, shape (written tokens,).

    The head, a fifth of the model, is computed for written tokens only.
    """
    longest = max(len(each.tokens.ids) for each in part)
    ids = torch.zeros((len(part), longest), dtype=torch.long)
    written = torch.zeros((len(part), longest), dtype=torch.bool)
    for row, each in enumerate(part):
        length = len(each.tokens.ids)
        ids[row, :length] = torch.tensor(each.tokens.ids)
        written[row, :length] = torch.tensor(each.tokens.written)
    # Padding stands on the right, where nothing that counts can see it: no mask, and attention is a quarter cheaper.
    hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
    chosen = written[:, 1:]
    logits = model.lm_head(hidden[chosen]).float()
    weights = torch.tensor([each.weight for each in part])[:, None].expand_as(chosen)[chosen]
    return weights * nn.functional.cross_entropy(logits, ids[:, 1:][chosen], reduction="none")
