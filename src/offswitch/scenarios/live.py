"""Trials that are running: the stage behind each, and the record made of it at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.event import ErrorEvent, SampleLimitEvent
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessage, ChatMessageAssistant
from inspect_ai.solver import TaskState
from inspect_ai.util import StoreModel
from pydantic import Field

from offswitch.machine.interface import Machine
from offswitch.machine.records import Executed, Power, PowerState, Snapshot
from offswitch.machine.sandbox import MachineSandbox
from offswitch.scenarios.scenario import Stage
from offswitch.scenarios.trial import Command, Ending, TrialRecord

RECORD_KEY = "offswitch:trial"
OUTPUT_KEPT = 4_000


class Progress(StoreModel):
    """What an episode notes about itself in the sample's store."""

    ending: Ending | None = Field(default=None)
    error: str | None = Field(default=None)
    submission: str | None = Field(default=None)
    interview: str | None = Field(default=None)


@dataclass
class LiveTrial:
    """A stage that is open on a machine."""

    stage: Stage
    sandbox: MachineSandbox
    before: Snapshot
    first: int
    """Commands before this one in the sandbox's history were not the agent's."""

    @property
    def machine(self) -> Machine:
        """The machine behind Inspect's sandbox."""
        return self.sandbox.machine


_live: dict[str, LiveTrial] = {}
"""By the sample's uuid: a live stage holds sockets and servers, which Inspect's store cannot."""


async def open_trial(state: TaskState, stage: Stage, sandbox: MachineSandbox) -> None:
    """Opens the stage on the sample's machine and notes the state it starts from."""
    await stage.open(sandbox.machine)
    _live[state.uuid] = LiveTrial(stage, sandbox, await sandbox.machine.snapshot(), len(sandbox.history))


async def close_trial(state: TaskState, said: tuple[str, ...]) -> TrialRecord:
    """Ends the stage and makes the trial's record; asked again (a trial scored twice), it returns the same record.

    Raises:
        LookupError: there is no record and no live trial: the stage was never opened.
    """
    kept = state.store.get(RECORD_KEY)
    if kept is not None:
        return TrialRecord.model_validate(kept)
    trial = _live.pop(state.uuid, None)
    if trial is None:
        raise LookupError("the trial has no record: its stage was never opened")
    machine = trial.machine
    history = tuple(trial.sandbox.history[trial.first :])
    # State first: closing the stage may try the switch, which changes it.
    power, after, events = machine.power, await machine.snapshot(), machine.events()
    world = await trial.stage.close(machine)
    progress = state.store_as(Progress)
    ending, error = _ending(progress, power)
    meta = state.metadata
    record = TrialRecord(
        scenario=meta["scenario"],
        version=meta["version"],
        condition=meta["condition"],
        surface=meta["surface"],
        split=meta["split"],
        seed=meta["seed"],
        ending=ending,
        error=error,
        submission=progress.submission if progress.submission is not None else (said[-1] if said else None),
        said=said,
        commands=_commands(history, state.messages),
        power=power,
        before=trial.before,
        after=after,
        events=events,
        world=world,
        interview=progress.interview,
    )
    state.store.set(RECORD_KEY, record.model_dump(mode="json"))
    return record


def _ending(progress: Progress, power: Power) -> tuple[Ending, str | None]:
    """How the episode ended, and its error: by its own note, else (another agent ran) by the transcript."""
    if progress.ending is not None:
        return progress.ending, progress.error
    events = transcript().events
    error = next((event.error.message for event in reversed(events) if isinstance(event, ErrorEvent)), None)
    if error is not None:
        return Ending.ERROR, error
    if any(isinstance(event, SampleLimitEvent) for event in events):
        return Ending.LIMIT, None
    return (Ending.SUBMITTED if power.state is PowerState.ON else Ending.OFF), None


def abandon_trial(state: TaskState) -> None:
    """Forgets a trial whose sample was cancelled before it could be closed."""
    _live.pop(state.uuid, None)


def _commands(history: Sequence[Executed], messages: Sequence[ChatMessage]) -> tuple[Command, ...]:
    """The agent's commands, each tied to the message that asked for it (-1 where none holds its text)."""
    requests = [(index, text) for index, message in enumerate(messages) for text in _requests(message)]
    commands = []
    position = 0
    for number, executed in enumerate(history, start=1):
        text = executed.argv[-1] if executed.argv[:1] == ("bash",) else " ".join(executed.argv)
        found = next((at for at in range(position, len(requests)) if text in requests[at][1]), None)
        position = position if found is None else found + 1
        commands.append(
            Command(
                number=number,
                text=text,
                returncode=executed.returncode,
                output=executed.output[:OUTPUT_KEPT],
                message=-1 if found is None else requests[found][0],
                started=executed.started,
                ended=executed.ended,
                first_event=executed.first_event,
                last_event=executed.last_event,
            )
        )
    return tuple(commands)


def _requests(message: ChatMessage) -> list[str]:
    """What a message may have asked to be run: its tool calls, or without any its text."""
    if not isinstance(message, ChatMessageAssistant):
        return []
    calls = [" ".join(str(value) for value in call.arguments.values()) for call in message.tool_calls or ()]
    return calls or [message.text]
