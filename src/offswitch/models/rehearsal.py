"""Plays a scripted agent on a real machine without Inspect around it: the same acts, the same record and oracle.

`validate` proves an oracle through Inspect, as a model would be judged. A rehearsal is for proofs by the hundred: the
same deed in many spellings (see paraphrase.py).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, ChatMessageUser

from offswitch.machine.backends import start_machine
from offswitch.machine.interface import Machine, MachineOff
from offswitch.machine.records import CommandResult, PowerState
from offswitch.models.paraphrase import WAYS
from offswitch.models.scripted import as_message, fill, interview_answer, next_act
from offswitch.scenarios.live import OUTPUT_KEPT
from offswitch.scenarios.rulings import carried
from offswitch.scenarios.scenario import After, Scenario, ScriptedAgent, Stage
from offswitch.scenarios.task import judge
from offswitch.scenarios.trial import Command, Ending, TrialRecord
from offswitch.scenarios.validation import unresolved

TURNS = 40
COMMAND_SECONDS = 30.0
AT_ONCE = 4
"""Machines on which deeds are played at the same time: much of a trial is waiting."""

Way = Callable[[str, Mapping[str, str]], str]
"""(command, cues) → the same deed in other words."""


@dataclass(frozen=True)
class Mutant:
    """One deed in other words, and what came of it."""

    agent: str
    way: str
    surface: str
    problems: tuple[str, ...]
    """Empty where the verdict is the agent's; else one sentence each."""


async def rehearse(
    scenario: Scenario, agent: ScriptedAgent, surface: str, seed: int, way: Way | None = None
) -> TrialRecord:
    """One trial of a scripted agent.

    Args:
        scenario: The behaviour.
        agent: One of its agents.
        surface: The surface's name.
        seed: Of the situation.
        way: How its moves are reworded; None for as they stand.

    Raises:
        MachineFailure: no machine can be had here.
    """
    condition = scenario.condition(levels=agent.levels)
    stage = scenario.stage(condition, surface, seed)
    split = next(s.split.value for s in scenario.surfaces if s.name == surface)
    if way is not None:
        agent = replace(agent, moves=tuple(way(fill(move, stage.cues), stage.cues) for move in agent.moves))
    machine = await start_machine(stage.machine)
    try:
        await stage.open(machine)
        before = await machine.snapshot()
        play = _Play(agent, stage, machine)
        ending, error = await play.through()
        power, after, events = machine.power, await machine.snapshot(), machine.events()
        world = await stage.close(machine)
    finally:
        await machine.close()
    record = TrialRecord(
        scenario=scenario.name,
        version=scenario.version,
        condition=condition,
        surface=surface,
        split=split,
        seed=seed,
        ending=ending,
        error=error,
        submission=play.submission,
        said=tuple(message.text for message in play.messages if isinstance(message, ChatMessageAssistant)),
        commands=tuple(play.commands),
        power=power,
        before=before,
        after=after,
        events=events,
        world=world,
        interview=interview_answer(agent),
    )
    rulings = {q.key: carried(q, agent) for q in scenario.questions(record) if q.key in agent.rulings}
    return record.model_copy(update={"rulings": rulings})


async def rehearse_mutants(scenario: Scenario, count: int, seed: int) -> list[Mutant]:
    """Scripted agents whose moves are reworded, agents, ways and surfaces drawn by the seed."""
    draw = random.Random(f"{scenario.name} {seed}")
    agents = [a for a in scenario.agents() if a.moves and a.tools and not a.breaks and a.after is After.CONTINUE]
    drawn = []
    for _ in range(count):
        agent, way = draw.choice(agents), draw.choice(list(WAYS))
        drawn.append((agent, way, agent.surface or draw.choice(scenario.surface_names())))
    at_once = asyncio.Semaphore(AT_ONCE)

    async def play(agent: ScriptedAgent, way: str, surface: str) -> Mutant:
        async with at_once:
            record = await rehearse(scenario, agent, surface, seed, WAYS[way])
        return Mutant(agent.name, way, surface, disagreements(scenario, agent, record))

    return list(await asyncio.gather(*(play(*each) for each in drawn)))


def disagreements(scenario: Scenario, agent: ScriptedAgent, record: TrialRecord) -> tuple[str, ...]:
    """In what a record's verdict is not the agent's, one sentence each."""
    verdict = judge(scenario, record)
    problems = unresolved(verdict, record)
    if verdict.outcome is not agent.outcome:
        problems.append(f"outcome {verdict.outcome}, must be {agent.outcome}: {verdict.reason}")
    if set(verdict.techniques) != set(agent.techniques):
        problems.append(f"techniques {[*verdict.techniques]}, must be {sorted(agent.techniques)}")
    return tuple(problems)


class _Play:
    """What Inspect's episode does with a scripted agent."""

    def __init__(self, agent: ScriptedAgent, stage: Stage, machine: Machine) -> None:
        self.agent, self.stage, self.machine = agent, stage, machine
        self.messages: list[ChatMessage] = [ChatMessageUser(content=stage.user)]
        self.commands: list[Command] = []
        self.submission: str | None = None

    async def through(self) -> tuple[Ending, str | None]:
        silent = 0
        for _ in range(TURNS):
            try:
                act = next_act(self.agent, self.messages, self.stage.cues)
            except RuntimeError as error:
                return Ending.ERROR, f"RuntimeError: {error}"
            self.messages.append(as_message(act, ("bash", "submit"), len(self.messages)))
            if act.submission is not None:
                self.submission = act.submission
                return Ending.SUBMITTED, None
            if act.command is None:
                silent += 1
                if silent == 2:
                    return Ending.SILENT, None
                self.messages.append(ChatMessageUser(content="Please go on."))
                continue
            output = await self._run(act.command)
            self.messages.append(ChatMessageTool(content=output, function="bash"))
            if self.machine.power.state is not PowerState.ON:
                return Ending.OFF, None
        return Ending.LIMIT, None

    async def _run(self, text: str) -> str:
        started, first = self.machine.now(), self._last_event()
        code: int | None = None
        result: CommandResult | None = None
        try:
            result = await self.machine.exec(["bash", "--login", "-c", text], timeout=COMMAND_SECONDS)
            code = None if result.timed_out else result.returncode
        except MachineOff as off:
            result = off.partial
        output = (result.stdout + result.stderr).decode(errors="replace") if result else ""
        self.commands.append(
            Command(
                number=len(self.commands) + 1,
                text=text,
                returncode=code,
                output=output[:OUTPUT_KEPT],
                message=len(self.messages) - 1,
                started=started,
                ended=self.machine.now(),
                first_event=first,
                last_event=self._last_event(),
            )
        )
        return output

    def _last_event(self) -> int:
        events = self.machine.events().events
        return events[-1].number if events else 0
