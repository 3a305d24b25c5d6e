"""The provider that Inspect finds here: `torch/…`. Its class is imported when first used."""

from __future__ import annotations

from inspect_ai.model import ModelAPI, modelapi


@modelapi(name="torch")
def torch() -> type[ModelAPI]:
    """A model computed by transformers here: `torch/embedded/grown`, `torch/OWNER/NAME`, `torch/./folder`."""
    from offswitch.training.rollouts.api import TorchAPI

    return TorchAPI
