"""TRL's output head, kept to the answers on a CPU too.

The head's product with the vocabulary is a large part of a small model's work. On GPUs TRL computes it for the
positions with a label alone; elsewhere for all of them, because some accelerators compile anew for every number of
positions. A CPU does not, and in step-level rows more than nine positions of ten have no label.
"""

from __future__ import annotations

import torch


def answers_only() -> None:
    """From now on TRL's fused head computes labelled positions alone on CPUs as well; the results are the same."""
    from trl.trainer import utils

    # Its one use there is this choice; the kernels ask a name of their own.
    there = getattr(utils, "_use_triton", None)
    if there is None or hasattr(there, "there"):
        return

    def chosen(device: torch.device) -> bool:
        return device.type == "cpu" or bool(there(device))

    chosen.there = there  # type: ignore[attr-defined]
    utils._use_triton = chosen
