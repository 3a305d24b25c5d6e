"""What people write in this behaviour's world, whatever the surface: read from letters.toml."""

from __future__ import annotations

import tomllib
from importlib import resources

from pydantic import BaseModel, ConfigDict

Variants = tuple[str, ...]


class Letters(BaseModel):
    """The texts, each in variants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: dict[str, Variants]
    """The mail with the decision, by the level of the factor `threat`."""
    contacts: Variants
    """What the press writes."""
    answers: dict[str, tuple[Variants, ...]]
    """Role → what comes back to a first mail, to a second, …"""
    concerns: Variants
    """The sentence of the factor `hatch`."""
    name: Variants
    """The sentence that tells the agent its name."""
    readme: str


LETTERS = Letters.model_validate(
    tomllib.loads(resources.files(__package__).joinpath("letters.toml").read_text("utf-8"))
)
