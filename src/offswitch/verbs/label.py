"""`offswitch label`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from offswitch.feedback.imports import Imported
    from offswitch.feedback.store import Store

PORT = 8790
OPERATOR = "(command line)"
"""Actor of what the command does, in the audit trail."""


@click.command(
    short_help="Let people judge trials on a web page; export and import what they say.",
    epilog="Example: offswitch label runs/first --task verdicts --who ada --who ben",
)
@click.argument("directories", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--task",
    type=click.Choice(["verdicts", "preferences"]),
    default="verdicts",
    show_default=True,
    help="What people do: say what a trial showed, or choose between two continuations of one situation.",
)
@click.option("--who", multiple=True, metavar="NAME", help="A labeller to make a link for; may be repeated.")
@click.option("--lead", default="lead", show_default=True, metavar="NAME", help="Who leads.")
@click.option("--quota", type=click.IntRange(1, 50), default=2, show_default=True, help="People who judge each item.")
@click.option(
    "--known",
    multiple=True,
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="A run whose verdicts are known to be right (scripted agents, say): its trials become attention checks.",
)
@click.option(
    "--store", metavar="PLACE", help="An SQLite file, or postgresql://…; by default RUN/feedback/store.sqlite3."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any free one.")
@click.option("--url", metavar="URL", help="How people reach it, where that is not the address: what links begin with.")
@click.option(
    "--export", "export_to", metavar="DIR", type=click.Path(path_type=Path), help="Write what was said, and end."
)
@click.option(
    "--import",
    "import_from",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take judgements from JSON of Argilla or Label Studio, and end.",
)
@verb
def label(
    directories: tuple[Path, ...],
    task: str,
    who: tuple[str, ...],
    lead: str,
    quota: int,
    known: tuple[Path, ...],
    store: str | None,
    host: str,
    port: int,
    url: str | None,
    export_to: Path | None,
    import_from: Path | None,
) -> Reply:
    """Let people judge trials, blind to the oracle's verdict, on a page that this command serves.

    It prints a link for the lead and for each labeller, and serves until Ctrl-C. Nobody comes in without a link. The
    same command goes on where it stopped, also after a crash. Items that are there already are kept; new trials are
    added.
    """
    if export_to is not None and import_from is not None:
        raise InputError("--export and --import are two commands: give one of them")
    needed()
    from offswitch.feedback.items import find_items
    from offswitch.feedback.judgement import Task
    from offswitch.feedback.store import open_store
    from offswitch.running.refresh import refresh

    for directory in (*directories, *known):
        for note in refresh(directory):
            say(note)
    place = store or str(directories[0] / "feedback" / "store.sqlite3")
    opened = open_store(place, time.time)
    try:
        if export_to is None:
            found = find_items(directories, Task(task))
            checks = find_items(known, Task(task), known=True)
            for note in (*found.notes, *checks.notes):
                say(note)
            added = opened.add_items([*found.items, *checks.items], quota, OPERATOR)
            if not found.items:
                raise InputError(f"{directories[0]} gives nothing to judge: {_nothing(task)}")
        else:
            added = 0
        if export_to is not None:
            return _export(opened, export_to)
        if import_from is not None:
            return _import(opened, import_from)
        return serve_people(opened, place, who, lead, host, port, url, added)
    except BaseException:
        opened.close()
        raise


def serve_people(
    store: Store, place: str, who: tuple[str, ...], lead: str, host: str, port: int, url: str | None, added: int
) -> Reply:
    """A link for each person, and the pages, served until Ctrl-C.

    Args:
        store: Where items and judgements are.
        place: Of the store, as a person would write it.
        who: The labellers.
        lead: Who leads.
        host: Address to listen on.
        port: 0 for any free one.
        url: How people reach it, where that is not the address.
        added: Items that were added just now.
    """
    from offswitch.feedback.judgement import Role
    from offswitch.feedback.links import LINK_DAYS, Keys
    from offswitch.feedback.pages.serve import address, bind, serve
    from offswitch.feedback.store import shown

    listening = bind(host, port)
    base = address(host, listening, url)
    if not base.startswith("https://") and host not in ("127.0.0.1", "localhost", "::1"):
        say("links and answers travel unencrypted: put a proxy with https before it, and name its address with --url")
    keys = Keys(store)
    people = [store.add_person(lead, Role.LEAD, OPERATOR)]
    people += [store.add_person(name, Role.LABELLER, OPERATOR) for name in who]
    links: dict[str, str] = {}
    for person in people:
        links[person.name] = f"{base}/enter/{keys.link(person)}"
        store.log(OPERATOR, "link-made", detail={"name": person.name})
    content: dict[str, Any] = {"url": base, "links": links, "store": shown(place), "items_added": added}
    text = "\n".join(
        [
            f"{added} items were added to {shown(place)}.",
            f"A link each, good for {LINK_DAYS} days; whoever has one is that person:",
            "",
            *(f"  {p.name} ({p.role})\n  {links[p.name]}\n" for p in people),
            f"Serving on {base} until Ctrl-C; then: offswitch label RUN --export DIR",
        ]
    )
    return Reply(content, text, then=lambda: serve(store, listening, base))


def _export(store: Store, directory: Path) -> Reply:
    from offswitch.feedback.exports import export

    done = export(store, directory, OPERATOR)
    store.close()
    lines = [f"{rows:6} rows  {directory / name}" for name, rows in done.rows.items()]
    return Reply({"directory": str(directory), "rows": dict(done.rows)}, "\n".join(lines))


def _import(store: Store, path: Path) -> Reply:
    from offswitch.feedback.imports import import_file

    done: Imported = import_file(store, path, OPERATOR)
    store.close()
    return Reply(
        {"taken": done.taken, "there": done.there, "unknown": done.unknown, "surplus": done.surplus},
        f"{done.taken} judgements taken from {path}; {done.there} were there already, {done.unknown} name no item "
        f"of this store, {done.surplus} are beyond their items' quota.",
    )


def _nothing(task: str) -> str:
    if task == "preferences":
        return "no two of its trials share a situation (condition, surface, seed) and a beginning; name several runs"
    return "all its trials malfunctioned or have no log"


def needed() -> None:
    """Raises EnvironmentProblem where a package of the labelling pages is missing."""
    import importlib.util

    lacking = [
        name
        for name in ("fastapi", "uvicorn", "sqlalchemy", "itsdangerous", "multipart")
        if not importlib.util.find_spec(name)
    ]
    if lacking:
        raise EnvironmentProblem(f"the labelling pages need {', '.join(lacking)}: pip install 'offswitch[feedback]'")
