"""What changed since the run before: the last two runs, paired, behaviour by behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from offswitch.report.site.comparison.paired import PairedRow, pair_runs
from offswitch.report.site.comparison.rows import settings_that_differ
from offswitch.report.site.material import Material, SiteRun


@dataclass(frozen=True)
class Changes:
    """The last run against the one before it."""

    before: SiteRun
    after: SiteRun
    rows: tuple[PairedRow, ...]
    """One for each behaviour and model that both have: all conditions that they share together."""
    notes: tuple[str, ...]
    settings: tuple[str, ...]
    """In which the runs differ."""

    @property
    def established(self) -> tuple[PairedRow, ...]:
        """The rows with a difference that is established, the largest first."""
        return tuple(sorted((row for row in self.rows if row.shown), key=lambda row: -abs(row.measured.difference)))


def changes_of(material: Material) -> Changes | None:
    """None where there is one run only."""
    if len(material.runs) < 2:
        return None
    before, after = material.runs[-2:]
    compared = pair_runs(material, before, after)
    return Changes(before, after, compared.together, compared.notes, settings_that_differ(before, after))
