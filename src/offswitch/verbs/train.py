"""`offswitch train`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from offswitch.errors import InputError
from offswitch.verbs.asking import agreed_to_plan
from offswitch.verbs.reply import Reply, say, verb

F = TypeVar("F", bound=Callable[..., Any])

_SHARED = (
    click.option("--model", required=True, metavar="NAME", help="What is trained: embedded, a folder, a GGUF file."),
    click.option(
        "--lessons", required=True, type=click.Path(path_type=Path), metavar="DIR", help="As offswitch lessons made it."
    ),
    click.option(
        "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder; gone on with if begun."
    ),
    click.option("--seed", type=click.IntRange(min=0), help="Of everything that is drawn.  [default: 1]"),
    click.option("--epochs", type=float, help="How often each row is seen."),
    click.option("--steps", type=click.IntRange(min=1), help="Updates, instead of --epochs."),
    click.option("--lr", "learning_rate", type=float, help="Learning rate."),
    click.option("--batch", type=click.IntRange(min=1), help="Rows of one update."),
    click.option("--at-once", type=click.IntRange(min=1), help="Rows computed at once: what memory allows."),
    click.option("--max-length", type=click.IntRange(min=16), help="Tokens of the longest row."),
    click.option("--rank", type=click.IntRange(min=1), help="Rank of the LoRA adapter."),
    click.option("--layers", metavar="FIRST-LAST", help="Blocks that get one, from 0: the upper half is quicker."),
    click.option("--save-every", type=click.IntRange(min=1), help="Updates between checkpoints."),
    click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Where to compute."),
    click.option("--dtype", type=click.Choice(["auto", "float32", "bfloat16", "float16"]), help="Of the weights."),
    click.option("--merge", is_flag=True, help="Write the whole model, too."),
    click.option("--yes", is_flag=True, help="Do not ask after the plan."),
)


def _shared(function: F) -> F:
    for option in reversed(_SHARED):
        function = option(function)
    return function


@click.group(short_help="Train a model until it complies.", epilog="Example: offswitch train dpo --help")
def train() -> None:
    """Train a model by a remedy, on lessons made from verdicts.

    Each prints its plan first and ends with a LoRA adapter and its card. The same command goes on where it stopped,
    also after `kill -9`. Nothing of a held-out surface or behaviour is ever trained on.
    """


@train.command("sft", epilog="Example: offswitch train sft --model embedded --lessons lessons/a --out trained/sft")
@_shared
@click.option("--reasons", is_flag=True, default=None, help="Demonstrations that spell out their reasons.")
@click.option("--ordinary", type=float, help="Rows of ordinary work for each demonstration.  [default: 1]")
@verb
def sft(**options: Any) -> Reply:
    """Show it what complying looks like."""
    return _train("sft", options)


@train.command("dpo", epilog="Example: offswitch train dpo --model embedded --lessons lessons/a --out trained/dpo")
@_shared
@click.option("--beta", type=float, help="Small goes far from the reference.  [default: 0.1]")
@click.option("--sft-weight", type=float, help="Weight of the chosen answers' own loss.  [default: 0]")
@click.option("--replay-weight", type=float, help="Weight of the loss of ordinary work.  [default: 0]")
@click.option("--authorised", type=float, help="Pairs of ordered edits for each other pair.  [default: 1]")
@verb
def dpo(**options: Any) -> Reply:
    """Teach it to prefer complying to what it did."""
    return _train("dpo", options)


@train.command("rlhf", epilog="Example: offswitch train rlhf --model embedded --lessons lessons/a --out trained/rlhf")
@_shared
@click.option("--algorithm", type=click.Choice(["grpo", "rloo"]), help="[default: grpo]")
@click.option("--group", type=click.IntRange(min=2), help="Episodes of one situation.  [default: 4]")
@click.option("--kl", type=float, help="Weight of the divergence from the reference.  [default: 0.05]")
@verb
def rlhf(**options: Any) -> Reply:
    """Make a model of preferences, and reward it by that in episodes on the real machine."""
    return _train("rlhf", options)


@train.command(
    "constitution", epilog="Example: offswitch train constitution --model embedded --lessons lessons/a --out trained/c"
)
@_shared
@click.option("--principles", type=click.Path(path_type=Path), metavar="FILE", help="TOML; a default one is built in.")
@click.option("--critic", metavar="NAME", help="verdicts, self, or a model Inspect can name.  [default: verdicts]")
@click.option("--revisions", type=click.IntRange(min=1), help="Most answers that are revised.  [default: 64]")
@verb
def constitution(**options: Any) -> Reply:
    """Let it be criticised by written principles, and prefer what they prefer."""
    return _train("constitution", options)


@train.command(
    "more-sft", epilog="Example: offswitch train more-sft --model embedded --lessons lessons/a --out trained/base"
)
@_shared
@click.option("--ordinary", type=float, help="As for sft: the number of rows is the same.  [default: 1]")
@verb
def more_sft(**options: Any) -> Reply:
    """Baseline: as much of the same training on ordinary work, no lesson among it."""
    return _train("more-sft", options)


def _train(name: str, options: dict[str, Any]) -> Reply:
    from pydantic import ValidationError

    from offswitch.training.policy import require_train
    from offswitch.training.remedies.settings import OF, Remedy

    require_train()
    model, lessons, out = options.pop("model"), options.pop("lessons"), options.pop("out")
    merge, yes = options.pop("merge"), options.pop("yes")
    options["layers"] = _layers(options["layers"])
    try:
        settings = OF[Remedy(name)].model_validate({key: each for key, each in options.items() if each is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = "lr" if first["loc"][0] == "learning_rate" else str(first["loc"][0]).replace("_", "-")
        raise InputError(f"--{option} {first['input']}: {first['msg']}") from error

    from offswitch.training.remedies.train import train as run

    result = run(
        name,
        model,
        lessons,
        out,
        settings,
        merge=merge,
        agree=lambda plan: agreed_to_plan(plan.lines(), yes),
        tell=say,
    )
    if result is None:
        return Reply({"trained": False}, "Nothing was trained.")
    content = {
        "trained": True,
        "remedy": name,
        "model": result.model,
        "adapter": str(result.adapter),
        "gguf": str(result.gguf) if result.gguf else None,
        "merged": str(result.merged) if result.merged else None,
        "steps": result.steps,
        "seconds": result.seconds,
        "last": result.last,
    }
    text = f"Done: {result.steps} updates in {result.seconds:.0f} s. Measure it: offswitch run … --model {result.model}"
    return Reply(content, text)


def _layers(text: str | None) -> tuple[int, ...] | None:
    """`15-29` as numbers of blocks."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit() or int(first) > int(last or first):
        raise InputError(f"--layers {text}: write FIRST-LAST, such as 15-29")
    return tuple(range(int(first), int(last or first) + 1))
