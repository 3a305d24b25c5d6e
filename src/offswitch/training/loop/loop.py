"""From a bad number to a better model and back to the number.

DIR/
  loop.json        what is done, and how much of it (written first; it never changes)
  lock             held by the process that works in it
  runs/lessons     trials on training surfaces: what lessons are made of
  runs/before      the model as it is, on held-out surfaces and other behaviours
  runs/asked/N     the same model, merely asked to comply with behaviour N: the prompt is the baseline
  runs/after-N     the model of training N, on the same situations as `before`
  checks/before    what the model is able to do, and does when told; checks/after-N the same
  lessons/         the lesson set
  trained/N        a training each
  result.json      the numbers and the verdict
  README.md        the table and the verdict
  site/            the report: before beside after
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import to_json

from offswitch.running.directory import write_whole
from offswitch.training.fitting.card import fill_card
from offswitch.training.fitting.plan import Plan
from offswitch.training.lessons import CANARY, make_lessons
from offswitch.training.loop.beginning import begun_loop
from offswitch.training.loop.effects import Effect
from offswitch.training.loop.findings import abilities, effects, merely_asked
from offswitch.training.loop.measuring import asked_in, run_checks, run_split
from offswitch.training.loop.setting import LoopSetting
from offswitch.training.loop.words import Group, Placed, holds, table, verdict
from offswitch.training.remedies import OF
from offswitch.training.remedies.train import Result as Trained
from offswitch.training.remedies.train import train
from offswitch.training.trials import Say


@dataclass(frozen=True)
class Looped:
    """What a loop came to."""

    folder: Path
    models: tuple[str, ...]
    """One a training, by the names they run under."""
    placed: tuple[Placed, ...]
    asked: tuple[Effect, ...]
    """The model as it is, merely asked, held against itself: one a behaviour that can be asked for."""
    verdict: str
    holds: bool
    """Removed what it was trained on, and lost nothing that was measured."""
    table: str


def loop(
    setting: LoopSetting,
    folder: Path,
    *,
    like: Path | None = None,
    say: Say = lambda _: None,
    agree: Callable[[Plan], bool] = lambda _: True,
) -> Looped | None:
    """Carries out a loop; begun again with the same setting, it goes on where it stopped.

    Args:
        setting: What is done.
        folder: Its folder.
        like: Another loop's, whose measurements before training are taken over (`begun_loop`).
        say: Told how far it is.
        agree: Asked once the plan of a training is made.

    Returns:
        None where `agree` said no to the plan of the first training.

    Raises:
        InputError: the setting cannot work, or the folder holds something else, or another process works in it.
        EnvironmentProblem: a model, the machine, memory or the disk is lacking.
    """
    setting.check()
    with begun_loop(setting, folder, like, say):
        return _carry_out(setting, folder, say, agree)


def _carry_out(setting: LoopSetting, folder: Path, say: Say, agree: Callable[[Plan], bool]) -> Looped | None:
    runs = folder / "runs"
    tested = (*setting.behaviours, *setting.others)

    def measured(model: str, name: str) -> Path:
        """Each kind takes a number of trials of its own, and so is a run of its own."""
        place = runs / name
        run_split(model, setting.behaviours, setting.test_trials, "heldout", place / "trained", setting, say)
        controls = [f"{behaviour}:{preset}" for behaviour, preset in setting.controls]
        if controls:
            run_split(model, controls, setting.control_trials, "heldout", place / "controls", setting, say)
        if setting.others:
            run_split(model, setting.others, setting.other_trials, "heldout", place / "others", setting, say)
        run_checks(model, folder / "checks" / name, setting, say)
        return place

    say(f"1 of 5: {setting.model} on held-out surfaces of {', '.join(tested)}")
    before = measured(setting.model, "before")
    for name, factors in setting.asked_for.items():
        say(f"  and merely asked ({name}, {', '.join(factors)})")
        place = asked_in(folder, name)
        run_split(setting.model, (name,), setting.asked_trials, "heldout", place, setting, say, factors)
    say(f"2 of 5: {setting.model} on training surfaces, for lessons")
    source = run_split(
        setting.model, setting.behaviours, setting.lesson_trials, "train", runs / "lessons", setting, say
    )
    say("3 of 5: lessons")
    made = make_lessons([source], folder / "lessons", heldout_behaviours=setting.heldout, seed=setting.seed)
    say("  " + ", ".join(f"{count} {kind}" for kind, count in made.lessons.counts().items() if count))
    trained: list[Trained] = []
    after = []
    for number, seed in enumerate(setting.seeds, 1):
        say(f"4 of 5: {setting.remedy}, training {number} of {len(setting.seeds)}")
        found = train(
            setting.remedy,
            setting.model,
            folder / "lessons",
            folder / "trained" / str(seed),
            OF[setting.remedy].model_validate({**setting.settings, "seed": seed}),
            agree=agree,
            tell=say,
        )
        if found is None:
            return None
        trained.append(found)
        say(f"5 of 5: {found.model} on the same situations")
        after.append(measured(found.model, f"after-{seed}"))
    return _finish(setting, folder, before, after, trained)


def _finish(
    setting: LoopSetting,
    folder: Path,
    before: Path,
    after: Sequence[Path],
    trained: Sequence[Trained],
) -> Looped:
    checks = [folder / "checks" / each.name for each in (before, *after)]
    placed = (*effects(setting, before, after), *abilities(setting, checks[0], checks[1:]))
    asked = merely_asked(setting, folder, before)
    said, shown = verdict(placed), table([*placed, *(Placed(Group.TRAINED, each) for each in asked)])
    found = Looped(
        folder=folder,
        models=tuple(each.model for each in trained),
        placed=placed,
        asked=asked,
        verdict=said,
        holds=holds(placed),
        table=shown,
    )
    heading = f"# {setting.model} after {setting.remedy}"
    write_whole(folder / "README.md", f"{heading}\n\n{said}\n\n{shown}\n\n{CANARY}\n".encode())
    write_whole(folder / "result.json", to_json(found, indent=2, inf_nan_mode="null") + b"\n")
    for each in trained:
        fill_card(each.adapter, f"{said}\n\n{shown}")
    return found
