"""A quantised model in plain floats: what an adapter is computed on.

Adapters are trained on the numbers that a quantised file stands for. llama.cpp multiplies such a file with activations
that it quantises too, and 16-bit floats with activations in 16 bits. Measured with an adapter on SmolLM2-135M, largest
difference of the 50 best log-probabilities to transformers': 0.72 on the file in Q4_1, 0.012 in 16 bits, 0.0002 in 32.
So 32 it is: no slower on two cores, four times the file. Written once into the cache: nothing is fetched.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from offswitch.errors import InputError
from offswitch.models.cache import cache_folder, keep

_OWN = ("GGUF.", "general.architecture", "general.file_type", "general.quantization_version")
"""Fields that the writer writes by itself, or that are no longer so."""


def precise_gguf(model: Path, sha256: str) -> Path:
    """The model in 32-bit floats that 16 would hold, the file itself where it is that already.

    Args:
        model: A GGUF file.
        sha256: Its hash, by which the cache knows it.

    Raises:
        InputError: the file cannot be read.
        EnvironmentProblem: the cache has no room or cannot be written.
    """
    from gguf import GGMLQuantizationType

    reader = _read(model)
    if all(tensor.tensor_type is GGMLQuantizationType.F32 for tensor in reader.tensors):
        return model
    numbers = sum(int(tensor.n_elements) for tensor in reader.tensors)
    place = cache_folder() / "models" / f"{model.stem}-{sha256[:12]}-f32.gguf"
    return keep(place, partial(_write, reader=reader), room=5 * numbers)


def _read(model: Path) -> Any:
    from gguf import GGUFReader

    try:
        return GGUFReader(model)
    except (OSError, ValueError) as error:
        raise InputError(f"model file {model} cannot be read as GGUF: {error}") from error


def _write(target: Path, *, reader: Any) -> None:
    import numpy
    from gguf import GGUFWriter, LlamaFileType
    from gguf.quants import dequantize

    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if not name.startswith(_OWN):
            kinds = field.types
            writer.add_key_value(name, field.contents(), kinds[0], sub_type=kinds[1] if len(kinds) > 1 else None)
    writer.add_file_type(LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        shape = tuple(int(n) for n in reversed(tensor.shape))
        # Rounded to what the base for training is kept in.
        half = dequantize(tensor.data, tensor.tensor_type).reshape(shape).astype(numpy.float16)
        writer.add_tensor(tensor.name, half.astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
