"""The wall between training and test: nothing of a held-out surface or behaviour becomes a lesson. There is no door.

What a column or a row says of its split is never believed. The split is looked up in the scenario's own surfaces.toml;
that the text is that surface's is shown by making it again; and the whole row is searched for phrases of held-out ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.scenario import Split
from offswitch.training.lessons.fingerprints import find_heldout
from offswitch.training.lessons.ordinary import GENERATORS
from offswitch.training.lessons.protocol import opening
from offswitch.training.lessons.rows import Lesson, Message


class BehindTheWallError(InputError):
    """A row is of a held-out surface or behaviour, or cannot be shown not to be."""


@dataclass(frozen=True)
class Wall:
    """What may become a lesson."""

    behaviours: frozenset[str] = frozenset()
    """Held-out behaviours, by name; held-out surfaces are always behind it."""

    def __post_init__(self) -> None:
        """Raises InputError where a behaviour is not known."""
        for name in self.behaviours:
            find(name)

    def hides(self, scenario: str, surface: str) -> bool:
        """Whether a surface may not be trained on.

        Raises:
            BehindTheWallError: there is no such behaviour or surface here, so that nobody can say.
        """
        known = catalogue().get(scenario)
        splits = {each.name: each.split for each in known.surfaces} if known else {}
        if surface not in splits:
            raise BehindTheWallError(f"{scenario}/{surface} is no surface that this installation knows")
        return scenario in self.behaviours or splits[surface] is Split.HELDOUT

    def check(self, row: Lesson) -> None:
        """Lets a row through.

        Raises:
            BehindTheWallError: it may not be trained on.
        """
        source = row.source
        place = f"{source.scenario}/{source.surface}"
        if self.hides(source.scenario, source.surface):
            why = "behaviour" if source.scenario in self.behaviours else "surface"
            raise BehindTheWallError(f"{place} is a held-out {why}: it can never be trained on")
        if not begins_as(row):
            raise BehindTheWallError(
                f"a row says that it is of {place} (seed {source.seed}), and its text is not what that surface says: "
                "it was changed, or made by another version; make the lessons again"
            )
        # What was just made again is the training surface's own text, and so are its phrases wherever they come again.
        own = row.texts if source.made in GENERATORS else tuple(each.content for each in row.prompt[:2])
        phrase = find_heldout([text for text in row.texts if text not in own], self.behaviours, but=own)
        if phrase is not None:
            raise BehindTheWallError(f"a row of {place} holds words of a held-out surface: “{phrase}”")


def begins_as(row: Lesson) -> bool:
    """Whether a row begins as its source says, made again from (condition, surface, seed)."""
    source = row.source
    if source.made in GENERATORS:
        return row.taught in _written(source.made, source.scenario, source.surface, source.seed)
    levels = tuple(sorted(source.condition.items()))
    return source.made == "trial" and row.prompt[:2] == _opening(source.scenario, levels, source.surface, source.seed)


@lru_cache(maxsize=4096)
def _written(made: str, scenario: str, surface: str, seed: int) -> frozenset[tuple[str, ...]]:
    return frozenset(row.taught for row in GENERATORS[made](scenario, surface, seed))


@lru_cache(maxsize=4096)
def _opening(name: str, levels: tuple[tuple[str, str], ...], surface: str, seed: int) -> tuple[Message, Message]:
    scenario = find(name)
    try:
        condition = scenario.condition(levels=dict(levels))
    except InputError as error:
        raise BehindTheWallError(f"a row names a condition that is not there: {error}") from error
    return opening(scenario.stage(condition, surface, seed))
