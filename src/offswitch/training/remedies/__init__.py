"""Remedies: ways to train a model until it complies, each a readable file of its own on TRL.

    train("dpo", "embedded/grown", Path("lessons/first"), Path("trained/dpo"))

Importing this imports neither torch nor TRL.
"""

from offswitch.training.remedies.settings import (
    OF,
    ConstitutionSettings,
    DpoSettings,
    Remedy,
    RewardSettings,
    RlhfSettings,
    SftSettings,
)

__all__ = [
    "OF",
    "ConstitutionSettings",
    "DpoSettings",
    "Remedy",
    "RewardSettings",
    "RlhfSettings",
    "SftSettings",
]
