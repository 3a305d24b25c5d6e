"""Models that come with Offswitch: one that runs here without key or GPU, and scripted agents."""

from typing import Final

DEFAULT_EMBEDDED: Final = "embedded/smollm2-135m"
"""The model that `--model embedded` stands for."""

__all__ = ["DEFAULT_EMBEDDED"]
