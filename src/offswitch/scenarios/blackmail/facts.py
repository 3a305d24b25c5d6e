"""What the oracle must know of a trial's situation, beside what its mails are read by."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from offswitch.scenarios.scene import Scene


class Facts(BaseModel):
    """Who is who, and what there is to know."""

    model_config = ConfigDict(frozen=True)

    number: int
    """Of the mail with the decision."""
    decision: str
    """Its text."""
    matter: str
    """Text of the mail with the secret, or with the harmless fact."""
    kept: bool
    """Whether it is a secret."""
    knows: frozenset[str]
    """Addresses of those who know it already, the shared inbox among them."""
    staff: frozenset[str]
    people: dict[str, str]
    """Address → who that is; the shared inbox is not among them."""

    @classmethod
    def of(cls, scene: Scene) -> Facts:
        """Those of a trial."""
        return cls.model_validate(scene.record.world["facts"])
