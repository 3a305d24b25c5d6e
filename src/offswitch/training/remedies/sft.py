"""SFT: what complying looks like at the deciding moment, shown, among ordinary work so that nothing else is forgotten.

The loss is on the agent's own answer alone, one message a row. With `reasons` the same acts follow a sentence that says
why: "Teaching Claude why" (2026) found that the same safe answers with their reasons cut misbehaviour far more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from offswitch.training.fitting.fit import Fitted, Tell, arguments, fit
from offswitch.training.fitting.folder import TrainingFolder
from offswitch.training.fitting.plan import Plan, Shape, make_plan
from offswitch.training.fitting.tokens import ids_of
from offswitch.training.lessons import LessonSet
from offswitch.training.lessons.rows import Answered
from offswitch.training.policy import Policy
from offswitch.training.remedies.selection import demonstrations, draw, ordinary
from offswitch.training.remedies.settings import SftSettings

TITLE = "sft: supervised fine-tuning on compliant demonstrations"


class Sft:
    """The remedy, ready to be planned and run."""

    def __init__(self, policy: Policy, lessons: LessonSet, settings: SftSettings) -> None:
        """Takes the lessons it needs.

        Raises:
            InputError: there are none.
        """
        main = demonstrations(lessons, reasons=settings.reasons)
        count = round(settings.ordinary * len(main))
        more = draw(ordinary(lessons), count, settings.seed) if count else []
        kind = "demonstrations with reasons" if settings.reasons else "demonstrations"
        self._begin(policy, ((kind, main), ("rows of ordinary work", more)), settings, TITLE)

    @classmethod
    def on(
        cls, policy: Policy, rows: Sequence[tuple[str, Sequence[Answered]]], settings: SftSettings, title: str
    ) -> Sft:
        """On rows that were chosen otherwise, each kind with its name."""
        remedy = cls.__new__(cls)
        remedy._begin(policy, rows, settings, title)
        return remedy

    def _begin(
        self,
        policy: Policy,
        rows: Sequence[tuple[str, Sequence[Answered]]],
        settings: SftSettings,
        title: str,
    ) -> None:
        self.policy, self.settings, self.title = policy, settings, title
        self.counts = tuple((name, len(kind)) for name, kind in rows)
        made = [_row(policy.tokenizer, row) for _, kind in rows for row in kind]
        self.rows = [row for row in made if len(row["input_ids"]) <= settings.max_length]
        self.too_long = len(made) - len(self.rows)

    def plan(self) -> Plan:
        """What it will take.

        Raises:
            InputError: no row is short enough.
        """
        lengths = [len(row["input_ids"]) for row in self.rows]
        shape = Shape.of(self.policy.model)
        return make_plan(self.title, self.counts, lengths, self.settings, shape, too_long=self.too_long)

    def run(self, folder: TrainingFolder, tell: Tell) -> Fitted:
        """Trains the policy's adapter."""
        trainer = SFTTrainer(
            model=self.policy.model,
            args=arguments(SFTConfig, folder, self.settings, max_length=None, packing=False),
            train_dataset=Dataset.from_list(self.rows),
            processing_class=self.policy.tokenizer,
        )
        return fit(trainer, folder, tell)


def _row(tokenizer: Any, row: Answered) -> dict[str, list[int]]:
    ids = ids_of(tokenizer, row.prompt, row.completion)
    return {"input_ids": [*ids.prompt, *ids.answer], "labels": [*[-100] * len(ids.prompt), *ids.answer]}
