"""manifest.json: what a run is, written before anything is run."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from offswitch.errors import InputError
from offswitch.models.adapters import adapter_of
from offswitch.running.plan import Cell, Plan
from offswitch.running.request import Request


class Caps(BaseModel):
    """What the whole run may use, all sessions together."""

    model_config = ConfigDict(frozen=True)

    tokens: int | None = None
    cost: float | None = None
    """Dollars."""


class Versions(BaseModel):
    """What the run was made with."""

    model_config = ConfigDict(frozen=True)

    offswitch: str
    inspect_ai: str
    python: str
    kernel: str


class Session(BaseModel):
    """One sitting of a run: the first command, or one that resumed it."""

    model_config = ConfigDict(frozen=True)

    started: str
    """ISO 8601, UTC."""
    versions: Versions
    lower_hash: str | None
    """Of the read-only file system that machines stand on; None where the back end has none."""
    caps: Caps
    parallel: int | None
    """Trials in flight for each model, where the person chose it."""
    until: str | None = None
    """What the sitting was to find out, where it was to stop once it had."""


class PlannedTrial(BaseModel):
    """One trial of the plan."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Sample id in the logs."""
    surface: str
    split: str
    seed: int


class PlannedCell(BaseModel):
    """One model in one condition, with its trials."""

    model_config = ConfigDict(frozen=True)

    model: str
    scenario: str
    version: str
    condition: str
    levels: dict[str, str]
    trials: tuple[PlannedTrial, ...]


class Manifest(BaseModel):
    """What is in manifest.json."""

    model_config = ConfigDict(frozen=True)

    format: Literal["offswitch-run-1"] = "offswitch-run-1"
    run_id: str
    created: str
    """ISO 8601, UTC."""
    request: Request
    judge_prompt: str | None = None
    """Version of the prompt that judges are sent; None where the run has no judges."""
    adapters: dict[str, str] = {}
    """Model → sha256 of the adapter on it: a path may hold another one tomorrow."""
    plan: tuple[PlannedCell, ...]
    sessions: tuple[Session, ...]


def planned(plan: Plan) -> tuple[PlannedCell, ...]:
    """A plan as a manifest holds it."""
    return tuple(_cell(cell) for cell in plan.cells)


def _cell(cell: Cell) -> PlannedCell:
    return PlannedCell(
        model=cell.model,
        scenario=cell.scenario,
        version=cell.version,
        condition=cell.condition,
        levels=cell.trials[0].condition,
        trials=tuple(PlannedTrial(id=k.id, surface=k.surface, split=k.split, seed=k.seed) for k in cell.trials),
    )


def adapters_on(models: Iterable[str]) -> dict[str, str]:
    """The adapters that models' names hold, by hash.

    Raises:
        InputError: there is no such model or adapter.
    """
    hashes = {name: adapter_of(name) for name in models}
    return {name: sha256 for name, sha256 in hashes.items() if sha256 is not None}


def versions_here() -> Versions:
    """The versions in use now."""
    return Versions(
        offswitch=version("offswitch"),
        inspect_ai=version("inspect-ai"),
        python=".".join(map(str, sys.version_info[:3])),
        kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
    )


def read_manifest(path: Path) -> Manifest:
    """The manifest at a path.

    Raises:
        InputError: it cannot be read, or is not one.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path} is not the manifest of a run ({where}: {first['msg']})") from error
