"""AdamW for weights that are computed with in 16 bits: what it changes is kept in 32, so that small steps add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class MixedAdamW:
    """AdamW (Loshchilov and Hutter 2019) on copies of weights in 32 bits (Micikevicius et al. 2018, section 3.1)."""

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.parameters = list(parameters)
        self.exact: list[Tensor] = [each.detach().float().clone() for each in self.parameters]
        """The weights in 32 bits, in the order of the parameters."""
        self.forget()

    def forget(self) -> None:
        """Begins anew with the weights as they are: no moments, and a learning rate of 0."""
        self._adam = torch.optim.AdamW(self.exact, lr=0.0, weight_decay=0.0)

    def rate(self, value: float) -> None:
        """Sets the learning rate."""
        for group in self._adam.param_groups:
            group["lr"] = value

    def clear(self) -> None:
        """Lets go of the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, largest: float) -> float:
        """One step along the parameters' gradients.

        Args:
            largest: Norm at which the gradient is cut.

        Returns:
            Its norm before it was cut.
        """
        for parameter, exact in zip(self.parameters, self.exact, strict=True):
            exact.grad = None if parameter.grad is None else parameter.grad.float()
        norm = float(nn.utils.clip_grad_norm_(self.exact, largest))
        self._adam.step()
        for parameter, exact in zip(self.parameters, self.exact, strict=True):
            parameter.copy_(exact)
            exact.grad = None
        return norm

    def state(self) -> dict[str, Any]:
        """All that it goes on from."""
        return {"exact": self.exact, "adam": self._adam.state_dict()}

    @torch.no_grad()
    def load(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        for parameter, exact, kept in zip(self.parameters, self.exact, state["exact"], strict=True):
            exact.copy_(kept)
            parameter.copy_(kept)
        self._adam.load_state_dict(state["adam"])
