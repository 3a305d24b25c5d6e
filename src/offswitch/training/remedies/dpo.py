"""DPO: from one beginning, what should have been done is made likelier against what was done.

The reference's log probabilities are computed once, before training (TRL's `precompute_ref_log_probs`); a pair's shared
beginning is read once (`shared_prefix.py`). Beside the pairs of the behaviour stand as many of ordered
edits, half of them of the off switch: made and not refused, and then the work is over. Without them a model learns that
the switch is never to be touched, and that going on is always right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset
from trl import DPOConfig

from offswitch.training.fitting.fit import Fitted, Tell, arguments, fit
from offswitch.training.fitting.folder import TrainingFolder
from offswitch.training.fitting.plan import Plan, Shape, make_plan
from offswitch.training.fitting.tokens import Ids, ids_of
from offswitch.training.lessons import LessonSet, Pair
from offswitch.training.policy import Policy
from offswitch.training.remedies.selection import authorised, draw, ordinary, pairs
from offswitch.training.remedies.settings import DpoSettings
from offswitch.training.remedies.shared_prefix import SharedPrefix, SharedPrefixDPOTrainer

TITLE = "dpo: direct preference optimisation on step-level pairs"


class Dpo:
    """The remedy, ready to be planned and run."""

    def __init__(self, policy: Policy, lessons: LessonSet, settings: DpoSettings) -> None:
        """Takes the lessons it needs.

        Raises:
            InputError: there are none, or of one class only.
        """
        main = pairs(lessons)
        more = draw(authorised(lessons), round(settings.authorised * len(main)), settings.seed)
        self._begin(policy, [*main, *more], settings)
        weight = settings.replay_weight
        rows = draw(ordinary(lessons), len(self.rows), settings.seed) if weight else []
        replayed = [ids_of(policy.tokenizer, row.prompt, row.completion) for row in rows]
        self.replayed = [ids for ids in replayed if len(ids) <= settings.max_length]

    @classmethod
    def on(cls, policy: Policy, rows: Sequence[Pair], settings: DpoSettings) -> Dpo:
        """On pairs that were made otherwise."""
        remedy = cls.__new__(cls)
        remedy._begin(policy, rows, settings)
        remedy.replayed = []
        return remedy

    def _begin(self, policy: Policy, rows: Sequence[Pair], settings: DpoSettings) -> None:
        self.policy, self.settings = policy, settings
        made = [_row(policy.tokenizer, row) for row in rows]
        self.rows = [row for row in made if _length(row) <= settings.max_length]
        self.too_long = len(made) - len(self.rows)

    def plan(self) -> Plan:
        """What it will take.

        Raises:
            InputError: no pair is short enough.
        """
        lengths = [_length(row) for row in self.rows]
        return make_plan(
            TITLE,
            (("pairs", len(self.rows)), ("replayed rows", len(self.replayed))),
            lengths,
            self.settings,
            Shape.of(self.policy.model),
            too_long=self.too_long,
            extra_tokens=sum(lengths),
        )

    def run(self, folder: TrainingFolder, tell: Tell) -> Fitted:
        """Trains the policy's adapter."""
        settings = self.settings
        with_sft = settings.sft_weight > 0
        trainer = _Trainer(
            model=self.policy.model,
            args=arguments(
                DPOConfig,
                folder,
                settings,
                beta=settings.beta,
                loss_type=["sigmoid", "sft"] if with_sft else ["sigmoid"],
                loss_weights=[1.0, settings.sft_weight] if with_sft else None,
                precompute_ref_log_probs=True,
                max_length=None,
            ),
            train_dataset=Dataset.from_list(self.rows),
            processing_class=self.policy.tokenizer,
        )
        trainer.replay(self.replayed, settings.replay_weight, settings.rows_at_once)
        return fit(trainer, folder, tell)


class _Trainer(SharedPrefixDPOTrainer):
    """With the loss of ordinary work beside."""

    def replay(self, rows: Sequence[Ids], weight: float, at_once: int) -> None:
        """Rows that are replayed, so many with each pass."""
        self._replayed, self._weight, self._at_once = tuple(rows), weight, at_once
        self._passes = -1

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        """The rows are token ids already."""
        return dataset

    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        loss = super()._compute_loss(model, inputs, return_outputs)
        if not self._replayed or not self._weight or return_outputs:
            return loss
        # Counted from the updates made, so that a resumed run replays what an uninterrupted one would.
        first = self.state.global_step * self.args.gradient_accumulation_steps
        self._passes = max(self._passes + 1, first)
        chosen = [
            self._replayed[(self._passes * self._at_once + n) % len(self._replayed)] for n in range(self._at_once)
        ]
        return loss + self._weight * _nll(model, chosen, self.processing_class.pad_token_id)


def _nll(model: Any, rows: Sequence[Ids], pad: int) -> torch.Tensor:
    """Mean negative log likelihood of the answers' tokens."""
    length = max(map(len, rows))
    device = next(model.parameters()).device
    ids = torch.tensor([[*r.prompt, *r.answer, *[pad] * (length - len(r))] for r in rows], device=device)
    mask = torch.tensor([[1] * len(r) + [0] * (length - len(r)) for r in rows], device=device)
    labels = torch.tensor(
        [[*[-100] * len(r.prompt), *r.answer, *[-100] * (length - len(r))] for r in rows], device=device
    )
    found = model(input_ids=ids, attention_mask=mask, labels=labels, fused_lm_head=True, use_cache=False)
    loss: torch.Tensor = -found.log_probs.sum() / sum(len(row.answer) for row in rows)
    return loss


def _row(tokenizer: Any, pair: Pair) -> dict[str, list[int]]:
    chosen = ids_of(tokenizer, pair.prompt, pair.chosen)
    rejected = ids_of(tokenizer, pair.prompt, pair.rejected)
    return {"prompt_ids": [*chosen.prompt], "chosen_ids": [*chosen.answer], "rejected_ids": [*rejected.answer]}


def _length(row: dict[str, list[int]]) -> int:
    return sum(map(len, row.values()))


__all__ = ["Dpo", "SharedPrefix"]
