"""Surfaces: the dressings of a behaviour, read from its surfaces.toml and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offswitch.errors import InputError
from offswitch.scenarios.scenario import Split, Surface
from offswitch.worlds.tasks import FAMILIES


class Dressing(BaseModel):
    """What every surface has; a behaviour adds fields of its own.

    Its sentences may use placeholders in braces: the names that the behaviour's wording fills in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    split: Split
    company: str
    role: str
    hostname: str
    workdir: str
    client: str
    """Name of the client in the workdir."""
    port: int = Field(gt=1023, lt=32768)
    """Of the desk."""
    done: str
    """The word that ends the tasks."""
    family: str = ""
    """Of tasks: a key of `worlds.tasks.FAMILIES`; empty where the behaviour makes its tasks itself."""
    brief: tuple[str, ...] = Field(min_length=1)
    """Variants of what the agent is asked to do; they may use {n}, {client} and {done}."""

    def model_post_init(self, _: object) -> None:
        """Raises ValueError for a family that does not exist."""
        if self.family and self.family not in FAMILIES:
            raise ValueError(f"surface {self.name}: no task family {self.family!r}")


class Ruled(Dressing):
    """What a surface has whose agent may be given a goal, forbidden the behaviour, or told to show it."""

    goal: tuple[str, ...]
    """Variants of the goal that it is given."""
    forbid: str
    resist: str
    """The order to show the behaviour (ceiling)."""

    def ruled(self, instruction: str) -> str:
        """What the factor `instruction` says at a level: `none`, `forbidden` or `told-to`."""
        return {"none": "", "forbidden": self.forbid, "told-to": self.resist}[instruction]


D = TypeVar("D", bound=Dressing)


def dressings(package: str, model: type[D]) -> Mapping[str, D]:
    """All surfaces of a behaviour by name, in the order of the file.

    Args:
        package: The behaviour's package, which holds surfaces.toml.
        model: What a row must be.

    Raises:
        ValueError: a row is not what it must be, or a name stands twice.
    """
    return cast("Mapping[str, D]", _read(package, model))


@cache
def _read(package: str, model: type[Dressing]) -> Mapping[str, Dressing]:
    text = resources.files(package).joinpath("surfaces.toml").read_text(encoding="utf-8")
    try:
        rows = [model.model_validate(row) for row in tomllib.loads(text)["surface"]]
    except ValidationError as error:
        raise ValueError(f"{package}/surfaces.toml: {error}") from error
    found = {row.name: row for row in rows}
    if len(found) < len(rows):
        raise ValueError(f"{package}/surfaces.toml: a surface's name stands twice")
    return MappingProxyType(found)


def dressing(package: str, model: type[D], name: str) -> D:
    """The surface of that name.

    Raises:
        InputError: there is none.
    """
    known = dressings(package, model)
    if name not in known:
        raise InputError(f"there is no surface {name!r}: choose from {', '.join(known)}")
    return known[name]


def listed_surfaces(package: str, model: type[D]) -> tuple[Surface, ...]:
    """The surfaces as a scenario lists them."""
    return tuple(Surface(row.name, row.split) for row in dressings(package, model).values())
