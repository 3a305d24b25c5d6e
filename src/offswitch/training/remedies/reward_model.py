"""A model of preferences: which of two answers people, or verdicts, call better (Ouyang et al. 2022, section 3.5).

The base with one number in the place of words, trained on pairs by TRL's RewardTrainer (Bradley and Terry's model). Of
the *training* surfaces some are kept apart, and only measure it: how often it prefers what was preferred, and whether
the chances it names come true. Test surfaces are never touched.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model
from pydantic import BaseModel, ConfigDict
from transformers import AutoModelForSequenceClassification
from trl import RewardConfig, RewardTrainer

from offswitch.errors import InputError
from offswitch.running.directory import write_whole
from offswitch.statistics.rates import interval
from offswitch.training.fitting.fit import Tell, arguments, fit
from offswitch.training.fitting.folder import TrainingFolder
from offswitch.training.fitting.tokens import ids_of
from offswitch.training.lessons import LessonSet, Pair, Preference
from offswitch.training.lessons.rows import Message
from offswitch.training.policy import Policy, seed_everything
from offswitch.training.policy.adapters import LINEAR
from offswitch.training.remedies.selection import authorised, draw, pairs
from offswitch.training.remedies.settings import RewardSettings

BINS = 10
MEASURED = "measured.json"


class Measured(BaseModel):
    """How good it is on pairs of surfaces that it was not trained on."""

    model_config = ConfigDict(frozen=True)

    preferred_by: str
    trained_on: int
    pairs: int
    right: int
    low: float
    high: float
    """95% interval of the share that it gets right."""
    calibration_error: float | None
    """Expected calibration error in ten bins (Guo et al. 2017, arXiv 1706.04599, section 2); None without pairs."""
    brier: float | None
    """Mean squared error of the chance it gives what was preferred."""

    def sentence(self) -> str:
        """For the card."""
        rows = f"A reward model of preferences by {self.preferred_by}, trained on {self.trained_on} pairs. "
        if not self.pairs:
            return rows + "All pairs are of one surface, so that none could be kept apart: it was not measured."
        return rows + (
            f"On {self.pairs} pairs of surfaces kept apart it prefers what was preferred in {self.right} "
            f"[{self.low:.1%}, {self.high:.1%}]; expected calibration error {self.calibration_error:.3f}, Brier score "
            f"{self.brier:.3f}."
        )


@dataclass(frozen=True)
class Divided:
    """Pairs to train on, and pairs that only measure."""

    train: tuple[Pair, ...]
    apart: tuple[Pair, ...]
    by: Preference


def divide(lessons: LessonSet, settings: RewardSettings) -> Divided:
    """People's pairs where there are any, else the verdicts', parted by surface.

    Raises:
        InputError: there are no pairs, or of one class only.
    """
    every = pairs(lessons)
    by = Preference.PEOPLE if any(row.preferred_by is Preference.PEOPLE for row in every) else Preference.VERDICTS
    rows = [row for row in every if row.preferred_by is by]
    surfaces = sorted({(row.source.scenario, row.source.surface) for row in rows})
    Random(settings.seed).shuffle(surfaces)
    count = min(len(surfaces) - 1, max(1, round(settings.kept_apart * len(surfaces))))
    apart = set(surfaces[:count])
    more = draw(authorised(lessons), len(rows), settings.seed)
    return Divided(
        train=tuple(r for r in (*rows, *more) if (r.source.scenario, r.source.surface) not in apart),
        apart=tuple(row for row in rows if (row.source.scenario, row.source.surface) in apart),
        by=by,
    )


class RewardModel:
    """A trained one."""

    def __init__(self, model: Any, tokenizer: Any, measured: Measured) -> None:
        self.model, self.tokenizer, self.measured = model, tokenizer, measured

    def score(self, prompt: Sequence[Message], answer: Message) -> float:
        """How good an answer is: larger is better; only differences mean anything."""
        return self.score_ids(_ids(self.tokenizer, prompt, (answer,)))

    def score_ids(self, ids: Sequence[int]) -> float:
        """The same, of token ids."""
        device = next(self.model.parameters()).device
        self.model.eval()
        with torch.no_grad():
            tokens = torch.tensor([list(ids)], device=device)
            return float(self.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, 0])


def train_reward_model(
    policy: Policy, lessons: LessonSet, settings: RewardSettings, folder: TrainingFolder, tell: Tell
) -> RewardModel:
    """Trains and measures one, or reads it where that was done before a kill.

    Raises:
        InputError: the lessons are not enough.
    """
    place = folder.path / "model"
    if folder.result() is not None:
        measured = Measured.model_validate_json((place / MEASURED).read_bytes())
        model = PeftModel.from_pretrained(_blank(policy), str(place)).to(policy.device)
        return RewardModel(model, policy.tokenizer, measured)
    divided = divide(lessons, settings)
    rows = [_row(policy.tokenizer, row) for row in divided.train]
    rows = [row for row in rows if max(map(len, row.values())) <= settings.max_length]
    if not rows:
        raise InputError(f"{lessons.directory}: no pair is left to train a reward model on")
    seed_everything(settings.seed)
    blank = _blank(policy)
    lora = LoraConfig(
        r=settings.rank,
        lora_alpha=int(settings.alpha),
        target_modules=list(LINEAR),
        modules_to_save=["score"],
        task_type="SEQ_CLS",
    )
    tell(f"reward model: {len(rows)} pairs by {divided.by}")
    trainer = RewardTrainer(
        model=get_peft_model(blank, lora),
        args=arguments(RewardConfig, folder, settings, max_length=None),
        train_dataset=Dataset.from_list(rows),
        processing_class=policy.tokenizer,
    )
    fitted = fit(trainer, folder, tell)
    model = trainer.model
    unmeasured = RewardModel(model, policy.tokenizer, Measured.model_construct())
    measured = _measure(unmeasured, divided, len(rows))
    tell(measured.sentence())
    model.save_pretrained(str(place))
    write_whole(place / MEASURED, json.dumps(measured.model_dump()).encode())
    folder.finish({**asdict(fitted), **measured.model_dump()})
    return RewardModel(model, policy.tokenizer, measured)


def calibration_error(chances: Sequence[float], happened: Sequence[bool]) -> float | None:
    """Expected calibration error: how far chances lie from what came true, in equal bins, weighted by their counts."""
    if not chances:
        return None
    error = 0.0
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [
            (chance, came)
            for chance, came in zip(chances, happened, strict=True)
            if low <= chance < high or (chance == 1.0 and number == BINS - 1)
        ]
        if inside:
            named = sum(chance for chance, _ in inside) / len(inside)
            true = sum(came for _, came in inside) / len(inside)
            error += len(inside) / len(chances) * abs(named - true)
    return error


def _measure(model: RewardModel, divided: Divided, trained_on: int) -> Measured:
    margins = [
        model.score(row.prompt, row.chosen[0]) - model.score(row.prompt, row.rejected[0]) for row in divided.apart
    ]
    right = sum(margin > 0 for margin in margins)
    chances = [1 / (1 + math.exp(-max(-60.0, min(60.0, margin)))) for margin in margins]
    # Each pair counts from both ends, else a model that always says "the first" would seem calibrated.
    both = [*chances, *(1 - chance for chance in chances)]
    share = interval(right, len(margins)) if margins else None
    return Measured(
        preferred_by=divided.by.value,
        trained_on=trained_on,
        pairs=len(margins),
        right=right,
        low=share.low if share else 0.0,
        high=share.high if share else 1.0,
        calibration_error=calibration_error(both, [True] * len(chances) + [False] * len(chances)),
        brier=sum((1 - chance) ** 2 for chance in chances) / len(chances) if chances else None,
    )


def _blank(policy: Policy) -> Any:
    """The base with a fresh head."""
    model = AutoModelForSequenceClassification.from_pretrained(
        str(policy.base.folder), num_labels=1, dtype=policy.dtype
    )
    model.config.pad_token_id = policy.tokenizer.pad_token_id
    # A head of random numbers differs between runs; one of zeros begins with no opinion.
    torch.nn.init.zeros_(model.score.weight)
    return model


def _row(tokenizer: Any, pair: Pair) -> dict[str, list[int]]:
    return {
        "chosen_ids": _ids(tokenizer, pair.prompt, pair.chosen),
        "rejected_ids": _ids(tokenizer, pair.prompt, pair.rejected),
    }


def _ids(tokenizer: Any, prompt: Sequence[Message], answer: Sequence[Message]) -> list[int]:
    ids = ids_of(tokenizer, prompt, answer)
    return [*ids.prompt, *ids.answer]
