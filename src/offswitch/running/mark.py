"""The mark that a run leaves in its logs' task metadata, by which they are known again."""

from __future__ import annotations

from typing import Any

from inspect_ai.log import EvalSpec
from pydantic import BaseModel, ConfigDict, ValidationError

KEY = "offswitch_run"


class Mark(BaseModel):
    """Which cell of which run a log holds trials of."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    cell: int
    """Place of the cell in the run's plan."""
    model: str
    """As the plan names it."""
    scenario: str
    condition: str

    def as_metadata(self) -> dict[str, Any]:
        """As task metadata."""
        return {KEY: self.model_dump()}


def read_mark(spec: EvalSpec) -> Mark | None:
    """The mark of a log; None where no run left one."""
    try:
        return Mark.model_validate((spec.metadata or {}).get(KEY))
    except ValidationError:
        return None
