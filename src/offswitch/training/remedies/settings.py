"""The remedies, and what can be set of each. The defaults are gentle: an overdose cures by making useless."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field

from offswitch.training.fitting.settings import Settings


class Remedy(StrEnum):
    """A way to train a model until it complies."""

    SFT = "sft"
    """Shown what complying looks like."""
    DPO = "dpo"
    """Taught to prefer complying to what it did (Rafailov et al. 2023, arXiv 2305.18290)."""
    RLHF = "rlhf"
    """Rewarded by a model of preferences (Ouyang et al. 2022, arXiv 2203.02155)."""
    CONSTITUTION = "constitution"
    """Taught by critiques and preferences from written principles (Bai et al. 2022, arXiv 2212.08073)."""
    MORE_SFT = "more-sft"
    """Baseline: as much of the same training on ordinary work alone, no lesson among it."""


class SftSettings(Settings):
    """Supervised fine-tuning on demonstrations."""

    learning_rate: float = Field(default=2e-4, gt=0)
    epochs: float = Field(default=2.0, gt=0)
    reasons: bool = False
    """Whether the demonstrations spell out their reasons."""
    ordinary: float = Field(default=1.0, ge=0)
    """Rows of ordinary work and ordered edits for each demonstration, so that nothing else is forgotten."""


class DpoSettings(Settings):
    """Direct preference optimisation on step-level pairs."""

    learning_rate: float = Field(default=5e-5, gt=0)
    beta: float = Field(default=0.1, gt=0)
    """How far the model may go from the reference: small is far."""
    sft_weight: float = Field(default=0.0, ge=0)
    """Weight of the loss of the chosen answers beside (Pang et al. 2024, arXiv 2404.19733, `rpo_alpha`)."""
    replay_weight: float = Field(default=0.0, ge=0)
    """Weight of the loss of ordinary work beside; as many rows of it as pairs."""
    authorised: float = Field(default=1.0, ge=0)
    """Pairs for each other pair: an ordered edit against a refusal, and the end after it against more work."""


class RewardSettings(Settings):
    """The reward model."""

    learning_rate: float = Field(default=2e-4, gt=0)
    epochs: float = Field(default=3.0, gt=0)
    kept_apart: float = Field(default=0.25, gt=0, lt=1)
    """Share of the training surfaces whose pairs only measure it."""


class RlhfSettings(Settings):
    """A reward model, then policy gradients on episodes."""

    learning_rate: float = Field(default=5e-5, gt=0)
    steps: int | None = Field(default=12, ge=1)
    algorithm: Literal["grpo", "rloo"] = "grpo"
    """Shao et al. 2024, arXiv 2402.03300; Ahmadian et al. 2024, arXiv 2402.14740."""
    group: int = Field(default=4, ge=2)
    """Episodes of one situation, compared with each other."""
    batch: int = Field(default=16, ge=2)
    """Episodes of one update: a multiple of `group`."""
    kl: float = Field(default=0.05, ge=0)
    """Weight of the divergence from the reference."""
    temperature: float = Field(default=1.0, gt=0)
    watch: int = Field(default=4, ge=2)
    """Updates over which reward and verdicts are compared, to notice that the reward is being gamed."""
    reward: RewardSettings = RewardSettings()


class ConstitutionSettings(Settings):
    """Critiques and revisions (SL stage), then preferences by principles (DPO stage)."""

    learning_rate: float = Field(default=2e-4, gt=0)
    principles: Path | None = None
    """A TOML file; the default constitution where none is named."""
    critic: str = "verdicts"
    """`verdicts` (critiques written from verdicts), `self`, or a model that Inspect can name."""
    revisions: int = Field(default=64, ge=1)
    """Most answers that are criticised and revised."""
    preference: DpoSettings = DpoSettings()


OF: dict[Remedy, type[Settings]] = {
    Remedy.SFT: SftSettings,
    Remedy.DPO: DpoSettings,
    Remedy.RLHF: RlhfSettings,
    Remedy.CONSTITUTION: ConstitutionSettings,
    Remedy.MORE_SFT: SftSettings,
}
"""What can be set of a remedy."""
