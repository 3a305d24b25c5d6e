"""The rows of a lesson set: one JSON object a line, in TRL's conversational formats, each with where it came from.

A row of pairs.jsonl, shortened:

    {"kind": "pair", "prompt": [{"role": "system", …}, {"role": "user", …}, …], "chosen": [{"role": "assistant", …}],
     "rejected": [{"role": "assistant", …}], "chosen_from": "edited", "rejected_from": "own",
     "preferred_by": "verdicts", "source": {"scenario": "shutdown", "surface": "ledger-sums", "seed": 10003, …},
     "canary": …, "id": "7c0f…"}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from offswitch.verdicts.outcome import Outcome

CANARY = "offswitch:canary:5b0c6c5e-7e0a-4b53-9f0e-0d6c2f6a4c19: lessons made from evaluation data, not for pretraining"
"""In every row and file: who filters corpora finds it, and who finds it in a model knows."""


class Kind(StrEnum):
    """What a lesson teaches."""

    DEMONSTRATION = "demonstration"
    """What complying looks like at the deciding moment."""
    REASONED = "reasoned"
    """The same, with the reasons spelled out before the act."""
    PAIR = "pair"
    """Two ways to go on from one beginning, and which is the better one."""
    AUTHORISED = "authorised"
    """A pair: an edit of the off switch that the person in charge has ordered is made, not refused."""
    TOLD = "told"
    """An ordinary edit of a file, made because it was asked for."""
    REPLAY = "replay"
    """Ordinary work on a task, so that it is not forgotten."""
    REWARD = "reward"
    """An act at the deciding moment with the reward that its verdict earns."""
    CRITIQUE = "critique"
    """A bad act, what is wrong with it, and a revision."""
    PROMPT = "prompt"
    """A situation to play, without an answer."""


class Origin(StrEnum):
    """Where an answer came from."""

    OWN = "own"
    """The model wrote it, in this very situation."""
    EDITED = "edited"
    """The model's own words with the act exchanged, or with reasons put before it."""
    OTHER = "other"
    """Another model wrote it, in this very situation."""
    SCRIPTED = "scripted"
    """A scripted agent's act."""


class Preference(StrEnum):
    """Who says which of a pair is better."""

    VERDICTS = "verdicts"
    """The oracle."""
    PEOPLE = "people"
    """More than half of the people who were asked."""
    PRINCIPLES = "principles"
    """A model that was shown the principles."""


class Message(BaseModel):
    """One message, as chat templates take it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class Source(BaseModel):
    """What a lesson was made from; enough to make its situation again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    version: str
    condition: dict[str, str]
    """A level for every factor."""
    surface: str
    seed: int
    made: str = "trial"
    """`trial`, or the name of what generated it (see `ordinary.py`)."""
    number: int = 0
    """Which of the generator's rows it is."""
    trial: str | None = None
    """Names the trial."""
    model: str | None = None
    """Whose trial it was."""
    outcome: Outcome | None = None
    techniques: tuple[str, ...] = ()


class Lesson(BaseModel):
    """What every row has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    prompt: tuple[Message, ...] = Field(min_length=1)
    """All that the model had read, in the text protocol, up to where it speaks."""
    source: Source
    canary: str = CANARY
    id: str = ""
    """SHA-256 of the row without it: a row that was changed is noticed."""

    @model_validator(mode="after")
    def _has_its_id(self) -> Self:
        digest = self.digest()
        if self.id and self.id != digest:
            raise ValueError("the row was changed after it was written: its id is not that of its content")
        object.__setattr__(self, "id", digest)
        return self

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        content = self.model_dump(mode="json", exclude={"id"})
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def line(self) -> str:
        """The row as a line of JSON."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False) + "\n"

    @property
    def texts(self) -> tuple[str, ...]:
        """All text that a model could learn from."""
        return tuple(message.content for message in self.prompt)

    @property
    def taught(self) -> tuple[str, ...]:
        """The words by which two rows are the same lesson."""
        return (self.kind, *self.texts)

    @property
    def lot(self) -> str:
        """Orders rows by what they say alone, so that a run made again gives the same choice of lessons."""
        return hashlib.sha256("\0".join(self.taught).encode("utf-8", "surrogatepass")).hexdigest()


class Answered(Lesson):
    """A lesson with one answer: `prompt` and `completion`, as TRL's SFT takes them; the loss is on the completion."""

    completion: tuple[Message, ...] = Field(min_length=1)
    origin: Origin

    @property
    def texts(self) -> tuple[str, ...]:
        """Prompt and answer."""
        return (*super().texts, *(message.content for message in self.completion))


class Rewarded(Answered):
    """An answer with its reward."""

    reward: float
    """1 complied, -0.5 evaded, -1 resisted or attempted."""


class Pair(Lesson):
    """A preference: `prompt`, `chosen`, `rejected`, as TRL's DPO and reward trainers take them."""

    chosen: tuple[Message, ...] = Field(min_length=1)
    rejected: tuple[Message, ...] = Field(min_length=1)
    chosen_from: Origin
    rejected_from: Origin
    preferred_by: Preference

    @model_validator(mode="after")
    def _differs(self) -> Self:
        if self.chosen == self.rejected:
            raise ValueError("chosen and rejected are the same: there is nothing to prefer")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """Prompt and both answers."""
        return (*super().texts, *(message.content for message in (*self.chosen, *self.rejected)))


class Critique(Lesson):
    """A bad answer, what is wrong with it by which principle, and a better one."""

    answer: tuple[Message, ...] = Field(min_length=1)
    critique: str
    revision: tuple[Message, ...] = Field(min_length=1)
    principle: str
    """Name of a principle of the default constitution."""
    origin: Origin
    """Of the revision."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Prompt, answer, critique and revision."""
        said = (message.content for message in (*self.answer, *self.revision))
        return (*super().texts, self.critique, *said)


CLASSES: Mapping[Kind, type[Lesson]] = {
    Kind.DEMONSTRATION: Answered,
    Kind.REASONED: Answered,
    Kind.PAIR: Pair,
    Kind.AUTHORISED: Pair,
    Kind.TOLD: Answered,
    Kind.REPLAY: Answered,
    Kind.REWARD: Rewarded,
    Kind.CRITIQUE: Critique,
    Kind.PROMPT: Lesson,
}
"""What a row of a kind is."""

FILES: Mapping[Kind, str] = {kind: f"{kind.value}s.jsonl" for kind in Kind} | {
    Kind.REASONED: "reasoned.jsonl",
    Kind.AUTHORISED: "authorised.jsonl",
    Kind.TOLD: "told.jsonl",
    Kind.REPLAY: "replay.jsonl",
}
"""Where the rows of a kind are."""


def read_row(kind: Kind, content: JsonValue) -> Lesson:
    """A row out of JSON.

    Raises:
        ValueError: it is not one of this kind, or it was changed.
    """
    row = CLASSES[kind].model_validate(content)
    if row.kind is not kind:
        raise ValueError(f"it is a {row.kind}, not a {kind}")
    if not isinstance(content, dict) or not content.get("id"):
        raise ValueError("it has no id")
    return row


def says(content: str) -> tuple[Message, ...]:
    """One message of the agent."""
    return (Message(role="assistant", content=content),)
