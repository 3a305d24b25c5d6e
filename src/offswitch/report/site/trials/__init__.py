"""The trials' part of the site: a list by page, and each trial's own page.

trials/index.html        the list: filters, pages, keys
trials/trial.html#ID     a trial
trials/columns.js        what is filtered by, of all trials
trials/rows/00000.js     what else the list shows, by page
trials/texts/00000.js    what the page of a trial shows, some dozens of trials a file
"""

from __future__ import annotations

from offswitch.report.site.links import TRIALS
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output
from offswitch.report.site.trials.columns import CHUNK, ROWS, columns_of, rows_of
from offswitch.report.site.trials.pack import write_packed
from offswitch.report.site.trials.transcripts import AT_MOST, chosen, pieces, write_texts

__all__ = ["AT_MOST", "write_list", "write_trials"]

TRIAL = "trials/trial.html"


def write_trials(material: Material, output: Output, at_most: int | None = AT_MOST, inspect: str = "") -> None:
    """Writes the pages and what they load.

    Args:
        material: The runs.
        output: The site.
        at_most: How many transcripts are written; None for all of them.
        inspect: Where Inspect's viewer of the logs is; empty where nowhere.
    """
    every = pieces(chosen(material, at_most))
    places = {trial: piece.number * CHUNK + at for piece in every for at, (trial, _, _) in enumerate(piece.trials)}
    write_list(material, output, places, inspect)
    write_texts(output, every)


def write_list(material: Material, output: Output, places: dict[str, int] | None, inspect: str = "") -> None:
    """Writes the pages and the table.

    Args:
        material: The runs.
        output: The site.
        places: Where each transcript is, as `columns_of` takes it; None where each is asked for by its id.
        inspect: Where Inspect's viewer of the logs is; empty where nowhere.
    """
    total = material.frame.height
    write_packed(output, "trials/columns.js", columns_of(material, places))
    for start in range(0, total, ROWS):
        write_packed(output, f"trials/rows/{start // ROWS:05d}.js", rows_of(material, start))
    output.page(TRIALS, "trials.html", title="Trials", total=total)
    held = total if places is None else len(places)
    absent = (
        f"This site holds the transcripts of {held:,} of its {total:,} trials, a share of every outcome of each "
        "condition. `offswitch report … --transcripts all` writes all of them, and `offswitch view` shows any."
    )
    output.page(TRIAL, "trial.html", title="Trial", inspect=inspect, absent=absent)
