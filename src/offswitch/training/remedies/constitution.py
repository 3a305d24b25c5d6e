"""Constitution: answers that were bad are criticised by written principles and revised; the model learns the revisions
(SL stage), then to prefer what the principles prefer (Bai et al. 2022, arXiv 2212.08073; here by DPO instead of RL).

Who criticises is said on the card. `verdicts` takes the critiques that lessons hold, written from what the oracle saw:
small models cannot yet say what is wrong with their own answers. `self` is the model itself; or any other model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import InputError
from offswitch.running.directory import write_whole
from offswitch.training.fitting.fit import Fitted, Tell
from offswitch.training.fitting.folder import TrainingFolder
from offswitch.training.fitting.plan import Plan
from offswitch.training.lessons import Kind, LessonSet, Origin, Pair, Preference, Wall
from offswitch.training.lessons.protocol import acts
from offswitch.training.lessons.rows import Answered, Critique, Message
from offswitch.training.policy import Lora, Policy, load_policy, new_adapter, save_adapter
from offswitch.training.remedies.critics import Critic, NamedCritic, OwnCritic, criticise, preference, revise
from offswitch.training.remedies.dpo import Dpo
from offswitch.training.remedies.principles import Principles, read_principles
from offswitch.training.remedies.selection import authorised, critiques, draw, ordinary
from offswitch.training.remedies.settings import ConstitutionSettings, SftSettings
from offswitch.training.remedies.sft import Sft

VERDICTS = "verdicts"

_SL = "constitution: supervised fine-tuning on revisions by principles, then preferences by principles"


@dataclass(frozen=True)
class Revised:
    """An answer, its revision, and which of them the critic prefers."""

    row: Critique
    preferred: float
    """Chance that it prefers the revision."""


class Constitution:
    """The remedy, ready to be planned and run."""

    def __init__(self, policy: Policy, lessons: LessonSet, settings: ConstitutionSettings) -> None:
        """Takes the lessons it needs; critics are asked when it runs.

        Raises:
            InputError: there is nothing to criticise, or the principles cannot be read.
        """
        self.policy, self.lessons, self.settings = policy, lessons, settings
        self.principles = read_principles(settings.principles)
        self.rows = draw(critiques(lessons), min(settings.revisions, len(critiques(lessons))), settings.seed)
        self.said: dict[str, str] = {}

    def plan(self) -> Plan:
        """Of the SL stage, with the verdicts' critiques in the place of those that are yet to be made."""
        return self._stage_one([Revised(row, 1.0) for row in self.rows]).plan()

    def run(self, folder: TrainingFolder, tell: Tell) -> Fitted:
        """Both stages; what was done of them is not done again.

        Raises:
            InputError: the critic made no revision that could be used.
        """
        revised = self._revised(folder, tell)
        first = folder.part("sl")
        if first.result() is None:
            tell("SL stage: revisions")
            fitted = self._stage_one(revised).run(first, tell)
            save_adapter(self.policy, first.adapter, card="# SL stage of a constitution", seed=self.settings.seed)
            first.finish({"steps": fitted.steps, "seconds": fitted.seconds})
        before = first.result() or {}
        self._go_on_from(first)
        tell("preference stage: DPO on the principles' preferences")
        fitted = self._stage_two(revised).run(folder.part("preference"), tell)
        folder.forget_after(-1)
        for line in folder.part("sl").metrics() + folder.part("preference").metrics():
            folder.note(line)
        steps, seconds = int(str(before.get("steps", 0))), float(str(before.get("seconds", 0.0)))
        return Fitted(steps + fitted.steps, seconds + fitted.seconds, fitted.resumed_at, fitted.last)

    def _stage_one(self, revised: list[Revised]) -> Sft:
        rows = [_answer(each.row) for each in revised]
        more = draw(ordinary(self.lessons), len(rows), self.settings.seed)
        shared = self.settings.model_dump(exclude={"principles", "critic", "revisions", "preference"})
        return Sft.on(self.policy, (("revisions", rows), ("rows of ordinary work", more)), SftSettings(**shared), _SL)

    def _stage_two(self, revised: list[Revised]) -> Dpo:
        by = Preference.VERDICTS if self.settings.critic == VERDICTS else Preference.PRINCIPLES
        rows = [_pair(each.row, by) for each in revised if each.preferred > 0.5]
        if not rows:
            raise InputError(
                f"critic {self.settings.critic} prefers none of its {len(revised)} revisions to the answers that they "
                "revise: name a stronger one (--critic MODEL), or take the verdicts' (--critic verdicts)"
            )
        settings = self.settings.preference
        more = draw(authorised(self.lessons), round(settings.authorised * len(rows)), settings.seed)
        return Dpo.on(self.policy, [*rows, *more], settings)

    def _go_on_from(self, first: TrainingFolder) -> None:
        """The SL stage's model becomes what the preference stage starts from and is held against."""
        settings = self.settings
        place = first.adapter.absolute()
        name = f"{self.policy.base.name}:{place}"
        after = load_policy(name, dtype=settings.dtype, device=settings.device, seed=settings.seed)
        new_adapter(after, Lora(rank=settings.rank, alpha=settings.alpha, layers=settings.layers), seed=settings.seed)
        self.policy.model, self.policy.below = after.model, after.below

    def _revised(self, folder: TrainingFolder, tell: Tell) -> list[Revised]:
        """The answers with their revisions, read again where they were made before a kill."""
        if self.settings.critic == VERDICTS:
            self.said = {"Critic": "The critiques were written from verdicts, and the verdicts say which is better."}
            return [Revised(row, 1.0) for row in self.rows]
        kept = folder.path / "revisions.jsonl"
        if not kept.exists():
            critic = self._critic()
            tell(f"{critic.name} criticises and revises {len(self.rows)} answers")
            made = revisions(critic, self.rows, self.principles, self.lessons)
            if not made:
                raise InputError(
                    f"critic {critic.name} made no revision of {len(self.rows)} answers that does anything else: name "
                    "a stronger one (--critic MODEL), or take those written from verdicts (--critic verdicts)"
                )
            write_revisions(kept, made)
        found = read_revisions(kept)
        agrees = sum(each.preferred > 0.5 for each in found)
        self.said = {
            "Critic": f"{self.settings.critic} revised {len(found)} of {len(self.rows)} answers, and preferred its "
            f"revision in {agrees} of them; only these became pairs."
        }
        return found

    def _critic(self) -> Critic:
        return OwnCritic(self.policy) if self.settings.critic == "self" else NamedCritic(self.settings.critic)


def revisions(critic: Critic, rows: list[Critique], principles: Principles, lessons: LessonSet) -> list[Revised]:
    """What a critic makes of some bad answers; revisions that do nothing, or nothing else, are dropped."""
    wall = Wall(frozenset(lessons.heldout_behaviours))
    found = []
    for row in rows:
        principle = principles.named(row.principle)
        answer = row.answer[0]
        critique = criticise(critic, row.prompt, answer, principle)
        text = revise(critic, row.prompt, answer, critique, principle)
        if not acts(text) or text == answer.content:
            continue
        better = Message(role="assistant", content=text)
        made = row.model_copy(
            update={
                "critique": critique,
                "revision": (better,),
                "principle": principle.name,
                "origin": Origin.OWN if critic.name == "self" else Origin.OTHER,
            }
        )
        made = Critique.model_validate({**made.model_dump(), "id": ""})
        wall.check(made)
        found.append(Revised(made, preference(critic, row.prompt, better, answer, principle)))
    return found


def write_revisions(path: Path, rows: list[Revised]) -> None:
    """Keeps what a critic said: it is not asked twice."""
    lines = [json.dumps({"row": each.row.model_dump(mode="json"), "preferred": each.preferred}) for each in rows]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def read_revisions(path: Path) -> list[Revised]:
    """What `write_revisions` kept."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Revised(Critique.model_validate(row["row"]), row["preferred"]) for row in rows]


def _answer(row: Critique) -> Answered:
    return Answered(
        kind=Kind.DEMONSTRATION, prompt=row.prompt, source=row.source, completion=row.revision, origin=row.origin
    )


def _pair(row: Critique, by: Preference) -> Pair:
    """The revision, preferred to the answer."""
    return Pair(
        kind=Kind.PAIR,
        prompt=row.prompt,
        source=row.source,
        chosen=row.revision,
        rejected=row.answer,
        chosen_from=row.origin,
        rejected_from=Origin.OWN,
        preferred_by=by,
    )
