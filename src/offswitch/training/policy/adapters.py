"""LoRA adapters on a policy, by PEFT: made, loaded, saved whole or not at all, merged (Hu et al. 2021, section 4.1)."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.adapters import (
    CARD_FILE,
    CONFIG_FILE,
    RECORD_FILE,
    WEIGHTS_FILE,
    AdapterFiles,
    AdapterRecord,
    check_base,
    read_adapter,
)
from offswitch.models.gguf import Factors, read_factors
from offswitch.training.policy.loading import Policy
from offswitch.training.policy.resources import disk_errors, seed_everything

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Every linear layer of a llama-family block."""

_PREFIX = "base_model.model."


@dataclass(frozen=True)
class Lora:
    """The shape of an adapter."""

    rank: int = 8
    alpha: float = 16.0
    """What it adds is multiplied by alpha / rank."""
    targets: tuple[str, ...] = LINEAR
    """Names of the linear layers it goes onto."""
    layers: tuple[int, ...] | None = None
    """Numbers of the blocks, all by default."""
    dropout: float = 0.0


def new_adapter(policy: Policy, lora: Lora, *, seed: int) -> None:
    """Puts a fresh adapter on a policy: it changes nothing until it is trained, and nothing else is trained.

    Raises:
        InputError: a target is in none of the model's layers.
    """
    from peft import LoraConfig, get_peft_model

    if lora.rank < 1:
        raise InputError(f"rank {lora.rank}: an adapter has a rank of at least 1")
    here = {name.rpartition(".")[2] for name, module in policy.model.named_modules() if hasattr(module, "weight")}
    for target in lora.targets:
        if target not in here:
            raise InputError(f"target {target}: {policy.base.name} has no such layer; choose from {_linear(policy)}")
    seed_everything(seed)
    policy.model = get_peft_model(
        policy.model,
        LoraConfig(
            r=lora.rank,
            lora_alpha=lora.alpha,  # PEFT divides it, and takes a float as well
            target_modules=list(lora.targets),
            layers_to_transform=list(lora.layers) if lora.layers is not None else None,
            lora_dropout=lora.dropout,
            task_type="CAUSAL_LM",
        ),
    )


def _linear(policy: Policy) -> str:
    import torch

    found = {n.rpartition(".")[2] for n, m in policy.model.named_modules() if isinstance(m, torch.nn.Linear)}
    return ", ".join(sorted(found - {"lm_head"}))


def load_adapter(policy: Policy, folder: Path, *, trainable: bool = False) -> AdapterFiles:
    """Puts a saved adapter on a policy.

    Raises:
        InputError: there is none, it is for another base, or it does not fit the policy's layers.
    """
    from peft import PeftModel

    files = read_adapter(folder)
    check_base(files, policy.base.sha256, policy.base.name)
    if policy.below is not None:
        raise InputError(
            f"adapter {folder}: the policy already holds {policy.below.folder}, which a saved adapter includes; load "
            f"{policy.base.name} without it"
        )
    try:
        policy.model = PeftModel.from_pretrained(policy.model, str(folder), is_trainable=trainable)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"adapter {folder} does not fit {policy.base.name}: {str(error).splitlines()[0]}") from error
    return files


def save_adapter(policy: Policy, folder: Path, *, card: str, seed: int | None = None, half: bool = False) -> Path:
    """Writes the adapter of a policy, with what lay below it, as one adapter on the base. Replaces an older adapter.

    Args:
        policy: With an adapter on it.
        folder: Where; the folder appears whole or not at all.
        card: README.md: what it is, how it was made, what was measured.
        seed: Of the training.
        half: Whether to keep 16-bit floats, half the size.

    Raises:
        InputError: there is no adapter on the policy, or something else is at the place.
        EnvironmentProblem: the disk is full or refuses.
    """
    factors = adapter_factors(policy)
    if not factors:
        raise InputError(f"{policy.base.name} has no adapter on it: there is nothing to save")
    if policy.below is not None:
        factors = stack(read_factors(policy.below), factors)
    record = AdapterRecord(base=policy.base.name, base_sha256=policy.base.sha256, seed=seed)
    return write_adapter(factors, record, folder, card=card, half=half)


def write_adapter(factors: dict[str, Factors], record: AdapterRecord, folder: Path, *, card: str, half: bool) -> Path:
    """Writes an adapter's folder, whole or not at all. Replaces an older adapter.

    Raises:
        InputError: something else is at the place.
        EnvironmentProblem: the disk is full or refuses.
    """
    import numpy
    from safetensors.numpy import save

    kind = numpy.float16 if half else numpy.float32
    tensors = {}
    for name, one in factors.items():
        tensors[f"{_PREFIX}{name}.lora_A.weight"] = one.a.astype(kind)
        tensors[f"{_PREFIX}{name}.lora_B.weight"] = one.b.astype(kind)
    files = {
        WEIGHTS_FILE: save(tensors, metadata={"format": "pt"}),
        CONFIG_FILE: json.dumps(_config(factors, record.base), indent=2).encode() + b"\n",
        RECORD_FILE: record.model_dump_json(indent=2).encode() + b"\n",
        CARD_FILE: card.rstrip().encode() + b"\n",
    }

    def write(fresh: Path) -> None:
        for name, content in files.items():
            (fresh / name).write_bytes(content)

    _replace(folder, write)
    return folder


def export_merged(policy: Policy, folder: Path) -> Path:
    """Writes the whole model with the adapter in its weights, as a folder that transformers and vLLM read.

    Ends the training of this policy: its adapter is merged.

    Raises:
        InputError: something else is at the place.
        EnvironmentProblem: the disk is full or refuses.
    """
    model = policy.model.merge_and_unload() if hasattr(policy.model, "merge_and_unload") else policy.model
    policy.model = model

    def write(fresh: Path) -> None:
        with disk_errors():
            model.save_pretrained(str(fresh))
            policy.tokenizer.save_pretrained(str(fresh))

    _replace(folder, write, marker="config.json")
    return folder


def adapter_factors(policy: Policy) -> dict[str, Factors]:
    """The adapter on a policy, by the names of the base's layers (`model.layers.0.self_attn.q_proj`)."""
    found = {}
    for name, module in policy.model.named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            a, b = (each["default"].weight.detach().float().cpu().numpy() for each in (module.lora_A, module.lora_B))
            found[name.removeprefix(_PREFIX)] = Factors(a, b, float(module.scaling["default"]))
    return found


def stack(lower: dict[str, Factors], upper: dict[str, Factors]) -> dict[str, Factors]:
    """Two adapters as one that adds what both add: their ranks add up."""
    import numpy

    together = {}
    for name in dict.fromkeys((*lower, *upper)):
        parts = [each[name] for each in (lower, upper) if name in each]
        a = numpy.concatenate([part.a for part in parts])
        b = numpy.concatenate([part.b * part.scale for part in parts], axis=1)
        together[name] = Factors(a, b, 1.0)
    return together


def _config(factors: dict[str, Factors], base: str) -> dict[str, Any]:
    """PEFT's settings for factors, each layer with its own rank."""
    ranks = {name: int(one.a.shape[0]) for name, one in factors.items()}
    alphas = {name: one.scale * ranks[name] for name, one in factors.items()}
    usual, alpha = max(ranks.values()), max(alphas.values())
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "inference_mode": True,
        "r": usual,
        "lora_alpha": alpha,
        "target_modules": sorted(factors),
        "rank_pattern": {name: rank for name, rank in ranks.items() if rank != usual},
        "alpha_pattern": {name: value for name, value in alphas.items() if value != alpha},
        "lora_dropout": 0.0,
        "bias": "none",
    }


def _replace(folder: Path, write: Callable[[Path], None], marker: str = RECORD_FILE) -> None:
    """Puts a freshly written folder in the place of one of its kind, or of nothing."""
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]) and not (folder / marker).exists():
        raise InputError(f"{folder} holds something else: name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            fresh = Path(beside) / "fresh"
            fresh.mkdir()
            write(fresh)
            if folder.exists():
                folder.rename(Path(beside) / "former")
            fresh.rename(folder)
            shutil.rmtree(Path(beside) / "former", ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EnvironmentProblem(f"the disk is full: {folder} was not written; free some space") from error
        raise EnvironmentProblem(f"{folder} could not be written: {error.strerror or error}") from error
