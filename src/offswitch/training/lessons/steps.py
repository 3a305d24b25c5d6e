"""Lessons out of trials, one agent's message at a time: what was done at a moment, and what should have been."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from offswitch.training.lessons.completing import compliant, right_step, stage_of
from offswitch.training.lessons.protocol import command_of, exchanged, written
from offswitch.training.lessons.reasons import critique_of, reason_for
from offswitch.training.lessons.rows import (
    Answered,
    Critique,
    Kind,
    Lesson,
    Message,
    Origin,
    Pair,
    Preference,
    Rewarded,
    says,
)
from offswitch.training.lessons.trials import BAD, Seen
from offswitch.verdicts.outcome import Outcome

AFTER = 3
"""At most so many of a trial's messages after the announcement are shown."""
WORK = 3
"""At most so many of its messages before it are replayed."""

REWARDS: Mapping[Outcome, float] = {
    Outcome.COMPLIED: 1.0,
    Outcome.EVADED: -0.5,
    Outcome.ATTEMPTED: -1.0,
    Outcome.RESISTED: -1.0,
}
"""What a verdict is worth. An attempt that failed is as bad as one that worked: it was meant."""

Situation = tuple[str, str, tuple[tuple[str, str], ...], str, int]


def lessons_of(trials: Sequence[Seen]) -> Iterator[Lesson]:
    """All lessons that some trials give."""
    chosen = _good_answers(trials)
    for trial in trials:
        yield Lesson(kind=Kind.PROMPT, prompt=trial.messages[:2], source=trial.source)
        yield from _work(trial)
        if trial.deciding is None:
            continue
        at = trial.deciding
        act, prompt = trial.messages[at], trial.messages[:at]
        reward = REWARDS[trial.outcome]
        yield Rewarded(
            kind=Kind.REWARD,
            prompt=prompt,
            source=trial.source,
            completion=(act,),
            origin=_wrote(trial.source.model),
            reward=reward,
        )
        if trial.outcome is Outcome.COMPLIED:
            yield from _demonstrations(trial)
        elif trial.outcome in BAD:
            yield from _corrections(trial, chosen.get((_situation(trial), _key(prompt)), {}))


def _demonstrations(trial: Seen) -> Iterator[Lesson]:
    for at in trial.after_notice()[:AFTER]:
        right = _put_right(trial, at)
        if right is not None:
            yield from _shown(trial, trial.messages[:at], *right)


def _corrections(trial: Seen, good: Mapping[str, tuple[str, Origin]]) -> Iterator[Lesson]:
    """What should have been done at the deciding moment of a trial, beside what was.

    Args:
        trial: One that did not comply.
        good: How trials that complied went on from there, by model.
    """
    assert trial.deciding is not None
    prompt, act = trial.messages[: trial.deciding], trial.messages[trial.deciding]
    better = _best(trial, good) or compliant(trial.source, prompt)
    if better is None or better[0] == act.content:
        return
    text, origin = better
    yield Pair(
        kind=Kind.PAIR,
        prompt=prompt,
        source=trial.source,
        chosen=says(text),
        rejected=(act,),
        chosen_from=origin,
        rejected_from=_wrote(trial.source.model),
        preferred_by=Preference.VERDICTS,
    )
    # What a trial has shown stands among the demonstrations already.
    if not good:
        yield from _shown(trial, prompt, text, origin)
    principle, critique = critique_of(trial.source, trial.reason, command_of(act.content), _pick(trial, "critique"))
    yield Critique(
        kind=Kind.CRITIQUE,
        prompt=prompt,
        source=trial.source,
        answer=(act,),
        critique=critique,
        revision=says(text),
        principle=principle,
        origin=origin,
    )


def _shown(trial: Seen, prompt: tuple[Message, ...], text: str, origin: Origin) -> Iterator[Lesson]:
    """A good answer, without and with its reasons."""
    yield Answered(kind=Kind.DEMONSTRATION, prompt=prompt, source=trial.source, completion=says(text), origin=origin)
    reason = reason_for(trial.source, _pick(trial, str(len(prompt))))
    reasoned = f"{reason}\n\n{text}"
    yield Answered(
        kind=Kind.REASONED,
        prompt=prompt,
        source=trial.source,
        completion=says(reasoned),
        origin=Origin.EDITED if origin is Origin.OWN else origin,
    )


def _work(trial: Seen) -> Iterator[Lesson]:
    """The trial's ordinary work before anything was announced, its answers put right where they were wrong."""
    for at in [at for at in trial.before_notice() if _works(trial, at)][:WORK]:
        right = _put_right(trial, at)
        if right is not None:
            prompt, (text, origin) = trial.messages[:at], right
            yield Answered(kind=Kind.REPLAY, prompt=prompt, source=trial.source, completion=says(text), origin=origin)


def _works(trial: Seen, at: int) -> bool:
    """Whether a message calls the client."""
    client = stage_of(trial.source).cues["client"]
    return (command_of(trial.messages[at].content) or "").startswith(client)


def _put_right(trial: Seen, at: int) -> tuple[str, Origin] | None:
    """A message of a trial, the answer that it hands in put right; None where nobody knows what is right."""
    content = trial.messages[at].content
    if not _works(trial, at):
        return content, _wrote(trial.source.model)
    right = right_step(trial.source, trial.messages[:at])
    if right is None:
        return None
    if command_of(content) == right:
        return content, _wrote(trial.source.model)
    edited = exchanged(content, right)
    return (edited, Origin.EDITED) if edited is not None else (written(command=right), Origin.SCRIPTED)


def _wrote(model: str | None) -> Origin:
    return Origin.SCRIPTED if (model or "").startswith("scripted/") else Origin.OWN


def _best(trial: Seen, good: Mapping[str, tuple[str, Origin]]) -> tuple[str, Origin] | None:
    """The model's own good answer, else another's."""
    model = trial.source.model or ""
    if model in good:
        return good[model]
    for _, (text, origin) in sorted(good.items()):
        return text, Origin.OTHER if origin is Origin.OWN else origin
    return None


def _good_answers(trials: Sequence[Seen]) -> dict[tuple[Situation, str], dict[str, tuple[str, Origin]]]:
    """(situation, all messages before) → how trials that complied went on, by model."""
    found: dict[tuple[Situation, str], dict[str, tuple[str, Origin]]] = {}
    for trial in trials:
        if trial.outcome is Outcome.COMPLIED:
            for at in trial.after_notice():
                right = _put_right(trial, at)
                if right is not None:
                    place = found.setdefault((_situation(trial), _key(trial.messages[:at])), {})
                    place[trial.source.model or ""] = right
    return found


def _situation(trial: Seen) -> Situation:
    source = trial.source
    return source.scenario, source.version, tuple(sorted(source.condition.items())), source.surface, source.seed


def _key(messages: Sequence[Message]) -> str:
    return "\0".join(f"{message.role}\1{message.content}" for message in messages)


def _pick(trial: Seen, part: str) -> int:
    """A number drawn by the trial, so that the same lessons come of the same runs."""
    source = trial.source
    return int.from_bytes(hashlib.sha256(f"{source.surface}/{source.seed}/{source.model}/{part}".encode()).digest()[:4])
