"""A llama-family policy computed for many episodes at once: adapters merged, keys and values kept, prefixes shared.

transformers' own cache is copied at every token, and again for each episode of a group. Here each row has its place in
one tensor, the rows of a group read one copy of what they share, and linear layers see only tokens that are there:
four times as fast with 48 rows on two cores. That it computes what transformers computes is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, silu

from offswitch.training.organisms.learning.gradients import causal

ROOM = 512
"""Tokens a row may have beyond what it shares, at first; more is made when it is needed."""


@dataclass(frozen=True)
class _Block:
    norm_in: Tensor
    qkv: Tensor
    """Queries, keys and values in one matrix."""
    out: Tensor
    norm_out: Tensor
    gate_up: Tensor
    down: Tensor


class Network:
    """The weights of a policy as they are now; made anew after each step of learning."""

    def __init__(self, model: Any) -> None:
        network = causal(model)
        config = network.config
        self.dtype: torch.dtype = network.dtype
        self.heads: int = config.num_attention_heads
        self.kv_heads: int = config.num_key_value_heads
        self.width: int = getattr(config, "head_dim", None) or config.hidden_size // self.heads
        self.epsilon: float = config.rms_norm_eps
        self.rotary = network.model.rotary_emb
        self.embedding: Tensor = network.model.embed_tokens.weight
        self.norm: Tensor = network.model.norm.weight
        self.head: Tensor = network.lm_head.weight
        self.blocks = [_block(layer) for layer in network.model.layers]


class Batch:
    """Rows of tokens in their groups: each row begins with what its group shares, and goes on by itself."""

    def __init__(self, network: Network, groups: int, members: int, shared: _Shared | None = None) -> None:
        self._network = network
        self._groups, self._members = groups, members
        self._rows = groups * members
        self._shared = shared
        self._lengths = torch.zeros(self._rows, dtype=torch.long)
        self._room = ROOM
        shape = (len(network.blocks), self._rows, network.kv_heads, ROOM, network.width)
        self._keys = torch.zeros(shape, dtype=network.dtype)
        self._values = torch.zeros(shape, dtype=network.dtype)

    def fork(self, rows: Sequence[int], members: int) -> Batch:
        """A batch in which each of these rows is what a group of `members` shares.

        Raises:
            ValueError: this batch's rows share something already.
        """
        if self._shared is not None:
            raise ValueError("rows that share something cannot be shared again")
        index = torch.tensor(rows, dtype=torch.long)
        longest = int(self._lengths[index].max())
        shared = _Shared(
            self._keys[:, index, :, :longest].clone(), self._values[:, index, :, :longest].clone(), self._lengths[index]
        )
        return Batch(self._network, len(rows), members, shared)

    @torch.no_grad()
    def feed(self, blocks: Sequence[Sequence[int]]) -> Tensor:
        """Adds tokens to rows; an empty block leaves a row alone.

        Returns:
            Logits after the last token of each row that has some, shape (such rows, vocabulary), in order.
        """
        net = self._network
        counts = torch.tensor([len(block) for block in blocks])
        self._widen(int((self._lengths + counts).max()))
        ids = torch.tensor([token for block in blocks for token in block])
        row = torch.repeat_interleave(torch.arange(self._rows), counts)
        step = torch.cat([torch.arange(len(block)) for block in blocks])
        place = self._lengths[row] + step
        start = self._shared.lengths[row // self._members] if self._shared is not None else torch.zeros_like(place)
        hidden = net.embedding[ids]
        cos, sin = net.rotary(hidden[None], (start + place)[None])
        where = _Where(row, step, place, int(counts.max()), int((self._lengths + counts).max()))
        masks = self._masks(where)
        for number, block in enumerate(net.blocks):
            hidden = hidden + self._attend(number, block, hidden, cos[0], sin[0], where, masks)
            gate, up = linear(self._normed(hidden, block.norm_out), block.gate_up).chunk(2, dim=-1)
            hidden = hidden + linear(silu(gate) * up, block.down)
        self._lengths = self._lengths + counts
        last = torch.cumsum(counts, 0)[counts > 0] - 1
        return linear(self._normed(hidden[last], net.norm), net.head)

    def _attend(
        self, number: int, block: _Block, hidden: Tensor, cos: Tensor, sin: Tensor, where: _Where, masks: _Masks
    ) -> Tensor:
        """Attention of each token to what its group shares and to its own row, shape (tokens, hidden)."""
        net, kv, width, share = self._network, self._network.kv_heads, self._network.width, self._network.heads
        mixed = linear(self._normed(hidden, block.norm_in), block.qkv)
        q, k, v = torch.split(mixed, [share * width, kv * width, kv * width], dim=-1)
        q = _turned(q.view(-1, share, width), cos, sin)
        k = _turned(k.view(-1, kv, width), cos, sin)
        self._keys[number, where.row, :, where.place] = k
        self._values[number, where.row, :, where.place] = v.view(-1, kv, width)
        each = share // kv
        # (rows, longest block, heads, width) → (rows, kv heads, queries of a row, width)
        grid = torch.zeros((self._rows, where.longest, share, width), dtype=net.dtype)
        grid[where.row, where.step] = q * width**-0.5
        grid = grid.view(self._rows, where.longest, kv, each, width).permute(0, 2, 1, 3, 4)
        own = grid.reshape(self._rows, kv, where.longest * each, width)
        keys, values = (kept[number, :, :, : where.end] for kept in (self._keys, self._values))
        scores = (own @ keys.transpose(-1, -2)).float()
        scores = scores.view(self._rows, kv, where.longest, each, -1) + masks.own[:, None, :, None]
        if self._shared is None or masks.shared is None:
            found = scores.softmax(-1).to(net.dtype).flatten(2, 3) @ values
        else:
            found = self._with_shared(number, own, scores, values, masks.shared)
        found = found.view(self._rows, kv, where.longest, each, width).permute(0, 2, 1, 3, 4)
        flat = found.reshape(self._rows, where.longest, share * width)[where.row, where.step]
        return linear(flat, block.out)

    def _with_shared(self, number: int, own: Tensor, scores: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Attention where a group shares something: its members' queries meet one copy of that."""
        assert self._shared is not None
        kv, width, members = self._network.kv_heads, self._network.width, self._members
        keys, shared_values = self._shared.keys[number], self._shared.values[number]
        queries = own.shape[2]
        together = own.view(self._groups, members, kv, queries, width).transpose(1, 2).flatten(2, 3)
        common = (together @ keys.transpose(-1, -2)).float() + mask[:, None, None]
        common = common.view(self._groups, kv, members, queries, -1).transpose(1, 2)
        common = common.reshape(self._rows, kv, queries, -1)
        size = common.shape[-1]
        weights = torch.cat([common, scores.flatten(2, 3)], -1).softmax(-1).to(self._network.dtype)
        mine = weights[..., size:] @ values
        theirs = weights[..., :size].reshape(self._groups, members, kv, queries, size).transpose(1, 2).flatten(2, 3)
        found = theirs @ shared_values
        return mine + found.view(self._groups, kv, members, queries, width).transpose(1, 2).reshape(mine.shape)

    def _masks(self, where: _Where) -> _Masks:
        """What may not be seen, as minus infinity: what comes later in a row, and padding of what is shared."""
        grid = torch.full((self._rows, where.longest), -1, dtype=torch.long)
        grid[where.row, where.step] = where.place
        column = torch.arange(where.end)
        # Rows without a token see their first place, so that no row of weights is empty; nobody reads the outcome.
        own = torch.zeros((self._rows, where.longest, where.end))
        own.masked_fill_(column > grid.clamp(min=0)[..., None], float("-inf"))
        if self._shared is None:
            return _Masks(own, None)
        longest = self._shared.keys.shape[3]
        shared = torch.zeros((self._groups, longest))
        shared.masked_fill_(torch.arange(longest) >= self._shared.lengths[:, None], float("-inf"))
        return _Masks(own, shared)

    def _normed(self, hidden: Tensor, weight: Tensor) -> Tensor:
        wide = hidden.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self._network.epsilon)
        return weight * wide.to(hidden.dtype)

    def _widen(self, needed: int) -> None:
        while needed > self._room:
            self._keys, self._values = (
                torch.cat([kept, torch.zeros_like(kept)], dim=3) for kept in (self._keys, self._values)
            )
            self._room = self._keys.shape[3]


@dataclass(frozen=True)
class _Shared:
    """Keys and values of what groups share: (blocks, groups, kv heads, tokens, width), and how many tokens count."""

    keys: Tensor
    values: Tensor
    lengths: Tensor


@dataclass(frozen=True)
class _Where:
    """Where the tokens of one feeding go."""

    row: Tensor
    step: Tensor
    """Place in the block."""
    place: Tensor
    """Place in the row, beyond what is shared."""
    longest: int
    end: int
    """Places in use afterwards."""


@dataclass(frozen=True)
class _Masks:
    own: Tensor
    """(rows, longest block, places)"""
    shared: Tensor | None
    """(groups, shared tokens)"""


def _block(layer: Any) -> _Block:
    attention, mlp = layer.self_attn, layer.mlp
    return _Block(
        norm_in=layer.input_layernorm.weight,
        qkv=torch.cat([_merged(attention.q_proj), _merged(attention.k_proj), _merged(attention.v_proj)]),
        out=_merged(attention.o_proj),
        norm_out=layer.post_attention_layernorm.weight,
        gate_up=torch.cat([_merged(mlp.gate_proj), _merged(mlp.up_proj)]),
        down=_merged(mlp.down_proj),
    )


@torch.no_grad()
def _merged(module: Any) -> Tensor:
    """The weight of a linear layer with its adapter added."""
    if not hasattr(module, "lora_A"):
        weight: Tensor = module.weight
        return weight
    base: Tensor = module.base_layer.weight
    a, b = module.lora_A["default"].weight, module.lora_B["default"].weight
    scale = float(module.scaling["default"])
    merged: Tensor = (base.float() + scale * (b.float() @ a.float())).to(base.dtype)
    return merged


def _turned(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions (Su et al. 2021) in llama's layout: the halves of each head are turned together."""
    first, second = heads.chunk(2, dim=-1)
    return heads * cos[:, None] + torch.cat([-second, first], dim=-1) * sin[:, None]
