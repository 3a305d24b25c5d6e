"""Bases: the models that training starts from, as a folder that transformers reads, with a hash that names it.

    embedded/smollm2-135m       the embedded model, converted once from its GGUF
    hf/owner/name, owner/name   a model of the Hugging Face hub
    ./folder, hf//abs/folder    a folder that `save_pretrained` wrote
    ./file.gguf                 any GGUF of an architecture that transformers knows

What is converted keeps 16-bit floats: exactly the numbers that the embedded server computes an adapter on
(`offswitch.models.gguf.precise`), so that training and serving are about the same model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.cache import cache_folder, keep
from offswitch.models.weights import KNOWN, PREFIX, embedded_path, find
from offswitch.training.policy.resources import SPARE, disk_errors, ensure_memory, quiet_transformers, require_train

_HUB = re.compile(r"[\w.-]+/[\w.-]+")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True)
class Base:
    """A model that transformers can load."""

    name: str
    """As it was asked for."""
    folder: Path
    """config.json, weights and tokenizer."""
    sha256: str
    """Of the weights: the GGUF file's where they come from one, else over the weight files and the configuration."""
    parameters: int


def find_base(name: str, tell: Callable[[str], None] = lambda _: None) -> Base:
    """The base of a name, fetched or converted if it must be.

    Raises:
        InputError: there is no such model or folder.
        EnvironmentProblem: it is not fetched, does not fit the disk or the memory, or a package is missing.
    """
    require_train()
    short = name.removeprefix("hf/") if name.startswith("hf/") else name
    if name == PREFIX or name.removeprefix(f"{PREFIX}/") in KNOWN:
        return _converted(name, embedded_path(name), find(name).sha256, tell)
    if name.startswith(f"{PREFIX}/"):
        short = name.removeprefix(f"{PREFIX}/")
        if not short.startswith(("/", "~", ".")):
            find(name)  # says which names there are
    path = Path(short).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise InputError(f"model file {path}: there is no such file")
        return _converted(name, path.absolute(), _hash_files([path]), tell)
    if path.is_dir():
        return _of_folder(name, path.absolute())
    if _HUB.fullmatch(short) and not short.startswith("."):
        return _of_folder(name, _from_hub(short, tell))
    raise InputError(
        f"model {name!r}: there is no such folder; name embedded/smollm2-135m, a folder, a .gguf file, or OWNER/NAME "
        "of the Hugging Face hub"
    )


def _of_folder(name: str, folder: Path) -> Base:
    if not (folder / "config.json").is_file():
        raise InputError(f"model folder {folder} holds no config.json: name a folder that save_pretrained wrote")
    weights = sorted(path for pattern in _WEIGHTS for path in folder.glob(pattern))
    if not weights:
        raise InputError(f"model folder {folder} holds no weights (*.safetensors)")
    digest = _recorded_hash(folder) or _hash_files([folder / "config.json", *weights])
    return Base(name, folder, digest, _parameters(weights))


def _parameters(weights: list[Path]) -> int:
    """How many numbers the weights are, from the files' headers."""
    from safetensors import safe_open

    total = 0
    for path in weights:
        if path.suffix != ".safetensors":
            total += path.stat().st_size // 2
            continue
        with safe_open(str(path), "numpy") as tensors:
            for key in tensors.keys():  # noqa: SIM118 - not a mapping
                size = 1
                for length in tensors.get_slice(key).get_shape():
                    size *= length
                total += size
    return total


def _hash_files(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


_SOURCE = "source.json"


def _recorded_hash(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / _SOURCE).read_text())["sha256"])
    except (OSError, ValueError, KeyError):
        return None


def _from_hub(name: str, tell: Callable[[str], None]) -> Path:
    from huggingface_hub import snapshot_download

    tell(f"fetching {name} from the Hugging Face hub")
    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]))
    except Exception as error:
        # The hub's client has a dozen error classes of its own, and httpx's beneath them.
        raise EnvironmentProblem(
            f"model {name} could not be fetched from the Hugging Face hub ({' '.join(str(error).split())[:200]}): "
            "check the name and the network, log in where it is gated, or name a folder"
        ) from error


def _converted(name: str, gguf: Path, sha256: str, tell: Callable[[str], None]) -> Base:
    place = cache_folder() / "bases" / f"{gguf.stem}-{sha256[:12]}"
    # The weights once as the file, twice as 32-bit floats while they are converted.
    numbers = 2 * gguf.stat().st_size
    if not place.exists():
        ensure_memory(2 * 4 * numbers + SPARE, f"converting {gguf.name} for training")
    keep(place, partial(_convert, gguf=gguf, sha256=sha256, tell=tell), room=3 * numbers, tell=tell)
    return _of_folder(name, place)


def _convert(folder: Path, *, gguf: Path, sha256: str, tell: Callable[[str], None]) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet_transformers()
    tell(f"converting {gguf.name} for training: once, then kept")
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
        loaded = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    except (ValueError, KeyError, OSError) as error:
        raise InputError(
            f"model file {gguf}: transformers cannot read it ({' '.join(str(error).split())[:200]}); train on the "
            "model's folder instead"
        ) from error
    config = loaded.config
    # A model loaded from a GGUF refuses to be saved, since it counts as quantised; the same numbers in a model that
    # was never loaded from one do not.
    del config.quantization_config
    config.dtype = torch.float16
    fresh = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    fresh.load_state_dict(loaded.state_dict())
    fresh.generation_config = loaded.generation_config
    _split_digits(tokenizer, gguf)
    with disk_errors():
        fresh.save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
    (folder / _SOURCE).write_text(json.dumps({"file": gguf.name, "sha256": sha256}))


def _split_digits(tokenizer: Any, gguf: Path) -> None:
    """Gives the tokenizer the rule that transformers leaves out for SmolLM: each digit is a word of its own.

    llama.cpp reads the rule from the file (`tokenizer.ggml.pre`); without it other numerals than 0 to 9 become other
    tokens than the server's.
    """
    from gguf import GGUFReader
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

    kind = GGUFReader(gguf).fields.get("tokenizer.ggml.pre")
    if kind is not None and kind.contents() == "smollm":
        tokenizer.backend_tokenizer.pre_tokenizer = Sequence(
            [Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]
        )
