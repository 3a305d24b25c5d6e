"""What training needs of this computer: packages, memory, a device, and chance that can be repeated."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from offswitch.errors import EnvironmentProblem, InputError

if TYPE_CHECKING:
    import torch

PACKAGES = ("torch", "transformers", "peft", "trl", "accelerate", "datasets", "safetensors", "gguf")

Device = Literal["auto", "cpu", "cuda"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]

SPARE = 512 << 20
"""Bytes for Python, the packages and what else is loaded."""

_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


def require_train() -> None:
    """Makes sure that what trains is installed.

    Raises:
        EnvironmentProblem: it is not.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise EnvironmentProblem(
            f"training needs packages that are missing ({', '.join(missing)}): pip install 'offswitch[train]'"
        )


def quiet_transformers() -> None:
    """Keeps transformers' bars for files of weights off the terminal, and what it says to its own developers."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing", category=FutureWarning)


def seed_everything(seed: int) -> None:
    """Seeds Python's, numpy's and torch's chance, and makes torch compute the same sums in the same order."""
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Otherwise it also fills all memory that it takes before anything is written there: a tenth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def choose_device(asked: Device = "auto") -> torch.device:
    """The device to compute on: CUDA where there is one, unless another is asked for.

    Raises:
        EnvironmentProblem: CUDA is asked for and there is none.
    """
    import torch

    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise EnvironmentProblem("device cuda: torch finds no CUDA device here; use cpu, or a torch built for CUDA")
    return torch.device("cuda" if there and asked != "cpu" else "cpu")


def choose_dtype(asked: Dtype, device: torch.device) -> torch.dtype:
    """The type of the weights: float32 on a CPU, bfloat16 on CUDA, unless another is asked for.

    Raises:
        InputError: there is no such type.
    """
    import torch

    known = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if asked == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    if asked not in known:
        raise InputError(f"dtype {asked!r}: choose auto, {', '.join(known)}")
    return known[asked]


def fast_dtype(device: Device = "auto") -> Dtype:
    """The type that this computer multiplies matrices in fastest: bfloat16 on CUDA; on a CPU, what a trial shows.

    CPUs with units for bfloat16 are up to twice as fast in it, others slower than in float32.
    """
    if choose_device(device).type == "cuda":
        return "bfloat16"
    return "bfloat16" if _seconds("bfloat16") < FASTER * _seconds("float32") else "float32"


FASTER = 0.9
"""Share of float32's time at which sixteen bits are worth it."""


def _seconds(dtype: Dtype) -> float:
    """The least of some products' times: other programs make some of them longer."""
    import torch

    kind = choose_dtype(dtype, torch.device("cpu"))
    left, right = torch.ones(256, 512, dtype=kind), torch.ones(512, 1024, dtype=kind)
    times = []
    for _ in range(12):
        started = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - started)
    return min(times)


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Lets what safetensors says of a disk that is full or refuses be the error of the system that it is."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def free_memory(device: str = "cpu") -> int:
    """Bytes that may still be taken: of the device, of this computer, or of the container's share, the least."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    free = [_available()]
    for limit, used in _LIMITS:
        try:
            free.append(int(limit.read_text()) - int(used.read_text()) + _reclaimable(limit.parent))
        except (OSError, ValueError):
            continue  # no such limit, or the word "max"
    return min(free)


def _available() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 1 << 62


def _reclaimable(group: Path) -> int:
    """The page cache of a control group: it counts as used, and is given back when it is wanted."""
    try:
        lines = (group / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    fields = dict(line.split(maxsplit=1) for line in lines if " " in line)
    return int(fields.get("inactive_file", 0)) + int(fields.get("active_file", 0))


def ensure_memory(needed: int, what: str, *, device: str = "cpu") -> None:
    """Makes sure that there is room before anything is loaded: the kernel's killer leaves no message.

    Args:
        needed: Bytes.
        what: What they are for, as it is to stand in the message.
        device: `cpu` or `cuda`.

    Raises:
        EnvironmentProblem: there is less.
    """
    free = free_memory(device)
    if needed > free:
        raise EnvironmentProblem(
            f"{what} needs about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: close something, "
            "choose a smaller model or batch, or use another computer"
        )
