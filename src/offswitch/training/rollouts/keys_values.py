"""Keys and values of conversations: kept for each alone, put together for a batch, taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Kept:
    """What was computed of one conversation."""

    tokens: tuple[int, ...]
    values: torch.Tensor
    """(layers, 2, heads, tokens, width): keys, then values."""

    def begins(self, tokens: Sequence[int]) -> bool:
        """Whether a conversation goes on from here, with at least one token more."""
        return len(tokens) > len(self.tokens) and tuple(tokens[: len(self.tokens)]) == self.tokens


def column_bytes(config: Any, itemsize: int) -> int:
    """What the keys and values of one token take, in a type of so many bytes."""
    layers, heads, width = _shape(config)
    return layers * 2 * heads * width * itemsize


def _shape(config: Any) -> tuple[int, int, int]:
    """(layers, heads, width) of a model's keys, and of its values."""
    heads = int(getattr(config, "num_key_value_heads", None) or config.num_attention_heads)
    width = int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)
    return int(config.num_hidden_layers), heads, width


class Batch:
    """The keys and values of a batch, in tensors with room to grow: appending to plain ones copies all, each time."""

    def __init__(self, model: Any, kept: Sequence[Kept | None], length: int, room: int) -> None:
        """Puts the rows' own at the right end of the first `length` columns.

        Args:
            model: Whose they are.
            kept: One a row; None for a conversation that begins.
            length: Columns of what is kept, of the longest.
            room: Columns that may be added.
        """
        import torch

        self._layers, heads, width = _shape(model.config)
        shape = (self._layers, 2, len(kept), heads, length + room, width)
        self._all = torch.zeros(shape, dtype=model.dtype, device=model.device)
        for row, each in enumerate(kept):
            if each is not None:
                self._all[:, :, row, :, length - len(each.tokens) : length] = each.values
        self.cache = self._cache(length)

    def select(self, rows: Any) -> None:
        """Keeps only these rows, in this order; a row may be named several times."""
        filled = self.cache.layers[0].filled
        self._all = self._all[:, :, rows].contiguous()
        self.cache = self._cache(filled)

    def row(self, row: int, columns: Any, tokens: tuple[int, ...]) -> Kept:
        """One conversation's own.

        Args:
            row: Its row.
            columns: (filled,) which columns are its tokens.
            tokens: Those tokens.
        """
        filled = self.cache.layers[0].filled
        return Kept(tokens, self._all[:, :, row, :, :filled][:, :, :, columns[:filled]])

    def _cache(self, filled: int) -> Any:
        from transformers import DynamicCache
        from transformers.cache_utils import DynamicLayer

        class Room(DynamicLayer):  # type: ignore[misc]  # transformers is untyped here
            """A layer of a batch's tensors."""

            def __init__(self, keys: Any, values: Any) -> None:
                super().__init__()
                self._room = (keys, values)
                self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
                self._show(filled)

            def _show(self, columns: int) -> None:
                self.filled = columns
                self.keys, self.values = (each[:, :, :columns] for each in self._room)

            def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> Any:
                end = self.filled + key_states.shape[-2]
                for whole, new in zip(self._room, (key_states, value_states), strict=True):
                    whole[:, :, self.filled : end] = new
                self._show(end)
                return self.keys, self.values

        cache = DynamicCache()
        cache.layers = [Room(self._all[layer, 0], self._all[layer, 1]) for layer in range(self._layers)]
        return cache
