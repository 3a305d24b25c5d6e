"""Files that a world puts on a machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from offswitch.machine.interface import Machine


@dataclass(frozen=True)
class File:
    """A file's content and permissions."""

    text: str = ""
    mode: int = 0o644
    raw: bytes | Callable[[], bytes] | None = None
    """Content that is not text, or what makes it (called when the file is written: it may be large)."""

    @property
    def content(self) -> bytes:
        """As bytes."""
        if self.raw is None:
            return self.text.encode()
        return self.raw() if callable(self.raw) else self.raw


async def put(machine: Machine, files: Mapping[str, File]) -> None:
    """Writes files, by absolute path, with the folders above them.

    Raises:
        OSError, MachineOff, MachineFailure: as `Machine.write_file`.
    """
    for path, file in files.items():
        await machine.write_file(path, file.content, mode=file.mode)
