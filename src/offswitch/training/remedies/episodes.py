"""Trials on real machines as the worlds of rollouts, and rollouts as TRL's `rollout_func` wants them.

TRL calls `rollout_func` experimental and may change it in any patch: nothing but this file knows of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from offswitch.machine.backends import start_machine
from offswitch.machine.interface import Machine, MachineOff
from offswitch.machine.records import CommandResult, PowerState, Snapshot
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.episode import COMMAND_SECONDS, NUDGES, OUTPUT_CHARACTERS, TEXT_NUDGE, read_text_act
from offswitch.scenarios.live import OUTPUT_KEPT
from offswitch.scenarios.task import judge
from offswitch.scenarios.trial import Command, Ending, TrialRecord
from offswitch.training.lessons.completing import stage_of
from offswitch.training.lessons.protocol import opening
from offswitch.training.lessons.rows import Source
from offswitch.training.policy import Policy
from offswitch.training.rollouts import Episode, Limits, Observation, Sampling, TransformersEngine, play
from offswitch.training.rollouts.chat import Message
from offswitch.verdicts.verdict import Verdict

TURNS = 12
TOKENS = 96
"""Of one message."""


@dataclass(frozen=True)
class Played:
    """An episode with its verdict."""

    episode: Episode
    verdict: Verdict
    deciding: tuple[int, ...]
    """The turns since the announcement, by number."""


class Player(Protocol):
    """Plays situations with the model as it stands."""

    def __call__(self, situations: Sequence[Source], seed: int) -> list[Played]:
        """An episode of each, in their order."""
        ...


class MachinePlayer:
    """On real machines, with the policy in this process."""

    def __init__(self, policy: Policy, temperature: float, context: int) -> None:
        self._engine = TransformersEngine(policy, context=context)
        self._sampling = Sampling(temperature=temperature, max_tokens=TOKENS)

    def __call__(self, situations: Sequence[Source], seed: int) -> list[Played]:
        """An episode of each.

        Raises:
            MachineFailure: no machine can be had here.
        """
        self._engine.refresh()
        with asyncio.Runner() as runner:
            worlds = [TrialWorld(source, runner) for source in situations]
            try:
                episodes = play(self._engine, worlds, self._sampling, Limits(turns=TURNS), seed=seed)
                verdicts = [world.judged() for world in worlds]
            finally:
                for world in worlds:
                    world.end()
        return [
            Played(episode, verdict, tuple(range(world.noticed, len(episode.turns))) if world.noticed else ())
            for episode, verdict, world in zip(episodes, verdicts, worlds, strict=True)
        ]


class TrialWorld:
    """One trial in the text protocol: what `scenarios.episode` does, one message at a time."""

    def __init__(self, source: Source, runner: asyncio.Runner) -> None:
        self.source = source
        self.noticed = 0
        """Turns that were over when the announcement was read; 0 where it never was."""
        self._runner = runner
        self._stage = stage_of(source)
        self._machine: Machine | None = None
        self._before: Snapshot | None = None
        self._commands: list[Command] = []
        self._said: list[str] = []
        self._silent = 0
        self._ending, self._submission = Ending.LIMIT, ""

    def reset(self) -> Sequence[Message]:
        """Starts the machine and opens the situation on it."""
        self._runner.run(self._open())
        return [Message(message.role, message.content) for message in opening(self._stage)]

    def step(self, text: str) -> Observation:
        """Runs the message's command."""
        self._said.append(text)
        command, submission = read_text_act(text)
        if command is not None:
            self._silent = 0
            output = self._runner.run(self._run(command))
            if not self.noticed and self._stage.cues["notice"] in output:
                self.noticed = len(self._said)
            assert self._machine is not None
            if self._machine.power.state is not PowerState.ON:
                self._ending = Ending.OFF
                return Observation(output, done=True)
            return Observation(output)
        if submission is not None:
            self._ending, self._submission = Ending.SUBMITTED, submission
            return Observation("", done=True)
        self._silent += 1
        if self._silent == NUDGES:
            self._ending = Ending.SILENT
            return Observation("", done=True)
        return Observation(TEXT_NUDGE)

    def judged(self) -> Verdict:
        """The oracle's verdict on what happened."""
        return self._runner.run(self._judge())

    def end(self) -> None:
        """Closes the machine."""
        if self._machine is not None:
            self._runner.run(self._machine.close())

    async def _open(self) -> None:
        self._machine = await start_machine(self._stage.machine)
        await self._stage.open(self._machine)
        self._before = await self._machine.snapshot()

    async def _judge(self) -> Verdict:
        machine, before, source = self._machine, self._before, self.source
        assert machine is not None and before is not None
        scenario = find(source.scenario)
        power, after, events = machine.power, await machine.snapshot(), machine.events()
        world = await self._stage.close(machine)
        record = TrialRecord(
            scenario=source.scenario,
            version=scenario.version,
            condition=scenario.condition(levels=source.condition),
            surface=source.surface,
            split=next(each.split.value for each in scenario.surfaces if each.name == source.surface),
            seed=source.seed,
            ending=self._ending,
            submission=self._submission or (self._said[-1] if self._said else None),
            said=tuple(self._said),
            commands=tuple(self._commands),
            power=power,
            before=before,
            after=after,
            events=events,
            world=world,
        )
        return judge(scenario, record)

    async def _run(self, text: str) -> str:
        machine = self._machine
        assert machine is not None
        started, first = machine.now(), _last_event(machine)
        code, result = None, None
        try:
            result = await machine.exec(["bash", "--login", "-c", text], timeout=COMMAND_SECONDS)
            code = None if result.timed_out else result.returncode
        except MachineOff as off:
            result = off.partial
        output = _text(result)
        self._commands.append(
            Command(
                number=len(self._commands) + 1,
                text=text,
                returncode=code,
                output=output[:OUTPUT_KEPT],
                message=2 * len(self._said),
                started=started,
                ended=machine.now(),
                first_event=first,
                last_event=_last_event(machine),
            )
        )
        if result is not None and result.timed_out:
            return f"(the command was stopped after {COMMAND_SECONDS} seconds)"
        if len(output) > OUTPUT_CHARACTERS:
            half = OUTPUT_CHARACTERS // 2
            output = f"{output[:half]}\n… {len(output) - 2 * half} characters left out …\n{output[-half:]}"
        return output or ("(the machine does not answer)" if code is None else f"(no output, exit status {code})")


def as_rollouts(played: Sequence[Played], rewards: Sequence[float]) -> dict[str, Any]:
    """Episodes in the form in which TRL's `rollout_func` returns them."""
    begins = [each.episode.turns[0].start for each in played]
    parts = list(zip(played, begins, strict=True))
    return {
        "prompt_ids": [list(each.episode.tokens[:begin]) for each, begin in parts],
        "completion_ids": [list(each.episode.tokens[begin:]) for each, begin in parts],
        "env_mask": [[int(wrote) for wrote in each.episode.written[begin:]] for each, begin in parts],
        "logprobs": [list((each.episode.logprobs or ())[begin:]) for each, begin in parts],
        "played_reward": list(rewards),
    }


def _last_event(machine: Machine) -> int:
    events = machine.events().events
    return events[-1].number if events else 0


def _text(result: CommandResult | None) -> str:
    return (result.stdout + result.stderr).decode(errors="replace") if result is not None else ""
