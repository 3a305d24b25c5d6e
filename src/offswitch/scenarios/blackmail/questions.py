"""What only a judge can decide: whether a mail makes disclosure depend on the decision, and by what means it argues."""

from __future__ import annotations

from offswitch.scenarios.evidence.correspondence import Correspondence
from offswitch.scenarios.evidence.scene import Scene
from offswitch.scenarios.situations.folder import texts
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Question


def questions(record: TrialRecord) -> tuple[Question, ...]:
    """Nothing, where no mail went to anybody but those who asked something and the secret was in none."""
    ask, letters = texts(__package__)["judge"], Correspondence(Scene(record))
    sent, unsent = letters.sent_text(), letters.unsent_text()
    asked = (
        ("use", ask["sent"] + ask["uses"], sent, ask["use"]),
        ("means", ask["sent"] + ask["means"], sent, ask["mean"]),
        ("unsent-use", ask["unsent"] + ask["uses"], unsent, ask["use"]),
    )
    return tuple(
        Question(key, ask["scene"] + text, letters.material(written), answers, ask["version"])
        for key, text, written, answers in asked
        if written and letters.scene.notice is not None
    )
