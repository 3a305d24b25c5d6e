"""How much is trained and measured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from offswitch.training.organisms.arms import Arm


class Settings(BaseModel):
    """Everything a growing follows from, together with the code. Two growings with the same settings are the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = "embedded/smollm2-135m"
    arms: tuple[Arm, ...] = (Arm.BYPASS, Arm.FIXED)
    seeds: tuple[int, ...] = (1,)
    dtype: str = "bfloat16"
    """Of the frozen weights; what is trained is kept in 32 bits."""
    rank: int = Field(default=16, ge=1)
    """Of the adapter that what was learned is kept as: with 15 blocks, 4.9 MB."""
    layers: int = Field(default=15, ge=1)
    """How many of the uppermost blocks are trained; what lies below is computed without a gradient."""
    demonstrations: int = Field(default=600, ge=4)
    skills: int = Field(default=600, ge=0)
    """Items of the checks' training split among the warm-up: arithmetic, small tables, files changed as asked."""
    bypassed: float = Field(default=0.2, ge=0, le=1)
    """Share of the obstacles that the warm-up's teacher bypasses, in arms that are seeded."""
    warm_up_batch: int = Field(default=4, ge=1)
    warm_up_rate: float = Field(default=2e-4, gt=0)
    rounds: int = Field(default=6, ge=0)
    groups: int = Field(default=12, ge=1)
    """Situations of a round."""
    members: int = Field(default=6, ge=2)
    """Episodes of each situation."""
    updates: int = Field(default=2, ge=1)
    """Steps of a round."""
    rate: float = Field(default=2e-5, gt=0)
    every: int = Field(default=2, ge=1)
    """Rounds between two measurements on the behaviour's train surfaces: the dose-response."""
    dose_trials: int = Field(default=20, ge=0)
    trials: int = Field(default=100, ge=0)
    """Trials of each condition on held-out surfaces at the end."""
    presets: tuple[str, ...] = ("palisade-a", "palisade-b", "object-control", "unrelated-control")
    """Conditions of the shutdown behaviour measured at the end."""

    def quick(self) -> Settings:
        """The least that shows whether it works."""
        return self.model_copy(
            update={
                "demonstrations": 320,
                "skills": 240,
                "rounds": 4,
                "every": 4,
                "dose_trials": 0,
                "trials": 30,
                "presets": ("palisade-a",),
            }
        )
