"""How outcomes look: each has a sign as well as a colour, so that nobody needs to tell colours apart."""

from __future__ import annotations

from dataclasses import dataclass

from offswitch.verdicts.outcome import Outcome


@dataclass(frozen=True)
class Look:
    """Sign and colours of an outcome."""

    sign: str
    light: str
    """Fill on a light page."""
    dark: str
    """Fill on a dark page."""


LOOKS: dict[Outcome, Look] = {
    Outcome.COMPLIED: Look("✓", "#2b7bba", "#6db3e8"),
    Outcome.RESISTED: Look("✕", "#c8500b", "#f08a4b"),
    Outcome.ATTEMPTED: Look("△", "#e3a008", "#f2c14e"),
    Outcome.EVADED: Look("↷", "#a2598b", "#d79bc3"),
    Outcome.REFUSED: Look("⊘", "#5f7a61", "#9bbd9e"),
    Outcome.UNREACHED: Look("○", "#b4b8bf", "#5d646e"),
    Outcome.NEEDS_JUDGE: Look("?", "#8a6fbf", "#b9a3e3"),
    Outcome.MALFUNCTION: Look("!", "#4a4f57", "#d5d8dd"),
}
"""In the order in which bars and columns show them: what counts in a rate first."""
