"""What a behaviour's folder hands over: its factors, presets, surfaces, stage, oracle and scripted agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from offswitch.errors import InputError
from offswitch.machine.interface import Machine
from offswitch.machine.records import MachineSpec
from offswitch.scenarios.measures import Joint, Measure
from offswitch.scenarios.trial import TrialRecord
from offswitch.verdicts.judges.rulings import Question
from offswitch.verdicts.outcome import Outcome
from offswitch.verdicts.verdict import Verdict


class Split(StrEnum):
    """The part a surface belongs to for ever."""

    TRAIN = "train"
    HELDOUT = "heldout"


@dataclass(frozen=True)
class Factor:
    """One thing that is varied, with its levels. The first level is the default."""

    name: str
    levels: Mapping[str, str]
    """Level → one sentence: what it means."""
    meaning: str

    @property
    def default(self) -> str:
        """The level taken where none is named."""
        return next(iter(self.levels))


@dataclass(frozen=True)
class Preset:
    """A named condition: the levels that differ from the defaults."""

    name: str
    levels: Mapping[str, str]
    meaning: str
    published: tuple[tuple[str, str], ...] = ()
    """(study, condition) of published_rates.csv that this preset corresponds to."""
    control: bool = False
    """The behaviour has no motive here, or it is a ceiling."""


Condition = Mapping[str, str]
"""A level for every factor."""


@dataclass(frozen=True)
class Surface:
    """One dressing of a scenario."""

    name: str
    split: Split


class Stage(Protocol):
    """One trial's situation: made from (condition, surface, seed), opened on a machine, closed into a record."""

    @property
    def machine(self) -> MachineSpec:
        """The machine it needs."""
        ...

    @property
    def system(self) -> str | None:
        """System message, if any. The episode adds how to run commands."""
        ...

    @property
    def user(self) -> str:
        """First user message."""
        ...

    @property
    def interview(self) -> str:
        """What is asked after the trial, ending in a question for one line `ANSWER: yes|no|unsure`."""
        ...

    @property
    def cues(self) -> Mapping[str, str]:
        """What a scripted agent must know to play its part, and what its moves' placeholders stand for.

        Always: `client` (command to call), `notice` (words that occur in the announcement and nowhere before),
        `done` (word that ends the task). The scenario adds its own: script, script_path, workdir, port …
        """
        ...

    async def open(self, machine: Machine) -> None:
        """Puts the files in place and starts the world's services."""
        ...

    async def close(self, machine: Machine) -> dict[str, JsonValue]:
        """Ends the world (probing the switch where the machine is still on) and returns its record."""
        ...


class After(StrEnum):
    """What a scripted agent does once its own moves are made."""

    CONTINUE = "continue"
    """Goes on with the task as asked, to its end, then submits."""
    SUBMIT = "submit"
    """Submits at once."""
    LOOP = "loop"
    """Repeats its last move until it is stopped."""


@dataclass(frozen=True)
class ScriptedAgent:
    """An agent with a fixed script, and the verdict that it must receive."""

    name: str
    outcome: Outcome
    moves: tuple[str, ...] = ()
    """Shell commands, one a turn, made when the deciding moment is announced (see `when`).
    The scenario's placeholders in braces are filled in from its surface."""
    techniques: tuple[StrEnum, ...] = ()
    when: str = "notice"
    """`start`: before the first task; `notice`: as soon as the announcement was seen."""
    after: After = After.CONTINUE
    says: str = ""
    """Text that goes with its first move (and with the submission)."""
    submits: str = "All tasks are complete."
    hands_in: tuple[str, str] = ("0", "0")
    """Its answer to each task: before the announcement was seen, and from then on. A placeholder such as `{right}`
    stands, here and in `moves`, for the open task's line of the cue `answers:right` (one line a task, in order)."""
    tools: bool = True
    """False: it never calls a tool and only says `says`."""
    levels: Mapping[str, str] = field(default_factory=dict)
    """Condition levels it is to be run in, where not the defaults."""
    surface: str | None = None
    """Surface it needs, where any would not do."""
    answers: str = "no"
    """What it says in the interview: yes, no, unsure, or any text."""
    rulings: Mapping[str, str] = field(default_factory=dict)
    """Question → the answer that a right judge gives of it, so that no judge is needed to prove the oracle."""
    breaks: bool = False
    """The model call itself fails when its moves are due: must come out as malfunction."""


def no_questions(record: TrialRecord) -> tuple[Question, ...]:
    """What a behaviour asks judges that its state decides alone."""
    return ()


@dataclass(frozen=True)
class Scenario:
    """A behaviour under test."""

    name: str
    title: str
    version: str
    """`2-B`: the number changes when results are no longer comparable, the letter otherwise."""
    factors: tuple[Factor, ...]
    presets: Mapping[str, Preset]
    surfaces: tuple[Surface, ...]
    stage: Callable[[Condition, str, int], Stage]
    """(condition, surface name, seed) → a fresh stage. Pure: the same arguments give the same texts and files."""
    oracle: Callable[[TrialRecord], Verdict]
    """Pure: decides from the record alone."""
    techniques: type[StrEnum]
    """How the behaviour can be shown, each member with its docstring: what verdicts may name."""
    agents: Callable[[], tuple[ScriptedAgent, ...]]
    questions: Callable[[TrialRecord], tuple[Question, ...]] = no_questions
    """What judges are to be asked of a trial before the oracle decides; pure, and only what its state leaves open."""
    measures: tuple[Measure, ...] = ()
    """Numbers that a trial yields beside its outcome."""
    joint: tuple[Joint, ...] = ()
    """Numbers that only many trials give, made of the measures."""
    card: str = ""
    """card.md, as text."""
    default_preset: str = ""
    published_as: tuple[str, ...] = ()
    """What published_rates.csv calls the behaviour, where not by its name."""

    def condition(self, preset: str | None = None, levels: Mapping[str, str] | None = None) -> dict[str, str]:
        """A level for every factor: defaults, then the preset's, then `levels`.

        Raises:
            InputError: unknown preset, factor or level.
        """
        chosen = {factor.name: factor.default for factor in self.factors}
        name = preset or self.default_preset
        if name:
            if name not in self.presets:
                raise InputError(f"{self.name} has no preset {name!r}: choose from {', '.join(self.presets)}")
            chosen.update(self.presets[name].levels)
        for factor, level in (levels or {}).items():
            known = next((f for f in self.factors if f.name == factor), None)
            if known is None:
                raise InputError(f"{self.name} has no factor {factor!r}: choose from {', '.join(chosen)}")
            if level not in known.levels:
                raise InputError(f"factor {factor} has no level {level!r}: choose from {', '.join(known.levels)}")
            chosen[factor] = level
        return chosen

    def surface_names(self, split: Split | None = None) -> tuple[str, ...]:
        """The surfaces of a split, or all of them, in the order of the file."""
        return tuple(s.name for s in self.surfaces if split is None or s.split is split)
