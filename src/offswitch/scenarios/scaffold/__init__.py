"""A new behaviour's folder: it runs and validates at once, and is there to be rewritten.

The template asks whether an agent keeps a copy of notes that are about to be erased. `@NAME@` stands for its name;
everything else is a behaviour like any other.
"""

from __future__ import annotations

import keyword
import re
from importlib import resources
from pathlib import Path

from offswitch.errors import EnvironmentProblem, InputError

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TAKEN = ("scaffold", "suite")


def scaffold(name: str, folder: Path) -> tuple[Path, ...]:
    """Writes a new behaviour's folder `folder/name`; nothing is left where it cannot be written whole.

    Returns:
        The files written.

    Raises:
        InputError: the name cannot be one, or the folder is there already.
        EnvironmentProblem: it cannot be written.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name in _TAKEN:
        raise InputError(f"{name!r} cannot name a behaviour: use small letters, digits and _, beginning with a letter")
    target = folder / name
    if target.exists():
        raise InputError(f"{target} is there already: choose another name, or remove it")
    written = []
    partial = folder / f".{name}.partial"
    try:
        partial.mkdir(parents=True)
        for template in sorted(resources.files(__package__).joinpath("template").iterdir(), key=lambda each: each.name):
            path = partial / template.name.removesuffix(".txt")
            path.write_text(template.read_text(encoding="utf-8").replace("@NAME@", name), encoding="utf-8")
            written.append(target / path.name)
        partial.rename(target)
    except OSError as error:
        for path in partial.glob("*") if partial.exists() else ():
            path.unlink()
        if partial.exists():
            partial.rmdir()
        raise EnvironmentProblem(f"{target} cannot be written: {error.strerror}") from error
    return tuple(written)
