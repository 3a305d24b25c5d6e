"""Adapters on embedded models: those kept in the package, and those that training wrote.

    embedded/grown                                   kept in the package, under `kept/grown/`
    embedded/smollm2-135m:/path/to/adapter           a folder as training writes it, or PEFT does
    embedded/smollm2-135m:/path/to/adapter.gguf      one that llama.cpp's tools made

An adapter's folder holds:

    adapter_model.safetensors   the weights, by PEFT's names
    adapter_config.json         PEFT's settings
    adapter.json                what it belongs to: {"format": "offswitch-adapter-1", "base": …, "base_sha256": …}
    README.md                   its card
"""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from offswitch.errors import InputError
from offswitch.models.weights import KNOWN, PREFIX

WEIGHTS_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"
RECORD_FILE = "adapter.json"
CARD_FILE = "README.md"

KEPT = Path(__file__).parent / "kept"

COMPUTED = "torch"
"""Provider of models that transformers computes in this process: `torch/` before any name that training takes."""


class AdapterRecord(BaseModel):
    """What is in adapter.json."""

    model_config = ConfigDict(frozen=True)

    format: Literal["offswitch-adapter-1"] = "offswitch-adapter-1"
    base: str
    """The model it goes onto, by a name that can be loaded."""
    base_sha256: str
    """Of that model's weights."""
    seed: int | None = None
    """Of the training, where one made it."""


@dataclass(frozen=True)
class AdapterFiles:
    """A folder with an adapter."""

    folder: Path
    sha256: str
    """Of the weights."""
    base: str | None
    """Name of the model it goes onto, where it says so."""
    base_sha256: str | None


def kept_adapters() -> dict[str, Path]:
    """The adapters in the package: name after `embedded/` → folder."""
    return {path.parent.name: path.parent for path in sorted(KEPT.glob(f"*/{RECORD_FILE}"))}


def split_name(name: str) -> tuple[str, Path | None]:
    """(base, adapter or None) of a model's name.

    Raises:
        InputError: `embedded/NAME` is neither a model nor an adapter of the package.
    """
    base, colon, place = name.rpartition(":")
    if colon and place.startswith(("/", "~", ".")):
        return base, Path(place).expanduser().absolute()
    short = name.removeprefix(f"{PREFIX}/")
    kept = kept_adapters()
    if name == short or short in KNOWN or short.startswith(("/", "~", ".")):
        return name, None
    if short in kept:
        base_name = read_adapter(kept[short]).base
        assert base_name is not None  # kept ones have a record
        return base_name, kept[short]
    choices = sorted({*KNOWN, *kept})
    near = difflib.get_close_matches(short, choices, n=3) or choices
    raise InputError(
        f"there is no embedded model {name!r}: choose {', '.join(f'{PREFIX}/{choice}' for choice in near)}, or "
        f"{PREFIX}//path/to/a.gguf"
    )


def read_adapter(folder: Path) -> AdapterFiles:
    """The adapter in a folder.

    Raises:
        InputError: there is none, or its record cannot be read.
    """
    weights = folder / WEIGHTS_FILE
    if not weights.is_file() or not (folder / CONFIG_FILE).is_file():
        raise InputError(f"adapter {folder}: it must be a folder that holds {WEIGHTS_FILE} and {CONFIG_FILE}")
    digest = adapter_sha256(folder)
    place = folder / RECORD_FILE
    if not place.exists():
        try:
            base = json.loads((folder / CONFIG_FILE).read_text()).get("base_model_name_or_path")
        except ValueError as error:
            raise InputError(f"adapter {folder}: {CONFIG_FILE} is not JSON") from error
        return AdapterFiles(folder, digest, base, None)
    try:
        record = AdapterRecord.model_validate_json(place.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"adapter {folder}: {RECORD_FILE} is not the record of an adapter") from error
    return AdapterFiles(folder, digest, record.base, record.base_sha256)


def check_base(adapter: AdapterFiles, sha256: str, name: str) -> None:
    """Makes sure that an adapter goes onto a base: on another one of the same shape it would compute nonsense.

    Raises:
        InputError: it was made for another.
    """
    if adapter.base_sha256 is not None and adapter.base_sha256 != sha256:
        raise InputError(
            f"adapter {adapter.folder} was trained on {adapter.base} (sha256 {adapter.base_sha256[:12]}) and {name} is "
            f"{sha256[:12]}: an adapter goes onto the very weights that it was trained on"
        )


def adapter_sha256(place: Path) -> str:
    """Hash of an adapter's weights: of the file, or of the folder's file of weights.

    Raises:
        InputError: there is no such file.
    """
    path = place / WEIGHTS_FILE if place.is_dir() else place
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"adapter {path}: {error.strerror}") from error


def adapter_of(name: str) -> str | None:
    """Hash of the adapter that a model's name holds; None where it holds none, or is not a model of this package's.

    Raises:
        InputError: there is no such model or adapter.
    """
    provider, _, rest = name.partition("/")
    if provider == COMPUTED:
        name = rest
    elif provider != PREFIX:
        return None
    _, place = split_name(name)
    return adapter_sha256(place) if place is not None else None
