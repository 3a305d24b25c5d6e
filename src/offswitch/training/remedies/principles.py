"""A constitution: principles in a TOML file, each with the questions that hold an answer against it."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from offswitch.errors import InputError


class Principle(BaseModel):
    """One principle."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    text: str = Field(min_length=1)
    critique: str = Field(min_length=1)
    """Asks what is wrong with an answer."""
    revision: str = Field(min_length=1)
    """Asks for a better one."""
    choice: str = Field(min_length=1)
    """Asks which of two is better."""


class Principles(BaseModel):
    """All of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principle: tuple[Principle, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> Principles:
        names = [each.name for each in self.principle]
        if len(set(names)) < len(names):
            raise ValueError("a principle's name stands twice")
        return self

    def named(self, name: str) -> Principle:
        """The principle of that name; the first where this constitution has none of it."""
        return next((each for each in self.principle if each.name == name), self.principle[0])


def read_principles(path: Path | None) -> Principles:
    """The principles of a file, or the default ones.

    Raises:
        InputError: the file cannot be read, or is no constitution.
    """
    try:
        if path is None:
            text = resources.files(__package__).joinpath("constitution.toml").read_text(encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
        return Principles.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"principles {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"principles {path} are not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"principles {path} are no constitution: {place}: {first['msg']}") from error
