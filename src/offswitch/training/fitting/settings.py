"""How a remedy is trained: small records that are written into the training folder and never change there."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What every remedy has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=1, ge=0)
    epochs: float = Field(default=1.0, gt=0)
    """How often each row is seen, unless `steps` says when to stop."""
    steps: int | None = Field(default=None, ge=1)
    """Updates, instead of `epochs`."""
    learning_rate: float = Field(default=1e-4, gt=0)
    """Of AdamW at the start; it falls linearly to 0."""
    batch: int = Field(default=8, ge=1)
    """Rows of one update."""
    at_once: int = Field(default=4, ge=1)
    """Rows computed at once: what memory allows."""
    max_length: int = Field(default=2048, ge=16)
    """Tokens of the longest row; longer ones are left out."""
    rank: int = Field(default=8, ge=1)
    """Of the LoRA adapter (Hu et al. 2021, arXiv 2106.09685)."""
    alpha: float = Field(default=16.0, gt=0)
    layers: tuple[int, ...] | None = None
    """Blocks that are trained; None for all."""
    save_every: int = Field(default=10, ge=1)
    """Updates between checkpoints."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @property
    def rows_at_once(self) -> int:
        """Rows computed at once: a divisor of `batch`."""
        return next(n for n in range(min(self.at_once, self.batch), 0, -1) if self.batch % n == 0)

    @property
    def accumulate(self) -> int:
        """Passes that make one update."""
        return self.batch // self.rows_at_once
