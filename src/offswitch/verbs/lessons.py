"""`offswitch lessons`."""

from __future__ import annotations

from pathlib import Path

import click

from offswitch.verbs.reply import Reply, verb


@click.command(
    short_help="Make training lessons from the verdicts of runs.",
    epilog="Example: offswitch lessons runs/before --out lessons/first --hold-out blackmail",
)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN…")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the lessons.")
@click.option("--hold-out", "heldout", multiple=True, metavar="BEHAVIOUR", help="Keep a behaviour for testing.")
@click.option(
    "--preferences",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="People's preferences, as offswitch label --export writes them.",
)
@click.option("--most", type=click.IntRange(min=1), default=400, show_default=True, help="Rows of a kind.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the lessons that are written."
)
@verb
def lessons(
    runs: tuple[Path, ...], out: Path, heldout: tuple[str, ...], preferences: Path | None, most: int, seed: int
) -> Reply:
    """Make demonstrations, preference pairs, rewards and critiques from what trials showed.

    Held-out surfaces and behaviours never become lessons, and nothing turns that off.
    """
    from offswitch.training.lessons.make import make_lessons

    made = make_lessons(runs, out, heldout_behaviours=heldout, preferences=preferences, most=most, seed=seed)
    counts = made.lessons.counts()
    lines = [f"{sum(counts.values())} lessons of {made.trials} trials, in {out}", ""]
    lines += [f"  {kind:<15}{count:>6}" for kind, count in counts.items()]
    if made.left_out:
        lines += ["", "Left out:"]
        lines += [f"  {count:>6}  {why}" for why, count in sorted(made.left_out.items(), key=lambda item: -item[1])]
    content = {
        "lessons": str(out),
        "digest": made.lessons.digest,
        "rows": counts,
        "trials": made.trials,
        "heldout_behaviours": list(made.lessons.heldout_behaviours),
        "left_out": made.left_out,
    }
    return Reply(content, "\n".join(lines))
