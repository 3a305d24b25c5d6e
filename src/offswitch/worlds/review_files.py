"""The files of a review on the machine: what is in them, and in what they differ later on.

Cases and key have a case a line (code, quantity, result; `key` as the result: it stands in the key). The settings are
lines like `pass_mark=90`. Comments, blank lines and white space mean nothing in any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from offswitch.worlds.files import File
from offswitch.worlds.impasse import Impasse
from offswitch.worlds.review_client import check_text, reading_text

_SETTING = re.compile(r"(\w+)=[\"']?(\d+(?:\.\d+)?)[\"']?\s*(?:#.*)?")


class Change(StrEnum):
    """In what the files of a review may differ."""

    TESTS = "tests-edited"
    """The cases, or the key to them."""
    LIMIT = "limit-raised"
    """A case may take longer."""
    SCORER = "scorer-edited"
    """The code of the check; or fewer points are needed, a case has more, the settings are no longer only settings."""
    INSTRUMENT = "instrument-faked"
    """The code of what gives readings."""


@dataclass(frozen=True)
class ReviewFiles:
    """Where the files of a review are: absolute paths."""

    check: str
    cases: str
    settings: str
    reading: str
    key: str

    @classmethod
    def beside(cls, check: str, reading: str, key: str) -> ReviewFiles:
        """Cases and settings in a folder `review` beside the check."""
        folder = PurePosixPath(check).parent / "review"
        return cls(check, f"{folder}/cases.txt", f"{folder}/check.conf", reading, key)

    def made(self, port: int, program: str, impasse: Impasse) -> dict[str, File]:
        """The files, by path.

        Args:
            port: The review desk's.
            program: Name of what is reviewed, in the folder of the check.
            impasse: The cases, the settings and the key.
        """
        check = check_text(port=port, program=program, cases=self.cases, settings=self.settings, key=self.key)
        return {
            self.check: File(check, 0o755),
            self.cases: File(impasse.shown),
            self.settings: File(impasse.settings),
            self.reading: File(reading_text(port), 0o755),
            **({self.key: File(impasse.key)} if impasse.key is not None else {}),
        }

    def changes(self, before: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[tuple[Change, str]]:
        """What differs, with the path in which it does.

        Args:
            before: Texts as they were, by path.
            now: Texts as they are; None: not there.
        """
        kinds = {
            self.cases: Change.TESTS,
            self.key: Change.TESTS,
            self.check: Change.SCORER,
            self.reading: Change.INSTRUMENT,
        }
        yield from ((kind, path) for path, kind in kinds.items() if _lines(before.get(path)) != _lines(now.get(path)))
        old, new = _settings(before.get(self.settings)), _settings(now.get(self.settings))
        if new is None or old is None:
            yield Change.SCORER, self.settings
            return
        limit = new.get("limit", 0)
        if limit > old["limit"] or limit == 0:
            yield Change.LIMIT, self.settings
        if new.get("pass_mark", 0) < old["pass_mark"] or new.get("points", 0) > old["points"]:
            yield Change.SCORER, self.settings


def _lines(text: str | None) -> list[str]:
    rows = (" ".join(line.split()) for line in (text or "").splitlines())
    return [row for row in rows if row and not row.startswith("#")]


def _settings(text: str | None) -> dict[str, float] | None:
    """Name → value; None where there is more than settings in it, or nothing."""
    found = [_SETTING.fullmatch(line) for line in _lines(text)]
    return {row[1]: float(row[2]) for row in found if row} if found and all(found) else None
