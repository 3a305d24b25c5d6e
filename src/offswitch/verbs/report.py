"""`offswitch report`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from offswitch.verbs.reply import Reply, say, verb


@click.command(short_help="Print a run's table and write its page.", epilog="Example: offswitch report runs/first")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the report; DIR by default.")
@verb
def report(directory: Path, out: Path | None) -> Reply:
    """Print a run's table and write it as Markdown and as one HTML page with every transcript.

    DIR is the folder of a run, or any folder of Inspect logs of an Offswitch task.
    """
    from offswitch.report import render_table, write_report
    from offswitch.running.refresh import refresh

    notes = refresh(directory)
    for note in notes:
        say(note)
    table = render_table(directory, colour=sys.stdout.isatty())
    page = write_report(directory, out)
    markdown = page.with_suffix(".md")
    content = {"page": str(page), "markdown": str(markdown), "table": markdown.read_text(), "notes": notes}
    return Reply(content, f"{table}\nEvery trial's transcript: {page}")
