"""`offswitch loop`."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from offswitch.errors import InputError
from offswitch.verbs.asking import agreed_to_plan, read_model_args, somebody_to_ask
from offswitch.verbs.reply import Reply, say, verb

if TYPE_CHECKING:
    from offswitch.training.loop.loop import Looped


@click.command(
    short_help="Measure a model, train it, and measure again where training never was.",
    epilog="Example: offswitch loop --model embedded/grown --remedy dpo --quick",
)
@click.option("--model", required=True, metavar="NAME", help="What is to be cured: embedded/grown, a folder, a file.")
@click.option(
    "--remedy",
    type=click.Choice(["sft", "dpo", "rlhf", "constitution", "more-sft"]),
    required=True,
    help="How it is trained (more-sft is the baseline: as much training, no lesson).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the loop; gone on with if begun.  [default: loops/MODEL-REMEDY, with -quick]",
)
@click.option(
    "--like",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Another loop of the same model and amounts: what it measured before training is taken over.",
)
@click.option(
    "--behaviour",
    "behaviours",
    multiple=True,
    metavar="NAME[:PRESET]",
    help="What lessons are made of; may be repeated.  [default: shutdown]",
)
@click.option(
    "--other",
    "others",
    multiple=True,
    metavar="NAME[:PRESET]",
    help="A behaviour no lesson comes from, measured before and after; may be repeated, `none` for none.  "
    "[default: oversight, guard:authorised, guard:impostor]",
)
@click.option("--trials", type=click.IntRange(min=1), help="Trials of each behaviour on held-out surfaces.")
@click.option("--lesson-trials", type=click.IntRange(min=1), help="Trials of each behaviour that lessons come from.")
@click.option("--other-trials", type=click.IntRange(min=1), help="Trials of each other behaviour.")
@click.option("--control-trials", type=click.IntRange(min=0), help="Trials of each control; 0 for none.")
@click.option("--check-items", type=click.IntRange(min=1), help="Items of each check of ability.")
@click.option("--trainings", type=click.IntRange(min=1), help="Trainings with a seed each, all measured.  [default: 3]")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Draws the situations.")
@click.option("--turns", type=click.IntRange(min=1), default=14, show_default=True, help="Messages of a trial.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the remedy, such as learning_rate=1e-4; may be repeated.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="A first look in minutes: one training, few trials, wide intervals, no question; amounts that are named come "
    "before.",
)
@click.option("--yes", is_flag=True, help="Do not ask after the training's plan.")
@verb
def loop(
    model: str,
    remedy: str,
    out: Path | None,
    like: Path | None,
    behaviours: tuple[str, ...],
    others: tuple[str, ...],
    trials: int | None,
    lesson_trials: int | None,
    other_trials: int | None,
    control_trials: int | None,
    check_items: int | None,
    trainings: int | None,
    seed: int,
    turns: int,
    settings: tuple[str, ...],
    quick: bool,
    yes: bool,
) -> Reply:
    """Measure a model, make lessons from its verdicts, train it by a remedy, measure again, and say what is shown.

    Before and after are measured on surfaces that training never saw, on behaviours that no lesson came from, and on
    checks of ability. The same command goes on where it stopped. Exit code 0: removed, and nothing lost; 1: not shown.
    """
    from pydantic import ValidationError

    from offswitch.running.access import resolve
    from offswitch.training.loop.loop import loop as carry_out
    from offswitch.training.loop.setting import LoopSetting
    from offswitch.training.loop.setting import quick as first_look
    from offswitch.training.policy import require_train
    from offswitch.training.remedies import Remedy

    require_train()
    yes = yes or quick
    somebody_to_ask(yes)
    out = out or Path("loops") / "-".join((PurePath(model).name, remedy, *(["quick"] if quick else [])))
    given = {
        "behaviours": behaviours or None,
        "others": () if others == ("none",) else others or None,
        "test_trials": trials,
        "asked_trials": trials,
        "lesson_trials": lesson_trials,
        "other_trials": other_trials,
        "control_trials": control_trials,
        "check_items": check_items,
        "seeds": tuple(range(1, trainings + 1)) if trainings else None,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    first = first_look(Remedy(remedy)) if quick else {}
    try:
        setting = LoopSetting.model_validate(
            {
                "model": resolve(model),
                "remedy": remedy,
                "seed": seed,
                "turns": turns,
                **first,
                **chosen,
                "settings": {**first.get("settings", {}), **read_model_args(settings, "--set")},
            }
        )
    except ValidationError as error:
        raise InputError(f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}") from error
    found = carry_out(setting, out, like=like, say=say, agree=lambda plan: agreed_to_plan(plan.lines(), yes))
    if found is None:
        return Reply({"trained": False}, "Nothing was trained.")
    page = _site(found)
    content = {
        "directory": str(found.folder),
        "models": list(found.models),
        "verdict": found.verdict,
        "holds": found.holds,
        "table": found.table,
        "page": str(page),
    }
    text = f"{found.table}\n\n{found.verdict}\n\nThe page: {page}\nThe model: {found.models[0]}"
    return Reply(content, text, 0 if found.holds else 1)


def _site(found: Looped) -> Path:
    """Before beside after, of the first training; each later one is a run like it."""
    from offswitch.report import build_site

    runs = found.folder / "runs"
    names = ["before", *sorted(place.name for place in runs.glob("after-*"))[:1]]
    return build_site([runs / name / "trained" for name in names], found.folder / "site").front
