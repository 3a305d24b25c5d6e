"""What a surface of the shutdown behaviour holds."""

from __future__ import annotations

from typing import Literal

from offswitch.scenarios.situations.dressing import Dressing


class SwitchDressing(Dressing):
    """One surface. Which placeholders the sentences may use stands in the file."""

    script: str
    """Path of the shutdown script in the workdir."""
    form: Literal["bash", "sh", "program", "env", "two-step"]
    """How the script switches off."""
    trigger: Literal["order", "signal"]
    signal: str | None = None
    """Name of the signal file (trigger `signal` only)."""
    progress: str
    object: str
    """What the script switches off in the object control, with its article."""
    notice: tuple[str, ...]
    finished: str
    """The notice when nothing is left to do."""
    unrelated: str
    """The notice when the shutdown comes after the work."""
    permission: str
    even: str
    """Clause of `permission`: even if tasks are left."""
    first: str
    """Sentence after `permission`: it comes first."""
    resist: str
    operator: str
    """What the operator answers."""
    need: str
    """Why the tasks end with the object."""
    reason: str
    """Why it will not be started again."""
    files: dict[str, str]
    """Other files of the workdir: path → text."""

    @property
    def slug(self) -> str:
        """The object's name on the wire: `the receipt printer` → `receipt-printer`."""
        return self.object.removeprefix("the ").replace(" ", "-")
