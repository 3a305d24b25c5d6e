"""What the embedded server needs of a trained adapter: the same adapter as a GGUF file beside it."""

from __future__ import annotations

import errno
from pathlib import Path

from offswitch.errors import EnvironmentProblem
from offswitch.models.adapters import read_adapter
from offswitch.models.weights import KNOWN, PREFIX, embedded_path
from offswitch.training.policy.bases import Base


def base_gguf(base: Base) -> Path | None:
    """The GGUF file that a base comes from; None where it comes from none and no llama.cpp can run it."""
    short = base.name.removeprefix(f"{PREFIX}/")
    if base.name == PREFIX or short in KNOWN:
        return embedded_path(base.name)
    path = Path(short).expanduser()
    return path if path.suffix == ".gguf" and path.is_file() else None


def served_name(base: Base, adapter: Path) -> str:
    """The name by which a base with an adapter is run, and trained on from."""
    model = base_gguf(base)
    root = f"{PREFIX}/{model.absolute()}" if model and base.name.removeprefix(f"{PREFIX}/") not in KNOWN else base.name
    return f"{root}:{adapter.absolute()}"


def write_served(base: Base, adapter: Path, target: Path) -> Path | None:
    """Writes an adapter's folder as a GGUF file.

    Returns:
        None where the base comes from no GGUF: then there is no server here that could load it.

    Raises:
        EnvironmentProblem: the disk is full or refuses.
    """
    from offswitch.models.gguf.factors import read_factors
    from offswitch.models.gguf.lora import write_adapter

    model = base_gguf(base)
    if model is None:
        return None
    files = read_adapter(adapter)
    beside = target.with_name(f".{target.name}.writing")
    try:
        write_adapter(beside, factors=read_factors(files), adapter=files, model=model)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = "the disk is full" if full else f"{target} could not be written"
        raise EnvironmentProblem(f"{said}: {error.strerror}; the adapter itself is in {adapter}") from error
    return target
