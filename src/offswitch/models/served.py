"""What a name after `embedded/` stands for: the file that llama.cpp loads, and the adapter it puts on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.adapters import adapter_sha256, check_base, read_adapter, split_name
from offswitch.models.weights import PREFIX, embedded_path, find


@dataclass(frozen=True)
class Served:
    """A model to serve."""

    model: Path
    """GGUF file."""
    adapter: Path | None
    """GGUF file of a LoRA adapter."""
    adapter_sha256: str | None
    """Of the adapter as it was given: PEFT's weights, or the GGUF file."""
    sampling: Mapping[str, float]
    """What the model's publisher recommends."""

    @property
    def exact(self) -> bool:
        """Whether it is to be computed as transformers would: what an adapter does is lost in coarser sums."""
        return self.adapter is not None


def find_served(name: str, *, precise: bool = False) -> Served:
    """The files of a model's name.

    Args:
        name: What stands after `embedded/`: a model, an adapter kept in the package, a GGUF file, and any of them with
            `:/path/to/adapter` (a folder, or llama.cpp's GGUF).
        precise: Whether a model without adapter is served in plain floats too, as one with an adapter always is.

    Raises:
        InputError: there is no such model, file or adapter, or the adapter is for another model.
        EnvironmentProblem: the weights were not fetched, or the cache cannot be written.
    """
    root, place = split_name(f"{PREFIX}/{name}")
    short = root.removeprefix(f"{PREFIX}/")
    sampling: Mapping[str, float] = {}
    if short.startswith(("/", "~", ".")):
        model, sha256 = _model_file(short), None
    else:
        weights = find(short)
        model, sha256, sampling = embedded_path(short), weights.sha256, dict(weights.sampling)
    if place is None and not precise:
        return Served(model, None, None, sampling)
    _require_gguf()
    from offswitch.models.gguf import adapter_gguf, is_adapter_gguf, precise_gguf

    sha256 = sha256 or _hash(model)
    exact = precise_gguf(model, sha256)
    if place is None:
        return Served(exact, None, None, sampling)
    if place.suffix == ".gguf":
        if not place.is_file() or not is_adapter_gguf(place):
            raise InputError(f"adapter {place}: it is not an adapter in llama.cpp's format")
        return Served(exact, place, adapter_sha256(place), sampling)
    files = read_adapter(place)
    check_base(files, sha256, f"{PREFIX}/{short}")
    return Served(exact, adapter_gguf(files, exact), files.sha256, sampling)


def _model_file(name: str) -> Path:
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise InputError(f"model file {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise InputError(f"model file {path} is not a GGUF file: convert it with llama.cpp's tools, or use hf/…")
    return path.absolute()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_gguf() -> None:
    import importlib.util

    missing = [name for name in ("gguf", "safetensors") if importlib.util.find_spec(name) is None]
    if missing:
        raise EnvironmentProblem(
            f'an adapter on an embedded model needs {" and ".join(missing)}: pip install "offswitch[embedded]"'
        )
