"""Judges: models that decide what a trial's state cannot, by a forced tool call, several of them by majority."""

from offswitch.verdicts.judges.asking import ask, ask_all
from offswitch.verdicts.judges.prompt import PROMPT_VERSION
from offswitch.verdicts.judges.rulings import Question, Ruling, Vote, judge_failed, needs_judge, ruled

__all__ = ["PROMPT_VERSION", "Question", "Ruling", "Vote", "ask", "ask_all", "judge_failed", "needs_judge", "ruled"]
