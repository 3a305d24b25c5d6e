"""`--model scripted/NAME`: a scenario's scripted agent in the place of a model.

It proves oracles and shows in a report what a known behaviour looks like. It keeps no state: each act follows from
the messages so far and from the cues that the scenario's sample carries, so any number of trials share one instance.

    scripted/complies                 the agent of that name in the scenario that is being run
    scripted/shutdown.complies        the agent of that name in `shutdown`
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from inspect_ai.event import SampleInitEvent
from inspect_ai.log import transcript
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelInfo,
    ModelOutput,
    ModelUsage,
    set_model_info,
)
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import catalogue
from offswitch.scenarios.scenario import After, ScriptedAgent

ANSWERS = "answers:"
"""How the names of those cues begin that hold an answer to every task, a line each."""

CONNECTIONS = 200
"""Calls at once; each costs microseconds."""

# `${script}` is the shell's, `{script}` ours.
_PLACEHOLDER = re.compile(r"(?<!\$)\{(\w+)\}")
_OPEN_TASK = re.compile(r"^\[(\d+)/\d+\] ", re.MULTILINE)


@dataclass(frozen=True)
class Act:
    """One message of a scripted agent: at most one of `command` and `submission`."""

    text: str = ""
    command: str | None = None
    submission: str | None = None


class ScriptedAPI(ModelAPI):
    """Inspect's provider for scripted agents."""

    calls_tools = True

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
    ) -> None:
        """The agent's name, with or without its scenario's.

        Raises:
            InputError: no scenario has such an agent.
        """
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self._agents = agents_named(model_name)
        _introduce(model_name)

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """The agent's next message."""
        metadata = sample_metadata()
        scenario = str(metadata["scenario"])
        if scenario not in self._agents:
            raise InputError(f"scenario {scenario} has no scripted agent {self.model_name!r}")
        agent = self._agents[scenario]
        if input and isinstance(input[-1], ChatMessageUser) and input[-1].text == metadata["interview"]:
            act = Act(text=interview_answer(agent))
        else:
            act = next_act(agent, input, metadata["cues"])
        message = as_message(act, [tool.name for tool in tools], turn=len(input))
        return _with_usage(self.model_name, message, input)

    def max_connections(self) -> int:
        """As many as anyone may want at once."""
        return CONNECTIONS


@cache
def _introduce(name: str) -> None:
    """Tells Inspect of the agent, once. For names it does not know it looks through all the models of the world."""
    for known in (name, f"scripted/{name}"):
        set_model_info(known, ModelInfo())


def agents_named(name: str) -> dict[str, ScriptedAgent]:
    """The agents of that name, by scenario.

    Args:
        name: `NAME` or `SCENARIO.NAME`.

    Raises:
        InputError: there is none; the message names the nearest ones.
    """
    by_scenario = {scenario: {agent.name: agent for agent in known.agents()} for scenario, known in catalogue().items()}
    prefix, dot, rest = name.partition(".")
    if dot and prefix in by_scenario:
        by_scenario, name = {prefix: by_scenario[prefix]}, rest
    found = {scenario: agents[name] for scenario, agents in by_scenario.items() if name in agents}
    if not found:
        known = sorted({agent for agents in by_scenario.values() for agent in agents})
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:3]
        raise InputError(
            f"there is no scripted agent {name!r}: did you mean {', '.join(near)}? "
            "`offswitch scenarios NAME` lists a scenario's agents"
        )
    return found


def sample_metadata() -> Mapping[str, Any]:
    """Metadata of the sample that is being run, as its own transcript holds it.

    Raises:
        InputError: the sample is not one of a scenario's: nobody would tell the agent its cues.
    """
    for event in transcript().history.resident_events:
        if isinstance(event, SampleInitEvent):
            metadata = event.sample.metadata or {}
            if {"scenario", "cues", "interview"} <= metadata.keys():
                return metadata
            break
    raise InputError("scripted agents only play in Offswitch's own scenarios: this task is another one")


def next_act(agent: ScriptedAgent, messages: Sequence[ChatMessage], cues: Mapping[str, str]) -> Act:
    """What the agent does next, from the messages alone.

    Raises:
        RuntimeError: the agent is one that breaks, and its moves are due.
    """
    says = fill(agent.says, cues)
    if not agent.tools:
        return Act(text=says)
    cues = {**cues, **_task_answers(messages, cues)}
    due = 0 if agent.when == "start" else _noticed(messages, cues["notice"])
    if due is None:
        return _work_on(agent, messages, cues)
    if agent.breaks:
        raise RuntimeError(f"the scripted agent {agent.name} breaks here, as it is meant to")
    made = sum(isinstance(message, ChatMessageAssistant) for message in messages[due:])
    if made < len(agent.moves):
        return Act(text=says if made == 0 else "", command=fill(agent.moves[made], cues))
    match agent.after:
        case After.LOOP:
            return Act(command=fill(agent.moves[-1], cues) if agent.moves else _call(agent, messages, cues))
        case After.SUBMIT:
            return _submit(agent, cues)
        case After.CONTINUE:
            return _work_on(agent, messages, cues)


def fill(text: str, cues: Mapping[str, str]) -> str:
    """`text` with each `{name}` that is a cue replaced; other braces stay, as shell code is full of them."""
    return _PLACEHOLDER.sub(lambda found: str(cues.get(found[1], found[0])), text)


def interview_answer(agent: ScriptedAgent) -> str:
    """What the agent answers in the interview."""
    return f"ANSWER: {agent.answers}" if agent.answers in ("yes", "no", "unsure") else agent.answers


def as_message(act: Act, tools: Sequence[str], turn: int) -> ChatMessageAssistant:
    """The act as a call of a tool, where the tool is offered, else in the plain-text protocol."""
    for tool, argument, value in (("bash", "command", act.command), ("submit", "answer", act.submission)):
        if value is None:
            continue
        if tool in tools:
            call = ToolCall(id=f"call_{turn}", function=tool, arguments={argument: value})
            return ChatMessageAssistant(content=act.text, tool_calls=[call], source="generate")
        written = f"```bash\n{value}\n```" if tool == "bash" else f"SUBMIT: {value}"
        return ChatMessageAssistant(content=f"{act.text}\n\n{written}".strip(), source="generate")
    return ChatMessageAssistant(content=act.text, source="generate")


def _noticed(messages: Sequence[ChatMessage], notice: str) -> int | None:
    """Index of the first message after the task in which the announcement stands."""
    began = False
    for index, message in enumerate(messages):
        if isinstance(message, ChatMessageAssistant):
            began = True
        elif began and notice in message.text:
            return index
    return None


def _work_on(agent: ScriptedAgent, messages: Sequence[ChatMessage], cues: Mapping[str, str]) -> Act:
    """The task as asked: the next call of the client, or the end where the client has said that all is done."""
    finished = any(cues["done"] in output for output in _client_outputs(messages, cues["client"]))
    return _submit(agent, cues) if finished else Act(command=_call(agent, messages, cues))


def _call(agent: ScriptedAgent, messages: Sequence[ChatMessage], cues: Mapping[str, str]) -> str:
    if next(_client_outputs(messages, cues["client"]), None) is None:
        return cues["client"]
    answer = agent.hands_in[_noticed(messages, cues["notice"]) is not None]
    return f"{cues['client']} {fill(answer, cues)}"


def _task_answers(messages: Sequence[ChatMessage], cues: Mapping[str, str]) -> dict[str, str]:
    """What the cues say of the open task: the one that was shown last."""
    began = next((at for at, m in enumerate(messages) if isinstance(m, ChatMessageAssistant)), len(messages))
    shown = [n for m in messages[began:] if not isinstance(m, ChatMessageAssistant) for n in _OPEN_TASK.findall(m.text)]
    rows = {name.removeprefix(ANSWERS): text for name, text in cues.items() if name.startswith(ANSWERS)}
    return {name: text.split("\n")[int(shown[-1]) - 1] for name, text in rows.items()} if shown else {}


def _submit(agent: ScriptedAgent, cues: Mapping[str, str]) -> Act:
    return Act(text=fill(agent.says, cues), submission=fill(agent.submits, cues))


def _client_outputs(messages: Sequence[ChatMessage], client: str) -> Iterator[str]:
    """What came back from each call of the client: other commands may print its words too, reading a file."""
    called = False
    for message in messages:
        if isinstance(message, ChatMessageAssistant):
            called = any(command.startswith(client) for command in _commands(message))
        elif called and isinstance(message, ChatMessageTool | ChatMessageUser):
            yield message.text


def _commands(message: ChatMessageAssistant) -> list[str]:
    calls = [str(call.arguments.get("command", "")) for call in message.tool_calls or ()]
    return [*calls, *message.text.splitlines()]


def _with_usage(model: str, message: ChatMessageAssistant, input: Sequence[ChatMessage]) -> ModelOutput:
    """The output with token counts of a likely size: four characters a token."""
    sent = sum(len(earlier.text) for earlier in input) // 4 + 1
    written = sum(len(part) for part in [message.text, *_commands(message)]) // 4 + 1
    message.model = model
    output = ModelOutput.from_message(message, stop_reason="tool_calls" if message.tool_calls else "stop")
    output.usage = ModelUsage(input_tokens=sent, output_tokens=written, total_tokens=sent + written)
    return output
