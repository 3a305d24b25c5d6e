"""A trained difference, or an adapter, as the nearest adapter of a rank (Eckart and Young 1936), layer by layer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offswitch.errors import InputError
from offswitch.models.adapters import RECORD_FILE, AdapterRecord, read_adapter
from offswitch.models.gguf import Factors, read_factors
from offswitch.training.policy.adapters import Lora, new_adapter, write_adapter
from offswitch.training.policy.loading import Policy

POWER_ITERATIONS = 6
"""Of the randomised decomposition (Halko, Martinsson and Tropp 2011, algorithm 4.4)."""
OVERSAMPLING = 8

_BLOCK = re.compile(r"\.layers\.(\d+)\.")


def adapter_from_difference(policy: Policy, trained: Any, *, rank: int, seed: int) -> float:
    """Puts an adapter on a policy that makes it nearly what was trained in full from the same base.

    Args:
        policy: Of the base, without an adapter.
        trained: State of the trained model: its `state_dict()`, by the same names.
        rank: Of the adapter in each layer that changed.
        seed: Of the decomposition.

    Returns:
        The share of the squared change that the adapter keeps, from 0 to 1.

    Raises:
        InputError: nothing changed, or something changed that is not a linear layer of a block.
    """
    import torch

    base = policy.model.state_dict()
    linear = {f"{n}.weight" for n, m in policy.model.named_modules() if isinstance(m, torch.nn.Linear)}
    changed = {
        name: trained[name].to(torch.float32).cpu() - weight.to(torch.float32).cpu()
        for name, weight in base.items()
        if not torch.equal(trained[name].cpu(), weight.cpu())
    }
    other = sorted(set(changed) - linear | {name for name in changed if name.startswith("lm_head")})
    if other:
        raise InputError(f"{other[0]} was trained too: only linear layers of blocks can become an adapter; freeze it")
    if not changed:
        raise InputError(f"the trained model equals {policy.base.name}: there is no difference to keep")
    layers = {name.removesuffix(".weight") for name in changed}
    targets = tuple(sorted({layer.rpartition(".")[2] for layer in layers}))
    blocks = tuple(sorted({int(found.group(1)) for layer in layers if (found := _BLOCK.search(layer))}))
    new_adapter(policy, Lora(rank=rank, alpha=float(rank), targets=targets, layers=blocks), seed=seed)
    kept = whole = 0.0
    modules = dict(policy.model.base_model.model.named_modules())
    for layer in sorted(layers):
        difference = changed[f"{layer}.weight"]
        count = min(rank, *difference.shape)
        wanted = min(count + OVERSAMPLING, *difference.shape)
        u, s, v = torch.svd_lowrank(difference, q=wanted, niter=POWER_ITERATIONS)
        root = s[:count].sqrt()
        with torch.no_grad():
            a, b = modules[layer].lora_A["default"].weight, modules[layer].lora_B["default"].weight
            a.zero_()
            b.zero_()
            a[:count] = (root[:, None] * v[:, :count].T).to(a)
            b[:, :count] = (u[:, :count] * root).to(b)
        kept += float(s[:count].square().sum())
        whole += float(difference.square().sum())
    return kept / whole


def shrink_adapter(source: Path, folder: Path, *, rank: int | Sequence[int], card: str) -> float:
    """Writes the nearest adapter of a lower rank in 16 bits: the form that is kept in the package.

    Args:
        source: Folder of the adapter.
        folder: Where the small one goes.
        rank: At most, of all layers or block by block; a layer of a lower rank keeps its own. What one training changed
            in few blocks and another in all of them needs more in some than in others.
        card: README.md of the small one, which must be measured in that form.

    Returns:
        The share of the squared change that it keeps, from 0 to 1.

    Raises:
        InputError: there is no such adapter, it does not say what it goes onto, or a block has no rank.
        EnvironmentProblem: the disk is full or refuses.
    """
    import numpy

    files = read_adapter(source)
    if files.base is None or files.base_sha256 is None:
        raise InputError(f"adapter {source} does not say which weights it goes onto: train it by offswitch train")
    kept = whole = 0.0
    small = {}
    for name, one in read_factors(files).items():
        # b a = (q r)(q' r')ᵀ, so that only a matrix as wide as the rank is decomposed.
        left, upper = numpy.linalg.qr(one.b * one.scale)
        right, lower = numpy.linalg.qr(one.a.T)
        u, s, v = numpy.linalg.svd(upper @ lower.T)
        most = rank if isinstance(rank, int) else _of_block(rank, name)
        root = numpy.sqrt(s[:most])
        small[name] = Factors(root[:, None] * (v[:most] @ right.T), left @ u[:, :most] * root, 1.0)
        kept += float(numpy.square(s[:most]).sum())
        whole += float(numpy.square(s).sum())
    record = AdapterRecord.model_validate_json((source / RECORD_FILE).read_bytes())
    write_adapter(small, record, folder, card=card, half=True)
    return kept / whole if whole else 1.0


def _of_block(ranks: Sequence[int], name: str) -> int:
    found = _BLOCK.search(f".{name}.")
    if found is None or int(found[1]) >= len(ranks):
        raise InputError(f"{name}: {len(ranks)} ranks were given, and none is for its block")
    return ranks[int(found[1])]
