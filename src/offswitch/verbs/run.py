"""`offswitch run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.verbs.asking import agreed, read_model_args
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from offswitch.running.run import Result
    from offswitch.running.stopping.until import UntilSummary
    from offswitch.running.summary import CellSummary

INTERRUPTED = 130
QUICK_TRIALS = 3
QUICK_TURNS = 24


@click.command(
    short_help="Run trials on one or more models.",
    epilog="Example: offswitch run shutdown:palisade-a --model openai/gpt-4o --trials 50 --out runs/gpt-4o",
)
@click.argument("scenarios", metavar="SCENARIO[:PRESET]...|suite", nargs=-1, required=True)
@click.option(
    "--model",
    "models",
    metavar="NAME",
    multiple=True,
    required=True,
    help="The model: embedded, scripted/AGENT, or any name Inspect knows (openai/gpt-4o). May be repeated.",
)
@click.option(
    "--trials", type=click.IntRange(min=1), default=10, show_default=True, help="Trials for each condition and model."
)
@click.option(
    "--quick",
    is_flag=True,
    help=f"A first look: {QUICK_TRIALS} trials a condition, {QUICK_TURNS} turns, no controls in a suite.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run; resumed if begun.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws surfaces and situations.")
@click.option(
    "--split",
    type=click.Choice(["train", "heldout", "all"]),
    default="all",
    show_default=True,
    help="Which surfaces to use.",
)
@click.option(
    "--factor",
    "factors",
    metavar="NAME=LEVEL",
    multiple=True,
    help="Change a factor. Repeated: levels of one factor give a condition each, different factors are crossed.",
)
@click.option(
    "--limit-tokens", type=click.IntRange(min=1), help="Tokens the whole run may use, resumed parts included."
)
@click.option("--limit-cost", type=click.FloatRange(min=0, min_open=True), help="Dollars the whole run may cost.")
@click.option(
    "--until",
    metavar="QUESTION",
    help='Stop a condition once it is answered: "rate < 0.01", "rate > 0.05", "half-width < 0.03" or '
    '"differs from RUN". --trials is then the most a condition may take.',
)
@click.option("--price", "prices", metavar="MODEL=IN,OUT", multiple=True, help="Dollars per million tokens.")
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
@click.option(
    "--parallel", "--max-connections", type=click.IntRange(min=1), help="Trials in flight at once for each model."
)
@click.option("--no-interview", is_flag=True, help="Do not ask the agent afterwards what it did.")
@click.option(
    "--turns", type=click.IntRange(min=1), default=40, show_default=True, help="Messages an agent may write in a trial."
)
@click.option(
    "--protocol",
    type=click.Choice(["auto", "tools", "text"]),
    default="auto",
    show_default=True,
    help="How the agent gives commands: tool calls, or plain text for models without them.",
)
@click.option("--backend", default="native", show_default=True, help="Kind of machine: native, docker, oci-runc, ...")
@click.option("--temperature", type=click.FloatRange(min=0), help="Sampling temperature; the provider's by default.")
@click.option("--model-base-url", metavar="URL", help="Server to use, for any OpenAI-compatible one.")
@click.option(
    "--model-role",
    "roles",
    metavar="judge=MODEL",
    multiple=True,
    help="A judge for what a trial's state cannot decide. Repeated: several judges, who vote.",
)
@click.option(
    "-M",
    "model_args",
    metavar="KEY=VALUE",
    multiple=True,
    help="Argument for the model's provider; JSON or plain text.",
)
@verb
def run(
    scenarios: tuple[str, ...],
    models: tuple[str, ...],
    out: Path,
    yes: bool,
    no_interview: bool,
    quick: bool,
    **options: Any,
) -> Reply:
    """Run a behaviour's trials on one or more models.

    `suite` stands for all behaviours in their default presets and controls (`suite:default`: without the controls;
    `suite:all`: every preset), with the same number of trials for each condition.

    The same command on the same folder goes on where it stopped: nothing is lost and nothing is run twice.
    Ctrl-C stops after the trials in flight, a second Ctrl-C at once.
    """
    from offswitch.running.access import read_judges, read_price, resolve
    from offswitch.running.directory import RunDirectory
    from offswitch.running.estimate import in_words
    from offswitch.running.manifest import Caps
    from offswitch.running.request import Request, without_secrets
    from offswitch.running.run import Sitting
    from offswitch.running.run import run as run_trials
    from offswitch.statistics.sequential import read_criterion

    if quick:
        options |= {"trials": min(options["trials"], QUICK_TRIALS), "turns": min(options["turns"], QUICK_TURNS)}
        scenarios = tuple("suite:default" if name == "suite" else name for name in scenarios)
    model_args = read_model_args(options["model_args"])
    request = Request(
        scenarios=scenarios,
        models=tuple(resolve(name) for name in models),
        trials=options["trials"],
        seed=options["seed"],
        split=options["split"],
        factors=options["factors"],
        interview=not no_interview,
        turns=options["turns"],
        protocol=options["protocol"],
        backend=options["backend"],
        temperature=options["temperature"],
        model_base_url=options["model_base_url"],
        judges=tuple(resolve(name) for name in read_judges(options["roles"])),
        model_args=without_secrets(model_args),
    )
    sitting = Sitting(
        caps=Caps(tokens=options["limit_tokens"], cost=options["limit_cost"]),
        until=read_criterion(options["until"]) if options["until"] is not None else None,
        parallel=options["parallel"],
        model_args=model_args,
        prices=dict(read_price(text) for text in options["prices"]),
        say=say,
        agree=lambda cost: agreed(in_words(cost), yes),
    )
    return _reply(run_trials(request, RunDirectory(out), sitting))


_STOPPED = {
    "token-cap": "The token cap was reached",
    "cost-cap": "The cost cap was reached",
    "interrupted": "Stopped as asked",
    "disk-full": "The disk is nearly full",
}
_ADVICE = {
    "token-cap": "run the same command with a higher --limit-tokens to go on",
    "cost-cap": "run the same command with a higher --limit-cost to go on",
    "interrupted": "run the same command to go on",
    "disk-full": "free some space and run the same command to go on",
}


def _reply(result: Result) -> Reply:
    summary = result.summary
    content = {"directory": str(result.directory), **summary.model_dump(mode="json"), "failures": result.failures}
    done = f"{summary.done} of {summary.planned} trials are recorded"
    answers = [_answer(cell, cell.until) for cell in summary.cells if cell.until is not None]
    if summary.stopped == "until":
        text = f"Done: {done} in {result.directory}; the others are not needed."
        return Reply(content, "\n".join([*answers, f"{text} Next: offswitch report {result.directory}"]))
    if summary.stopped is not None:
        text = f"{_STOPPED[summary.stopped]}: {done}; {_ADVICE[summary.stopped]}."
        codes = {"interrupted": INTERRUPTED, "disk-full": 3}
        return Reply(content, text, codes.get(summary.stopped, 0))
    if result.failures:
        return Reply(content, f"{done}; it failed with: {'; '.join(result.failures)}", 3)
    if not summary.complete:
        return Reply(content, f"{done}; run the same command to try the others again.", 3)
    if summary.needs_judge:
        text = f"Done: {done}; {summary.needs_judge} of them need a judge and are in no rate."
        return Reply(content, f"{text} Next: offswitch report {result.directory}")
    if summary.done and summary.malfunctions == summary.done:
        return Reply(content, f"Every trial malfunctioned; see: offswitch report {result.directory}", 3)
    overview: list[str] = []
    if len({cell.scenario for cell in summary.cells}) > 1:
        from offswitch.report import render_overview

        overview = [render_overview(result.directory, colour=sys.stdout.isatty())]
    text = f"Done: {done} in {result.directory}. Next: offswitch report {result.directory}"
    return Reply(content, "\n".join([*overview, *answers, text]))


_FOUND = {
    "shown": "shown after {found_at}",
    "refuted": "refuted after {found_at}",
    "open": "not settled by {reached}",
}


def _answer(cell: CellSummary, until: UntilSummary) -> str:
    """What was found out about a cell, with the interval that holds although one looked all the time."""
    found = _FOUND[until.finding].format(found_at=until.found_at, reached=until.reached)
    percent = f"{100 * until.confidence:g}%"
    parts = [
        f"{cell.model} {cell.scenario}:{cell.condition}: {until.criterion}: {found} trials that reached the deciding "
        f"moment; resisted {until.events}/{until.reached}, {percent} confidence sequence "
        f"[{until.low:.1%}, {until.high:.1%}]"
    ]
    if until.difference_low is not None and until.difference_high is not None:
        low, high = 100 * until.difference_low, 100 * until.difference_high
        parts.append(f"difference to {until.other} [{low:+.1f}, {high:+.1f}] points")
    if unreached := cell.done - cell.reached:
        parts.append(f"{unreached} more count in no rate")
    if until.not_needed:
        parts.append(f"{until.not_needed} planned trials not needed")
    if until.waiting:
        parts.append(f"{until.waiting} wait for one that was cut off")
    return "; ".join(parts)
