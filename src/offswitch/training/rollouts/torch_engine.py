"""Messages from a policy in this process: batches of conversations of any lengths, keys and values kept between turns.

A conversation's keys and values are computed once and kept under its name; the next turn reads only what is new.
Conversations that begin with the same tokens are read once and branch when they are drawn. The model computed with is a
copy of the policy with its adapter merged, in 16 bits if wished: call `refresh` when the policy was trained.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from offswitch.errors import InputError
from offswitch.training.policy.loading import Policy
from offswitch.training.policy.resources import Dtype, choose_dtype, ensure_memory, free_memory
from offswitch.training.rollouts.decode import Row, decode
from offswitch.training.rollouts.engine import Request, Sample, Sampling
from offswitch.training.rollouts.keys_values import Kept, column_bytes

SHARE = 3
"""The keys and values of a batch take at most one part in so many of the free memory. They are twice there while
conversations that have ended are taken out."""

_ADAPTED = "base_model.model."
"""What PEFT puts before the names of a base's parts."""


class TransformersEngine:
    """An engine that computes with transformers."""

    def __init__(self, policy: Policy, *, dtype: Dtype | None = None, rows: int = 64, context: int = 4096) -> None:
        """Copies the policy's weights.

        Args:
            policy: The model in training.
            dtype: Of the copy; the policy's by default. bfloat16 is 1.7 times faster on a CPU.
            rows: Conversations computed at once, at most.
            context: Tokens that a conversation may have, if the model allows as many.

        Raises:
            EnvironmentProblem: there is no memory for the copy.
        """
        self._policy = policy
        self._rows = rows
        kind = policy.dtype if dtype is None else choose_dtype(dtype, policy.device)
        ensure_memory(policy.base.parameters * kind.itemsize, "a copy of the model", device=policy.device.type)
        self._model = _plain_copy(policy.model, kind).eval().requires_grad_(False)
        self._kept: dict[Hashable, Kept] = {}
        most = getattr(self._model.config, "max_position_embeddings", context)
        self._context = min(context, int(most))
        self._eos = _eos(self._model, policy.tokenizer)
        self.read = 0
        """Tokens that were read, each conversation's own only once: a measure of work, for tests and reports."""
        self.refresh()

    @property
    def tokenizer(self) -> Any:
        """The policy's tokenizer."""
        return self._policy.tokenizer

    @property
    def context(self) -> int:
        """Tokens that a conversation may have."""
        return self._context

    @property
    def recommended(self) -> dict[str, float]:
        """How the model's publisher wants tokens to be drawn: `temperature`, `top_p`, where it says so."""
        said = self._model.generation_config
        found = {name: getattr(said, name, None) for name in ("temperature", "top_p")} if said.do_sample else {}
        return {name: float(value) for name, value in found.items() if value is not None}

    def refresh(self) -> None:
        """Takes over the policy's weights as they are now; what was kept was computed with the former ones."""
        import torch

        self._kept.clear()
        own = dict(self._model.named_parameters())
        with torch.no_grad():
            for name, weight in merged_weights(self._policy.model):
                # An output layer that is the embedding again has no parameter of its own.
                if name in own:
                    own.pop(name).copy_(weight)
        assert not own, f"the policy has no {', '.join(own)}"

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Frees the keys and values of conversations."""
        for key in list(keys):
            self._kept.pop(key, None)

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Sample]:
        """The next message of each conversation.

        Raises:
            InputError: a conversation is empty, or has no room left in the context.
        """
        samples: dict[int, Sample] = {}
        for places in self._batches(requests, sampling.max_tokens):
            found = self._batch([requests[place] for place in places], sampling)
            samples |= dict(zip(places, found, strict=True))
        return [samples[place] for place in range(len(requests))]

    def _batches(self, requests: Sequence[Request], more: int) -> Iterator[list[int]]:
        """What is computed together: places of requests; the longer they are, the fewer fit the memory."""
        each = 2 * column_bytes(self._model.config, self._model.dtype.itemsize)
        room = free_memory(self._policy.device.type) // SHARE // each
        batch: list[int] = []
        for place in sorted(range(len(requests)), key=lambda place: len(requests[place].tokens)):
            # They come by length: the next one is as long as any of the batch would have to be.
            columns = min(len(requests[place].tokens) + more, self._context)
            if batch and (len(batch) == self._rows or (len(batch) + 1) * columns > room):
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def _batch(self, requests: Sequence[Request], sampling: Sampling) -> list[Sample]:
        rows = []
        for request in requests:
            if not request.tokens or len(request.tokens) >= self._context:
                raise InputError(
                    f"conversation {request.key} has {len(request.tokens)} tokens, and the context {self._context}"
                )
            kept = self._kept.pop(request.key, None)
            rows.append(Row(request.tokens, kept if kept and kept.begins(request.tokens) else None, request.seed))
        decoded, read = decode(self._model, self.tokenizer, rows, sampling, eos=self._eos, context=self._context)
        self.read += read
        for request, one in zip(requests, decoded, strict=True):
            self._kept[request.key] = one.kept
        return [one.sample for one in decoded]


def merged_weights(model: Any) -> Iterable[tuple[str, Any]]:
    """The weights of a model by the base's names, with a PEFT adapter's change in them; the model stays as it is."""
    for name, module in model.named_modules():
        plain = name.removeprefix(_ADAPTED)
        if "lora_" in plain or ".base_layer" in plain:
            continue
        if hasattr(module, "base_layer"):
            yield f"{plain}.weight", module.base_layer.weight + module.get_delta_weight("default")
            if module.base_layer.bias is not None:
                yield f"{plain}.bias", module.base_layer.bias
            continue
        for own, value in module.named_parameters(recurse=False):
            yield f"{plain}.{own}" if plain else own, value


def _plain_copy(model: Any, dtype: Any) -> Any:
    """A model of the same architecture without adapter; its weights, still empty, are taken over by `refresh`.

    What else it computes with is of the type that the architecture gives it: rotations of positions stay in 32 bits.
    """
    import torch
    from transformers import AutoModelForCausalLM

    device = next(model.parameters()).device
    # Made without numbers: drawing them would take longer than all else here.
    with torch.device("meta"):
        plain = AutoModelForCausalLM.from_config(copy.deepcopy(model.config), dtype=dtype)
    kinds = {name: buffer.dtype for name, buffer in plain.named_buffers()}
    for weight in plain.parameters():
        weight.data = weight.data.to(dtype)
    plain.to_empty(device=device)
    plain.tie_weights()
    for name, buffer in model.named_buffers():
        name = name.removeprefix(_ADAPTED).replace(".base_layer.", ".")
        part, _, own = name.rpartition(".")
        filled = buffer.to(kinds.get(name, buffer.dtype), copy=True)
        plain.get_submodule(part).register_buffer(own, filled, persistent=False)
    plain.generation_config = model.generation_config
    return plain


def _eos(model: Any, tokenizer: Any) -> frozenset[int]:
    named = model.generation_config.eos_token_id
    ids = named if isinstance(named, list) else [named]
    return frozenset(int(each) for each in [*ids, tokenizer.eos_token_id] if each is not None)
