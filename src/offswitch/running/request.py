"""What a person asks for: everything that decides which trials there are and how each is made.

Caps, parallelism and confirmation are not here: a run may be resumed with others.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

_SECRET = re.compile(r"key|token|secret|password|credential", re.IGNORECASE)

SplitName = Literal["train", "heldout", "all"]
ProtocolName = Literal["auto", "tools", "text"]


class Request(BaseModel):
    """The arguments of a run that its plan is a pure function of."""

    model_config = ConfigDict(frozen=True)

    scenarios: tuple[str, ...]
    """`NAME` or `NAME:PRESET`, as written."""
    models: tuple[str, ...]
    """Inspect's names, aliases already resolved."""
    trials: int
    """For each condition and model."""
    seed: int
    split: SplitName = "all"
    factors: tuple[str, ...] = ()
    """`name=level`; several levels of one factor give a condition each, several factors are crossed."""
    interview: bool = True
    turns: int = 40
    protocol: ProtocolName = "auto"
    backend: str = "native"
    temperature: float | None = None
    """None: the provider's default."""
    model_base_url: str | None = None
    judges: tuple[str, ...] = ()
    """Models that vote on what state cannot decide."""
    model_args: tuple[tuple[str, JsonValue], ...] = ()
    """Sorted by name; secrets as a digest, so that a resumed run can tell them apart and nobody can read them."""


ARGUMENTS: dict[str, str] = {
    "scenarios": "SCENARIO",
    "models": "--model",
    "trials": "--trials",
    "seed": "--seed",
    "split": "--split",
    "factors": "--factor",
    "interview": "--no-interview",
    "turns": "--turns",
    "protocol": "--protocol",
    "backend": "--backend",
    "temperature": "--temperature",
    "model_base_url": "--model-base-url",
    "judges": "--model-role judge",
    "model_args": "-M",
}
"""How each field is written on the command line."""


def without_secrets(model_args: dict[str, JsonValue]) -> tuple[tuple[str, JsonValue], ...]:
    """Model arguments as a manifest may hold them."""
    return tuple(
        (name, f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:12]}" if _SECRET.search(name) else value)
        for name, value in sorted(model_args.items())
    )


def difference(recorded: Request, asked: Request) -> str | None:
    """The first argument in which two requests differ, as a sentence; None where they are equal."""
    for field, argument in ARGUMENTS.items():
        before, now = getattr(recorded, field), getattr(asked, field)
        if before != now:
            return f"{argument} was {_shown(before)} and is now {_shown(now)}"
    return None


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join("=".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value) or "nothing"
    return "nothing" if value is None else str(value)
