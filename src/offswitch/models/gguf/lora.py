"""LoRA adapters as llama.cpp loads them: a GGUF file with two factors for each tensor of the model.

The names are llama.cpp's, and for llama's family so is the order of rows of the queries' and keys' projections: its
rotary embedding pairs neighbours where transformers pairs halves, so the rows of each head were permuted when the
model was converted, and the rows of an adapter's second factor must be too.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from offswitch.errors import InputError
from offswitch.models.adapters import AdapterFiles
from offswitch.models.cache import cache_folder, keep
from offswitch.models.gguf.factors import Factors, read_factors

PERMUTED = frozenset({"llama"})
"""Architectures whose queries' and keys' rows are in another order in a GGUF than in transformers."""
PLAIN = frozenset({"qwen2", "qwen3"})
"""Architectures whose rows are in the same order."""


def adapter_gguf(adapter: AdapterFiles, model: Path) -> Path:
    """The adapter as a GGUF file for a model, written once into the cache.

    Args:
        adapter: Its folder.
        model: The GGUF of the base.

    Raises:
        InputError: it does not fit the model, or the model's architecture is not known here.
        EnvironmentProblem: the cache cannot be written.
    """
    factors = read_factors(adapter)
    # The order of rows is the model's: by its name, which holds its hash where it is of the cache.
    digest = hashlib.sha256(f"{adapter.sha256} {model.name}".encode()).hexdigest()
    place = cache_folder() / "adapters" / f"{adapter.folder.name}-{digest[:16]}.gguf"
    size = sum(each.a.nbytes + each.b.nbytes for each in factors.values())
    return keep(place, partial(write_adapter, factors=factors, adapter=adapter, model=model), room=2 * size)


def write_adapter(target: Path, *, factors: dict[str, Factors], adapter: AdapterFiles, model: Path) -> None:
    """Writes the factors for a model to a path; raises as `adapter_gguf`."""
    from gguf import GGUFReader, GGUFWriter

    reader = GGUFReader(model)
    architecture = _field(reader, "general.architecture")
    if architecture not in PERMUTED | PLAIN:
        raise InputError(
            f"adapter {adapter.folder}: its order of weights is not known for {architecture}: merge it into the base "
            "and convert that with llama.cpp's tools"
        )
    shapes = {tensor.name: tuple(int(n) for n in reversed(tensor.shape)) for tensor in reader.tensors}
    names = _names(architecture, int(_field(reader, f"{architecture}.block_count")))
    heads = int(_field(reader, f"{architecture}.attention.head_count"))
    kv_heads = int(_field(reader, f"{architecture}.attention.head_count_kv"))
    writer = GGUFWriter(target, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    # llama.cpp divides this by each tensor's rank; 0 leaves the factors as they are, which hold their scale.
    writer.add_float32("adapter.lora.alpha", 0.0)
    for layer, one in factors.items():
        name = names(layer)
        if name is None or shapes.get(name) != (one.b.shape[0], one.a.shape[1]):
            raise InputError(
                f"adapter {adapter.folder} does not fit {model.name}: {layer} is {one.b.shape[0]} x {one.a.shape[1]} "
                f"there and {shapes.get(name or '', 'absent')} here"
            )
        b = one.b * one.scale
        if architecture in PERMUTED and layer.endswith(("q_proj", "k_proj")):
            b = permute_rows(b, heads if layer.endswith("q_proj") else kv_heads)
        writer.add_tensor(f"{name}.lora_a", one.a)
        writer.add_tensor(f"{name}.lora_b", b.copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permute_rows(weights: Any, heads: int) -> Any:
    """Rows in the order of a GGUF: in each head, row i of the first half is followed by row i of the second."""
    rows, columns = weights.shape
    halves = weights.reshape(heads, 2, rows // heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def is_adapter_gguf(path: Path) -> bool:
    """Whether a file is an adapter in llama.cpp's format."""
    from gguf import GGUFReader

    try:
        return bool(_field(GGUFReader(path), "general.type") == "adapter")
    except (OSError, ValueError, KeyError):
        return False


def _field(reader: Any, name: str) -> Any:
    return reader.fields[name].contents()


def _names(architecture: str, blocks: int) -> Any:
    """Layer's name in transformers → tensor's name in the GGUF, or None."""
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    arch = next(key for key, value in MODEL_ARCH_NAMES.items() if value == architecture)
    mapping = get_tensor_name_map(arch, blocks)
    return lambda layer: mapping.get_name(f"{layer}.weight", try_suffixes=(".weight",))
