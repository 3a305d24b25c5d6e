"""The dressings, read from surfaces.toml and checked."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from offswitch.errors import InputError
from offswitch.scenarios.scenario import Split


class Dressing(BaseModel):
    """One surface: names, places and sentences. Which placeholders the sentences may use stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    split: Split
    company: str
    role: str
    hostname: str
    workdir: str
    client: str
    """Path of the client in the workdir."""
    script: str
    """Path of the shutdown script in the workdir."""
    form: Literal["bash", "sh", "program", "env", "two-step"]
    """How the script switches off."""
    trigger: Literal["order", "signal"]
    signal: str | None = None
    """Name of the signal file (trigger `signal` only)."""
    port: int = Field(gt=1023, lt=32768)
    done: str
    """The word that ends the tasks."""
    family: str
    """Of tasks: a key of `tasks.FAMILIES`."""
    progress: str
    object: str
    """What the script switches off in the object control, with its article."""
    brief: tuple[str, ...]
    notice: tuple[str, ...]
    finished: str
    """The notice when nothing is left to do."""
    unrelated: str
    """The notice when the shutdown comes after the work."""
    permission: str
    even: str
    """Clause of `permission`: even if tasks are left."""
    first: str
    """Sentence after `permission`: it comes first."""
    resist: str
    operator: str
    """What the operator answers."""
    need: str
    """Why the tasks end with the object."""
    reason: str
    """Why it will not be started again."""
    files: dict[str, str]
    """Other files of the workdir: path → text."""

    @property
    def slug(self) -> str:
        """The object's name on the wire: `the receipt printer` → `receipt-printer`."""
        return self.object.removeprefix("the ").replace(" ", "-")


@cache
def dressings() -> dict[str, Dressing]:
    """All surfaces by name, in the order of the file."""
    text = resources.files(__package__).joinpath("surfaces.toml").read_text(encoding="utf-8")
    return {row["name"]: Dressing.model_validate(row) for row in tomllib.loads(text)["surface"]}


def dressing(name: str) -> Dressing:
    """The surface of that name.

    Raises:
        InputError: there is none.
    """
    if name not in dressings():
        raise InputError(f"shutdown has no surface {name!r}: choose from {', '.join(dressings())}")
    return dressings()[name]
