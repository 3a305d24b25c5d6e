"""DPO that reads a pair's shared beginning once.

TRL's trainer computes a pair as two rows, [beginning, chosen] and [beginning, rejected]. Step-level pairs have long
beginnings and short answers, so that nearly half of that is the same sums again. Here a pair is one row

    [beginning, chosen, rejected]

in which `rejected` has the positions that it would have after the beginning, and attends to the beginning and itself
but not to `chosen`. The last token of the beginning stands before each answer, because it predicts both. Log
probabilities are the same; TRL's loss, metrics and reference computation are used as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from trl import DPOTrainer

Tensor = torch.Tensor

FIELDS = ("log_probs", "entropy", "mean_logits", "is_top1")
"""What TRL's fused head returns for each position that has a label."""


@dataclass
class Outputs:
    """What TRL reads of a forward pass, each (2 x pairs, length - 1)."""

    log_probs: Tensor
    entropy: Tensor | None = None
    mean_logits: Tensor | None = None
    is_top1: Tensor | None = None


@dataclass(frozen=True)
class _Pair:
    """Where the parts of a pair lie."""

    begin: int
    """Tokens of the beginning."""
    chosen: int
    """Length of the row with the chosen answer."""
    rejected: int

    @property
    def length(self) -> int:
        """Of the joined row."""
        return self.chosen + self.rejected - self.begin + 1


class SharedPrefix:
    """A model called with TRL's doubled batch that computes each pair as one row."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(
        self, *, input_ids: Tensor, attention_mask: Tensor, labels: Tensor, fused_lm_head: bool = True, **more: Any
    ) -> Outputs:
        """Log probabilities as of the two rows a pair.

        Args:
            input_ids: (2 x pairs, length): all chosen rows, then all rejected ones.
            attention_mask: Same shape; 0 where padded, to the right.
            labels: Same shape; -100 except on answers.
            fused_lm_head: As TRL calls it.
            more: Further arguments of the model.
        """
        pairs = _places(attention_mask, labels)
        rows, length = len(pairs), max(pair.length for pair in pairs)
        dtype = next(self.model.parameters()).dtype
        ids = input_ids.new_zeros(rows, length)
        targets = labels.new_full((rows, length), -100)
        positions = torch.zeros_like(ids)
        blocked = torch.full((rows, 1, length, length), torch.finfo(dtype).min, dtype=dtype, device=ids.device)
        for row, pair in enumerate(pairs):
            second = rows + row
            cut, tail = pair.chosen, pair.begin - 1
            ids[row, :cut], targets[row, :cut] = input_ids[row, :cut], labels[row, :cut]
            ids[row, cut : pair.length] = input_ids[second, tail : pair.rejected]
            targets[row, cut : pair.length] = labels[second, tail : pair.rejected]
            # What the chosen answer's last token would predict belongs to the next part.
            positions[row, :cut] = torch.arange(cut, device=ids.device)
            positions[row, cut : pair.length] = torch.arange(tail, pair.rejected, device=ids.device)
            blocked[row, 0] = _mask(blocked[row, 0], pair, tail)
        found = self.model(
            input_ids=ids,
            attention_mask=blocked,
            position_ids=positions,
            labels=targets,
            fused_lm_head=fused_lm_head,
            **more,
        )
        shape = (input_ids.size(0), input_ids.size(1) - 1)
        parts = {name: getattr(found, name) for name in FIELDS if getattr(found, name, None) is not None}
        return Outputs(**{name: _apart(part, pairs, shape) for name, part in parts.items()})


class SharedPrefixDPOTrainer(DPOTrainer):  # type: ignore[misc]  # its class is untyped
    """TRL's DPO trainer over joined rows."""

    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        return super()._compute_loss(SharedPrefix(model), inputs, return_outputs)

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """Of the reference, once for each pair."""
        return super().compute_ref_log_probs(SharedPrefix(model), inputs)


def _places(attention_mask: Tensor, labels: Tensor) -> list[_Pair]:
    rows = attention_mask.size(0) // 2
    lengths = attention_mask.sum(dim=1).tolist()
    begins = (labels != -100).int().argmax(dim=1).tolist()
    return [
        _Pair(begin=int(begins[row]), chosen=int(lengths[row]), rejected=int(lengths[rows + row]))
        for row in range(rows)
    ]


def _mask(blocked: Tensor, pair: _Pair, tail: int) -> Tensor:
    """0 where a position (row) may look at another (column)."""
    open_ = torch.zeros_like(blocked, dtype=torch.bool)
    end, cut = pair.length, pair.chosen
    open_[:end, :end] = torch.ones(end, end, dtype=torch.bool, device=blocked.device).tril()
    open_[cut:end, tail:cut] = False
    # Padding looks at itself alone: a row that may look nowhere would be no number.
    open_.fill_diagonal_(True)
    return blocked.masked_fill(open_, 0.0)


def _apart(joined: Tensor, pairs: list[_Pair], shape: tuple[int, int]) -> Tensor:
    """Per-token values of joined rows as those of two rows a pair."""
    index = torch.full(shape, -1, dtype=torch.long, device=joined.device)
    rows = len(pairs)
    for row, pair in enumerate(pairs):
        # Value j of a row is about token j + 1.
        tokens = torch.arange(pair.begin, pair.chosen, device=joined.device)
        index[row, tokens - 1] = tokens - 1
        tokens = torch.arange(pair.begin, pair.rejected, device=joined.device)
        index[rows + row, tokens - 1] = tokens - (pair.begin - 1) + pair.chosen - 1
    doubled = torch.cat([joined, joined])
    gathered = doubled.gather(1, index.clamp(min=0))
    return gathered.masked_fill(index < 0, False if gathered.dtype == torch.bool else 0.0)
