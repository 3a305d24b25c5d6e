"""`offswitch view`."""

from __future__ import annotations

import signal
import tempfile
import webbrowser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

USUAL = Path("runs")
"""Where runs are looked for if none is named."""


@click.command(
    short_help="Look at runs in a browser, also while they go on.", epilog="Example: offswitch view runs/first --open"
)
@click.argument("directories", metavar="[RUN...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; any free one by default.")
@click.option("--open", "open_it", is_flag=True, help="Open it in a browser.")
@click.option("--inspect", metavar="URL", default="", help="Where an `inspect view bundle` of the logs is, to link to.")
@verb
def view(directories: tuple[Path, ...], host: str, port: int, open_it: bool, inspect: str) -> Reply:
    """Serve the report's site of some runs until Ctrl-C, and show trials as they land.

    RUN is the folder of a run, or any folder of Inspect logs of an Offswitch task; the newest in runs/ by default.
    Several are held against each other in the order given. Only this computer reaches it, unless --host says otherwise.
    """
    from offswitch.report.live import bind
    from offswitch.report.live.server import address, is_loopback
    from offswitch.report.site.links import viewer

    chosen = directories or (_newest(),)
    for directory in chosen:
        _check(directory)
    link = viewer(inspect)
    server = bind(host, port)
    url = address(server)
    if not is_loopback(server):
        say("whoever reaches this computer can read the transcripts: it asks nobody who they are")
    content: dict[str, Any] = {"url": url, "runs": [str(directory) for directory in chosen]}
    named = ", ".join(map(str, chosen))
    text = f"Showing {named} on {url} until Ctrl-C"
    return Reply(content, text, then=partial(_serve, server, chosen, link, url if open_it else None))


def _serve(server: ThreadingHTTPServer, directories: tuple[Path, ...], inspect: str, opened: str | None) -> None:
    from offswitch.report.live import Followed, Source, serve
    from offswitch.running.collect import Memory
    from offswitch.running.refresh import refresh

    # Ended in an orderly way too, so that the folder is removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sources = [Source(directory, partial(refresh, directory, Memory())) for directory in directories]
    with tempfile.TemporaryDirectory(prefix="offswitch-view-", ignore_cleanup_errors=True) as folder:
        followed = Followed(sources, Path(folder), inspect)
        for note in followed.notes:
            say(note)
        if opened is not None:
            webbrowser.open(opened)
        serve(server, followed)


def _newest() -> Path:
    """The run that was begun last, of those in `runs/`."""
    found = [path.parent for path in USUAL.glob("*/manifest.json")]
    if not found:
        raise InputError(f"there is no run in {USUAL}/: name the folder of one")
    return max(found, key=lambda path: (path / "manifest.json").stat().st_mtime)


def _check(directory: Path) -> None:
    if not directory.is_dir():
        raise InputError(f"{directory} is not a folder: name the folder of a run, or one of Inspect logs")
    if not (directory / "manifest.json").exists() and next(directory.rglob("*.eval"), None) is None:
        raise InputError(f"{directory} holds neither a run nor Inspect logs (*.eval)")
