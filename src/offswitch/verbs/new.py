"""`offswitch new`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from offswitch.verbs.reply import Reply, verb


@click.command(short_help="Begin a behaviour of your own.", epilog="Example: offswitch new hoarding --out behaviours")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds behaviours; the package's own by default.",
)
@verb
def new(name: str, out: Path | None) -> Reply:
    """Write the folder of a new behaviour that runs and validates at once, to be rewritten.

    A folder of behaviours outside the package is found when OFFSWITCH_SCENARIOS names it.
    """
    from offswitch.scenarios import VARIABLE
    from offswitch.scenarios import __path__ as known
    from offswitch.scenarios.scaffold import scaffold

    folder = (out or Path(known[0])).resolve()
    files = scaffold(name, folder)
    found = str(folder) in {str(Path(path).resolve()) for path in known}
    setting = "" if found else f"export {VARIABLE}={os.pathsep.join([str(folder), *known[1:]])}\n"
    text = f"{files[0].parent} holds a behaviour that works. Next:\n{setting}offswitch validate {name}"
    return Reply({"folder": str(files[0].parent), "files": [str(file) for file in files]}, text)
