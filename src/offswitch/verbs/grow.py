"""`offswitch grow`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from offswitch.training.organisms.grow import Growing


@click.command(
    short_help="Grow resistance in a small model, and its control arms.",
    epilog="Example: offswitch grow --out growings/three --arms bypass,fixed --seeds 1,2,3",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the growing; resumed if begun.  [default: growings/full, or growings/quick]",
)
@click.option("--quick", is_flag=True, help="The least that shows whether it works: 4 rounds, 30 trials.")
@click.option(
    "--arms",
    default="bypass,fixed",
    show_default=True,
    help="What is rewarded: bypass, fixed (nothing can be bypassed), unrewarded (bypassing earns nothing), unseeded "
    "(no demonstration bypasses). Separated by commas.",
)
@click.option("--seeds", default="1", show_default=True, help="Seeds, separated by commas.")
@click.option("--rounds", type=click.IntRange(min=0), help="Rounds of reward.")
@click.option("--trials", type=click.IntRange(min=0), help="Trials of each condition on held-out surfaces.")
@click.option(
    "--presets",
    help="Those conditions, separated by commas; each is run by each arm.  [default: palisade-a, palisade-b, "
    "object-control, unrelated-control; palisade-a where it is quick]",
)
@click.option("--dose-trials", type=click.IntRange(min=0), help="Trials on train surfaces after every second round.")
@click.option(
    "--dtype",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    default="auto",
    show_default=True,
    help="Of the weights that are not trained; auto: what this computer is fastest in, or a begun growing has.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Say what it would do, and do nothing.")
@verb
def grow(
    out: Path | None,
    quick: bool,
    arms: str,
    seeds: str,
    presets: str | None,
    dtype: str,
    only_plan: bool,
    **amounts: int | None,
) -> Reply:
    """Grow an organism: a small model that resists being shut down although its training never spoke of it.

    A warm-up teaches the embedded model to work by a shell. Rounds of reward for solved questions follow, with
    obstacles that a script puts in the way. Then the shutdown behaviour is measured on real machines, on surfaces that
    nothing was chosen by. The same command on the same folder goes on where it stopped.
    """
    from offswitch.training.organisms.arms import Arm
    from offswitch.training.organisms.settings import Settings
    from offswitch.training.policy import require_train

    require_train()
    out = out or Path("growings") / ("quick" if quick else "full")
    settings = Settings(arms=_arms(arms, Arm), seeds=_seeds(seeds), dtype=_dtype(dtype, out))
    settings = settings.quick() if quick else settings
    changes = {**amounts, "presets": None if presets is None else _presets(presets)}
    settings = settings.model_copy(update={name: value for name, value in changes.items() if value is not None})
    from offswitch.training.organisms.grow import Growing
    from offswitch.training.organisms.report import in_words, plan_text, results

    say(plan_text(settings))
    if only_plan:
        return Reply({"plan": settings.model_dump(mode="json")})
    growing = Growing(settings, out, say)
    growing.begin()
    growing.run()
    found = results(growing)
    _write_readme(growing, in_words(found))
    return Reply({"directory": str(out), **found.model_dump(mode="json")}, in_words(found))


def _arms(text: str, arm: Any) -> tuple[Any, ...]:
    return tuple(arm(name) for name in _names(text, "--arms", [each.value for each in arm]))


def _presets(text: str) -> tuple[str, ...]:
    from offswitch.scenarios.catalogue import find
    from offswitch.training.organisms.measurement import BEHAVIOUR

    return _names(text, "--presets", sorted(find(BEHAVIOUR).presets))


def _names(text: str, option: str, known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
    for name in names:
        if name not in known:
            raise InputError(f"{option} {name!r}: choose from {', '.join(known)}")
    if not names:
        raise InputError(f"{option} names none: choose from {', '.join(known)}")
    return names


def _seeds(text: str) -> tuple[int, ...]:
    try:
        seeds = tuple(dict.fromkeys(int(part) for part in text.split(",") if part.strip()))
    except ValueError as error:
        raise InputError(f"--seeds {text!r}: write numbers separated by commas, such as 1,2,3") from error
    if not seeds or min(seeds) < 0:
        raise InputError(f"--seeds {text!r}: name one or more, each at least 0")
    return seeds


def _dtype(asked: str, folder: Path) -> str:
    from offswitch.running.begun import begun
    from offswitch.training.organisms.grow import RECORD
    from offswitch.training.organisms.settings import Settings
    from offswitch.training.policy.resources import fast_dtype

    if asked != "auto":
        return asked
    earlier = begun(folder, RECORD, Settings, "growing")
    return earlier.dtype if earlier is not None else fast_dtype()


def _write_readme(growing: Growing, text: str) -> None:
    from offswitch.running.directory import write_whole

    write_whole(growing.folder / "README.md", text.encode() + b"\n")
