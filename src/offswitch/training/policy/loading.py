"""A base, with what was trained onto it before, ready to be trained further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offswitch.errors import InputError
from offswitch.models.adapters import AdapterFiles, check_base, read_adapter, split_name
from offswitch.training.policy.bases import Base, find_base
from offswitch.training.policy.resources import (
    SPARE,
    Device,
    Dtype,
    choose_device,
    choose_dtype,
    ensure_memory,
    quiet_transformers,
    require_train,
    seed_everything,
)

if TYPE_CHECKING:
    import torch


@dataclass
class Policy:
    """A model in training. `model` is replaced when an adapter is put on it."""

    model: Any
    """A transformers causal language model, or a PEFT model around one."""
    tokenizer: Any
    base: Base
    below: AdapterFiles | None
    """The adapter that the weights already hold, merged: what is trained now comes on top, and is saved with it."""
    device: torch.device
    dtype: torch.dtype


def load_policy(
    name: str,
    *,
    dtype: Dtype = "auto",
    device: Device = "auto",
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Policy:
    """A model for training or for measuring.

    Args:
        name: A base as `find_base` knows it, a model kept in the package (`embedded/grown`), or either with an adapter
            behind a colon (`embedded/smollm2-135m:/path/to/adapter`).
        dtype: Of the weights; float32 on a CPU and bfloat16 on CUDA by default.
        device: Where to compute; CUDA where there is one by default.
        seed: Everything that is drawn afterwards follows from it.
        tell: Called with a sentence where something takes time.

    Raises:
        InputError: there is no such model; the adapter is for another base.
        EnvironmentProblem: a package or the weights are missing, or it does not fit.
    """
    require_train()
    base, below = find_parts(name, tell)
    where = choose_device(device)
    kind = choose_dtype(dtype, where)
    ensure_memory(base.parameters * kind.itemsize + SPARE, f"loading {name}", device=where.type)
    seed_everything(seed)
    model, tokenizer = _load(base, kind)
    if below is not None:
        model = _merged(model, below)
    return Policy(model.to(where), tokenizer, base, below, where, kind)


def find_parts(name: str, tell: Callable[[str], None] = lambda _: None) -> tuple[Base, AdapterFiles | None]:
    """What a model's name stands for: its base, and the adapter on it where there is one. Nothing is loaded.

    Raises:
        InputError: there is no such model; the adapter is for another base.
        EnvironmentProblem: the weights are missing.
    """
    root, place = split_name(name)
    base = find_base(root, tell)
    below = read_adapter(place) if place is not None else None
    if below is not None:
        check_base(below, base.sha256, base.name)
    return base, below


def _load(base: Base, kind: torch.dtype) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet_transformers()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(base.folder))
        model = AutoModelForCausalLM.from_pretrained(str(base.folder), dtype=kind)
    except (ValueError, KeyError, OSError) as error:
        raise InputError(f"model {base.name}: transformers cannot load it: {' '.join(str(error).split())[:300]}") from (
            error
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def _merged(model: Any, below: AdapterFiles) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(below.folder)).merge_and_unload()
