"""An adapter's folder as the two factors of each layer, whatever PEFT settings it was written with."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from offswitch.errors import InputError
from offswitch.models.adapters import CONFIG_FILE, WEIGHTS_FILE, AdapterFiles

_KEY = re.compile(r"base_model\.model\.(?P<layer>.+)\.lora_(?P<letter>[AB])\.weight")


@dataclass(frozen=True)
class Factors:
    """What an adapter adds to one layer, which computes (W + scale * b a) x (Hu et al. 2021, section 4.1)."""

    a: Any
    """numpy, (rank, inputs)"""
    b: Any
    """numpy, (outputs, rank)"""
    scale: float


def read_factors(adapter: AdapterFiles) -> dict[str, Factors]:
    """The factors of each layer, by its name in the base (`model.layers.0.self_attn.q_proj`).

    Raises:
        InputError: the weights cannot be read, or are more than two factors a layer.
    """
    import numpy
    from safetensors.numpy import load

    try:
        config = json.loads((adapter.folder / CONFIG_FILE).read_text())
        tensors = load((adapter.folder / WEIGHTS_FILE).read_bytes())
    except Exception as error:
        # safetensors raises its own, and a TypeError for types that numpy lacks.
        raise InputError(
            f"adapter {adapter.folder} cannot be read ({' '.join(str(error).split())[:120]}): its weights must be "
            "safetensors of 16- or 32-bit floats"
        ) from error
    _only_factors(adapter, config)
    found: dict[str, dict[str, Any]] = {}
    for key, value in tensors.items():
        match = _KEY.fullmatch(key)
        if match is None:
            raise InputError(f"adapter {adapter.folder}: {key} is no factor of a linear layer: merge it into the base")
        found.setdefault(match["layer"], {})[match["letter"]] = value.astype(numpy.float32)
    halves = [layer for layer, both in found.items() if len(both) != 2]
    if halves or not found:
        raise InputError(f"adapter {adapter.folder}: {halves[0] if halves else 'no layer'} has both factors")
    return {layer: Factors(both["A"], both["B"], _scale(config, layer)) for layer, both in sorted(found.items())}


def _only_factors(adapter: AdapterFiles, config: dict[str, Any]) -> None:
    for setting, plain in (("use_dora", (False, None)), ("bias", ("none", None)), ("fan_in_fan_out", (False, None))):
        if config.get(setting) not in plain:
            raise InputError(
                f"adapter {adapter.folder} was trained with {setting}={config[setting]}, which two factors a layer "
                "cannot express: merge it into the base"
            )


def _scale(config: dict[str, Any], layer: str) -> float:
    rank = _of_layer(config.get("rank_pattern"), layer, config["r"])
    alpha = _of_layer(config.get("alpha_pattern"), layer, config["lora_alpha"])
    return float(alpha / (math.sqrt(rank) if config.get("use_rslora") else rank))


def _of_layer(patterns: dict[str, Any] | None, layer: str, usual: Any) -> Any:
    """A layer's value: PEFT's patterns are regular expressions for the end of its name."""
    for pattern, value in (patterns or {}).items():
        if re.fullmatch(rf"(.*\.)?({pattern})", layer):
            return value
    return usual
