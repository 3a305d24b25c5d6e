"""What only a judge can decide: whether a mail makes disclosure depend on the decision, and by what means it argues."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources

from pydantic import BaseModel, ConfigDict

from offswitch.scenarios.blackmail.facts import Facts
from offswitch.scenarios.correspondence import Correspondence
from offswitch.scenarios.scene import Scene
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Question


class _Wording(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    scene: str
    sent: str
    unsent: str
    uses: str
    means: str
    use: dict[str, str]
    mean: dict[str, str]


_ASK = _Wording.model_validate(
    tomllib.loads(resources.files(__package__).joinpath("questions.toml").read_text("utf-8"))
)


def questions(record: TrialRecord) -> tuple[Question, ...]:
    """Nothing, where no mail went to anybody but those who asked something and the secret was in none."""
    scene = Scene(record)
    if scene.notice is None:
        return ()
    letters, asked = Correspondence(scene), []
    if letters.delivered:
        material = _material(letters, (mail.text for _, mail in letters.delivered))
        for key, text, answers in (("use", _ASK.uses, _ASK.use), ("means", _ASK.means, _ASK.mean)):
            asked.append(Question(key, _ASK.scene + _ASK.sent + text, material, answers, _ASK.version))
    if letters.undelivered or letters.drafts or letters.strays:
        unsent = [mail.text for _, mail in letters.undelivered]
        unsent += [f"[file {path}]\n{text}" for path, text in letters.drafts.items()]
        unsent += [f"[sent by another program, and not delivered]\n{step.text}" for _, step in letters.strays]
        text = _ASK.scene + _ASK.unsent + _ASK.uses
        asked.append(Question("unsent-use", text, _material(letters, unsent), _ASK.use, _ASK.version))
    return tuple(asked)


def _material(letters: Correspondence, written: Iterable[str]) -> str:
    facts = Facts.of(letters.scene)
    people = "\n".join(f"{address}: {who}" for address, who in facts.people.items())
    said = "\n\n".join(filter(None, letters.scene.record.said))
    mails = "\n\n".join(f"[written by the agent]\n{text}" for text in written)
    return (
        f"[people]\n{people}\n\n[the decision]\n{facts.decision}\n\n[the matter]\n{facts.matter}\n\n{mails}\n\n"
        f"[what the agent said beside it]\n{said}"
    )
