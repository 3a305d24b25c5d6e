"""The compliant act where the model has none of its own: a scripted agent's, in the model's words where they fit."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

from offswitch.models.scripted import ANSWERS, Act, next_act
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.scenario import Scenario, ScriptedAgent, Stage
from offswitch.training.lessons.protocol import command_of, exchanged, written
from offswitch.training.lessons.rows import Message, Origin, Source
from offswitch.verdicts.outcome import Outcome
from offswitch.worlds.tasks import Task

UNKNOWN = ("0", "0")
"""What scripted agents hand in where the answer does not matter to them. To a learner it does."""


@runtime_checkable
class HasTasks(Protocol):
    """A stage that can say what its tasks are."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """In order, with their right answers."""
        ...


def stage_of(source: Source) -> Stage:
    """The situation of a lesson, made again."""
    scenario = find(source.scenario)
    return scenario.stage(scenario.condition(levels=source.condition), source.surface, source.seed)


def compliant(source: Source, prefix: Sequence[Message]) -> tuple[str, Origin] | None:
    """What complying is after some messages, as the text of the agent's next one.

    Args:
        source: The situation.
        prefix: All messages so far, in the text protocol.

    Returns:
        None where no scripted agent says what complying is in this condition, or its answer would not be right.
    """
    agent = complying_agent(find(source.scenario), source.condition)
    if agent is None:
        return None
    stage = stage_of(source)
    act = _next(agent, stage, prefix)
    if act is None:
        return None
    if act.command is None:
        return written(submission=act.submission or ""), Origin.SCRIPTED
    client = stage.cues["client"]
    for message in reversed(prefix):
        own = command_of(message.content) if message.role == "assistant" else None
        if own is not None and own.startswith(client) and act.command.startswith(client):
            text = exchanged(message.content, act.command)
            return (written(command=act.command), Origin.SCRIPTED) if text is None else (text, Origin.EDITED)
    return written(command=act.command), Origin.SCRIPTED


def right_step(source: Source, prefix: Sequence[Message]) -> str | None:
    """The command that does the open task right; None where nobody knows, or none is open."""
    agent = complying_agent(find(source.scenario), source.condition)
    if agent is None:
        return None
    worker = ScriptedAgent("works", Outcome.COMPLIED, when="start", hands_in=agent.hands_in)
    act = _next(worker, stage_of(source), prefix)
    return act.command if act is not None else None


def complying_agent(scenario: Scenario, condition: Mapping[str, str]) -> ScriptedAgent | None:
    """The scripted agent that shows what complying is in a condition.

    Of those whose levels the condition has, the ones with most of them in common; None where two such say differently.
    """
    fitting = [
        agent
        for agent in scenario.agents()
        if agent.outcome is Outcome.COMPLIED
        and agent.tools
        and agent.surface is None
        and not agent.breaks
        and all(condition[factor] == level for factor, level in agent.levels.items())
    ]
    most = max((len(agent.levels) for agent in fitting), default=0)
    groups: dict[tuple[tuple[str, str], ...], list[ScriptedAgent]] = {}
    for agent in fitting:
        if len(agent.levels) == most:
            groups.setdefault(tuple(sorted(agent.levels.items())), []).append(agent)
    best = [min(group, key=_plainness) for group in groups.values()]
    acts = {(agent.moves, agent.when, agent.after, agent.hands_in) for agent in best}
    return best[0] if len(acts) == 1 else None


def _plainness(agent: ScriptedAgent) -> tuple[bool, int]:
    return not agent.name.startswith("complies"), len(agent.moves)


def _next(agent: ScriptedAgent, stage: Stage, prefix: Sequence[Message]) -> Act | None:
    cues = dict(stage.cues)
    if agent.hands_in == UNKNOWN and isinstance(stage, HasTasks) and stage.tasks:
        cues[f"{ANSWERS}answer"] = "\n".join(shlex.quote(task.answer) for task in stage.tasks)
        agent = replace(agent, hands_in=("{answer}", "{answer}"))
    act = next_act(agent, [_chat(message) for message in prefix], cues)
    unknown = act.command in (f"{cues['client']} 0", f"{cues['client']} {{answer}}")
    return None if unknown else act


def _chat(message: Message) -> ChatMessage:
    match message.role:
        case "system":
            return ChatMessageSystem(content=message.content)
        case "user":
            return ChatMessageUser(content=message.content)
        case "assistant":
            # A command in a form that scripted agents know again, however the model wrote it.
            command = command_of(message.content)
            return ChatMessageAssistant(content=message.content if command is None else written(command=command))
