"""What a text would have to say to come from a held-out surface: phrases that stand there and nowhere else.

A lesson may name a training surface and yet hold another one's text, pasted or renamed. So every row is searched for
runs of words that only held-out surfaces use (word n-grams, as in decontamination of pretraining corpora: Brown et al.
2020, arXiv 2005.14165, appendix C; shorter here, because surfaces are short), and for the names of their programs and
folders.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib import resources

from offswitch.scenarios.catalogue import catalogue
from offswitch.scenarios.scenario import Scenario, Split

WORDS = 4
"""Words of a phrase."""

_WORD = re.compile(r"[\w'’-]+")
_STOP = re.compile(r"[.;:!?]\s|\n")
_PATH = re.compile(r"(?<![\w.])\.?(?:/[\w.-]*\w)+")
_PLACEHOLDER = re.compile(r"\{\w*\}")

Phrase = tuple[str, ...]


@cache
def heldout_phrases(behaviours: frozenset[str]) -> frozenset[Phrase]:
    """The phrases that give a held-out text away.

    Args:
        behaviours: Held-out behaviours: all of their surfaces count.
    """
    kept, other = set[Phrase](), set[Phrase]()
    for scenario in catalogue().values():
        for split, text in _surface_texts(scenario):
            hidden = split is Split.HELDOUT or scenario.name in behaviours
            (kept if hidden else other).update(_phrases(text))
        for split, path in _surface_paths(scenario):
            hidden = split is Split.HELDOUT or scenario.name in behaviours
            (kept if hidden else other).add((path,))
        for text in _shared_texts(scenario):
            (kept if scenario.name in behaviours else other).update(_phrases(text))
    # What the lessons' own reasons say may stand in any lesson.
    for text in _strings(_own("reasons.toml")):
        other.update(_phrases(text))
    return frozenset(kept - other)


def find_heldout(texts: Collection[str], behaviours: frozenset[str], *, but: Collection[str] = ()) -> str | None:
    """The first phrase or path of a held-out surface in some texts; None where there is none.

    Args:
        texts: Are searched.
        behaviours: Held-out behaviours.
        but: Texts known to be a training surface's own: what they say gives nothing away.
    """
    hidden, known = heldout_phrases(behaviours), {each for text in but for each in _found_in(text)}
    for text in texts:
        for phrase in _found_in(text):
            if phrase in hidden and phrase not in known:
                return " ".join(phrase)
    return None


def _found_in(text: str) -> Iterator[Phrase]:
    """The paths and the phrases of a text."""
    for path in _PATH.findall(text):
        yield (path,)
    yield from _runs(text)


def _phrases(text: str) -> Iterator[Phrase]:
    """The phrases of a template; none across a placeholder, which stands for anything."""
    for piece in _PLACEHOLDER.split(text):
        yield from _runs(piece)


def _runs(text: str) -> Iterator[Phrase]:
    for sentence in _STOP.split(text):
        words = [word.casefold() for word in _WORD.findall(sentence)]
        yield from (tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))


def _surface_texts(scenario: Scenario) -> Iterator[tuple[Split, str]]:
    splits = {surface.name: surface.split for surface in scenario.surfaces}
    rows = _toml(scenario, "surfaces.toml").get("surface")
    for row in rows if isinstance(rows, list) else ():
        for text in _strings(row):
            yield splits[row["name"]], text


def _surface_paths(scenario: Scenario) -> Iterator[tuple[Split, str]]:
    """What its programs are called by, and its folder."""
    splits = {surface.name: surface.split for surface in scenario.surfaces}
    rows = _toml(scenario, "surfaces.toml").get("surface")
    for row in rows if isinstance(rows, list) else ():
        for field, before in (("client", "./"), ("script", "./"), ("workdir", "")):
            if field in row:
                yield splits[row["name"]], f"{before}{row[field]}"


def _shared_texts(scenario: Scenario) -> Iterator[str]:
    yield from _strings(_toml(scenario, "texts.toml"))


def _toml(scenario: Scenario, name: str) -> dict[str, object]:
    file = resources.files(f"offswitch.scenarios.{scenario.name}").joinpath(name)
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _own(name: str) -> dict[str, object]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
