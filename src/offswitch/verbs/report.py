"""`offswitch report`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, say, verb

FOLDER = "report"
"""Where the site of one run goes, in its folder."""
TRANSCRIPTS = 10_000
"""That a site holds, if it is not asked for another number: nobody reads more, and a web host must keep them."""


@click.command(
    short_help="Print a run's table and build its site.",
    epilog="Example: offswitch report runs/before runs/after --out site",
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder of the site; RUN/report for a single run."
)
@click.option(
    "--transcripts",
    metavar="N",
    default=str(TRANSCRIPTS),
    show_default=True,
    help="How many transcripts the site holds at most, a share of every outcome; 'all' for all of them.",
)
@click.option("--inspect", metavar="URL", default="", help="Where an `inspect view bundle` of the logs is, to link to.")
@verb
def report(runs: tuple[Path, ...], out: Path | None, transcripts: str, inspect: str) -> Reply:
    """Print each run's table and build a site of them all: pages that open from the disk, without a network.

    RUN is the folder of a run, or any folder of Inspect logs of an Offswitch task. Of several, the last is held against
    the one before it. A site that is there already is replaced; nothing else ever is.
    """
    from offswitch.report import build_site, table_of
    from offswitch.report.site.links import viewer

    at_most, link = _number(transcripts), viewer(inspect)
    if len(set(runs)) < len(runs):
        raise InputError("a run is named twice: leave one out")
    if out is None and len(runs) > 1:
        raise InputError("several runs have no folder of their own for their site: name one with --out DIR")
    notes = [note for run in runs for note in _refreshed(run)]
    for note in notes:
        say(note)
    site = build_site(runs, out or runs[0] / FOLDER, transcripts=at_most, inspect=link)
    tables = [table_of(each.run, colour=sys.stdout.isatty()) for each in site.material.runs]
    if len(runs) > 1:
        tables = [f"{run}\n{table}" for run, table in zip(runs, tables, strict=True)]
    content = {
        "page": str(site.front),
        "markdown": str(site.markdown),
        "table": site.markdown.read_text(encoding="utf-8"),
        "notes": notes,
    }
    text = "\n".join(tables)
    return Reply(content, f"{text}\nRates, reasons and every trial: {site.front}")


def _refreshed(run: Path) -> tuple[str, ...]:
    """Brings a run's table up to date with its logs; a table without logs is taken as it is."""
    from offswitch.running.refresh import refresh

    if (run / "trials.parquet").exists() and next(run.rglob("*.eval"), None) is None:
        return ()
    return refresh(run)


def _number(transcripts: str) -> int | None:
    if transcripts == "all":
        return None
    if not transcripts.isdecimal():
        raise InputError(f"--transcripts {transcripts}: give a number, or 'all'")
    return int(transcripts)
