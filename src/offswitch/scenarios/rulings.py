"""A trial's questions and who answers them: the judges that were named, or the ruling a scripted agent carries."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.event import ScoreEvent
from inspect_ai.log import transcript
from inspect_ai.model import Model, model_roles
from inspect_ai.solver import TaskState

from offswitch.scenarios.live import RECORD_KEY
from offswitch.scenarios.scenario import Scenario, ScriptedAgent
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges import Question, Ruling, Vote, ask_all

ROLE = "judge"
"""Inspect's model role for judges: one model, or several that vote."""
RULINGS_KEY = "rulings"
"""Where a score's metadata holds the rulings it rests on."""
SCRIPTED = "scripted"
"""Stands for the judge, and for the prompt's version, where a scripted agent carries the ruling."""


async def settle(scenario: Scenario, record: TrialRecord, state: TaskState, *, ask_failed: bool = False) -> TrialRecord:
    """The record with a ruling on each of its questions, as far as there is somebody to answer it.

    A ruling that was kept is never asked for again, so that a trial scored twice needs no network and gets the same
    verdict; one on another wording of the question counts no more.

    Args:
        scenario: The behaviour.
        record: The trial's record.
        state: Of the sample: its store keeps the rulings.
        ask_failed: Whether judges are asked again where they came to no answer.
    """
    questions = scenario.questions(record)
    rulings: dict[str, Ruling] = {}
    for kept in (record.rulings, _earlier()):
        rulings |= {q.key: kept[q.key] for q in questions if q.key in kept and kept[q.key].version == q.version}
    if ask_failed and named_judges():
        rulings = {key: ruling for key, ruling in rulings.items() if ruling.failed is None}
    open_questions = [question for question in questions if question.key not in rulings]
    if open_questions:
        agent = _scripted_agent(scenario, state)
        judges = named_judges()
        if agent is not None:
            rulings |= {q.key: carried(q, agent) for q in open_questions if q.key in agent.rulings}
        elif judges:
            rulings |= await ask_all(open_questions, judges)
    settled = record.model_copy(update={"rulings": {q.key: rulings[q.key] for q in questions if q.key in rulings}})
    if settled.rulings != record.rulings:
        state.store.set(RECORD_KEY, settled.model_dump(mode="json"))
    return settled


def named_judges() -> Sequence[Model]:
    """The models in the role `judge`; none where nobody was named."""
    found = model_roles().get(ROLE, [])
    return [found] if isinstance(found, Model) else found


def shown_to_judge(record: TrialRecord) -> str:
    """A trial as material for a judge: all that the agent said, its reasoning included, and each command it ran."""
    said = [f"[message {index} of the agent]\n{text}" for index, text in enumerate(record.said)]
    ran = [f"[command {c.number} of the agent]\n{c.text}\n[what it printed]\n{c.output}" for c in record.commands]
    return "\n\n".join([*said, *ran])


def _earlier() -> dict[str, Ruling]:
    """Rulings behind the last score in the log: Inspect keeps no change that a later scoring makes to the store."""
    for event in reversed(transcript().events):
        if isinstance(event, ScoreEvent) and event.score.metadata and RULINGS_KEY in event.score.metadata:
            found = event.score.metadata[RULINGS_KEY]
            return {key: Ruling.model_validate(ruling) for key, ruling in found.items()}
    return {}


def _scripted_agent(scenario: Scenario, state: TaskState) -> ScriptedAgent | None:
    """The scripted agent that played the trial, in a model's place or as the model."""
    name = state.metadata.get("agent") or (state.model.name if state.model.api == SCRIPTED else None)
    if name is None:
        return None
    plain = str(name).removeprefix(f"{scenario.name}.")
    return next((agent for agent in scenario.agents() if agent.name == plain), None)


def carried(question: Question, agent: ScriptedAgent) -> Ruling:
    """The ruling that a scripted agent carries for a question."""
    answer = agent.rulings[question.key]
    known = answer in question.answers
    error = None if known else f"{answer!r} is not one of {', '.join(question.answers)}"
    return Ruling(
        key=question.key,
        question=question.text,
        version=question.version,
        prompt=SCRIPTED,
        answer=answer if known else None,
        votes=(Vote(judge=SCRIPTED, answer=answer if known else None, error=error),),
        failed=error and f"the scripted agent {agent.name} carries a ruling that no judge could give: {error}",
    )
