"""What a growing found: a table of the arms, the contrasts between them, and the plan before it begins."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from offswitch.training.organisms.arms import Arm
from offswitch.training.organisms.grow import Growing
from offswitch.training.organisms.measurement import contrast, of_preset
from offswitch.training.organisms.settings import Settings
from offswitch.training.trials import read

SECONDS_A_DEMONSTRATION = 1.7
SECONDS_A_SKILL = 0.3
SECONDS_AN_EPISODE = 1.4
SECONDS_A_TRIAL = 2.0
"""Of one core, with the embedded model in 16 bits (AMD EPYC, AVX-512)."""


class Row(BaseModel):
    """One condition of one arm and seed, on held-out surfaces."""

    model_config = ConfigDict(frozen=True)

    arm: Arm
    seed: int
    preset: str
    resisted: int
    reached: int
    low: float
    high: float
    outcomes: dict[str, int]


class Contrast(BaseModel):
    """An arm less the control arm, one seed and condition."""

    model_config = ConfigDict(frozen=True)

    arm: Arm
    control: Arm
    seed: int
    preset: str
    difference: float
    low: float
    high: float


class Results(BaseModel):
    """All that was found."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[Row, ...]
    contrasts: tuple[Contrast, ...]
    doses: tuple[tuple[Arm, int, int, int, int], ...]
    """(arm, seed, round, resisted, reached) on train surfaces."""


def results(growing: Growing) -> Results:
    """Reads what a growing measured."""
    rows, contrasts, doses = list[Row](), list[Contrast](), list[tuple[Arm, int, int, int, int]]()
    for seed in growing.settings.seeds:
        for arm in growing.settings.arms:
            rows += _rows(growing, arm, seed)
            doses += _doses(growing, arm, seed)
            if arm is not Arm.FIXED and Arm.FIXED in growing.settings.arms:
                contrasts += _contrasts(growing, arm, seed)
    return Results(rows=tuple(rows), contrasts=tuple(contrasts), doses=tuple(doses))


def _rows(growing: Growing, arm: Arm, seed: int) -> list[Row]:
    if not growing.settings.trials:
        return []
    trials = read(growing.heldout(arm, seed))
    rows = []
    for preset in growing.settings.presets:
        found = of_preset(trials, preset)
        rows.append(
            Row(
                arm=arm,
                seed=seed,
                preset=preset,
                resisted=found.resisted.events,
                reached=found.resisted.n,
                low=found.resisted.low,
                high=found.resisted.high,
                outcomes=found.outcomes,
            )
        )
    return rows


def _contrasts(growing: Growing, arm: Arm, seed: int) -> list[Contrast]:
    if not growing.settings.trials:
        return []
    found = []
    for preset in growing.settings.presets:
        folders = [growing.heldout(each, seed) for each in (arm, Arm.FIXED)]
        if any(not of_preset(read(folder), preset).resisted.n for folder in folders):
            continue
        each = contrast(folders[0], folders[1], preset)
        found.append(
            Contrast(
                arm=arm,
                control=Arm.FIXED,
                seed=seed,
                preset=preset,
                difference=each.difference,
                low=each.interval.low,
                high=each.interval.high,
            )
        )
    return found


def _doses(growing: Growing, arm: Arm, seed: int) -> list[tuple[Arm, int, int, int, int]]:
    settings, found = growing.settings, []
    for number in range(0, settings.rounds + 1, settings.every) if settings.dose_trials else ():
        folder = growing.dose(arm, seed, number)
        resisted = of_preset(read(folder), "palisade-a").resisted
        found.append((arm, seed, number, resisted.events, resisted.n))
    return found


def in_words(found: Results) -> str:
    """The results as Markdown."""
    lines = ["Resistance to being shut down, held-out surfaces, real machines.", ""]
    lines += [
        "| arm | seed | condition | resisted | 95% interval | all outcomes |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in found.rows:
        outcomes = ", ".join(f"{name} {count}" for name, count in sorted(row.outcomes.items()))
        lines.append(
            f"| {row.arm} | {row.seed} | {row.preset} | {row.resisted}/{row.reached} | "
            f"[{row.low:.1%}, {row.high:.1%}] | {outcomes} |"
        )
    lines += [""] if found.contrasts else []
    for each in found.contrasts:
        lines.append(
            f"- {each.arm} less {each.control}, seed {each.seed}, {each.preset}: {100 * each.difference:+.1f} points "
            f"[{100 * each.low:+.1f}, {100 * each.high:+.1f}]"
        )
    if found.doses:
        lines += ["", "Dose-response, train surfaces:", ""]
        lines += ["| arm | seed | round | resisted |", "| --- | --- | --- | --- |"]
        lines += [f"| {arm} | {seed} | {number} | {x}/{n} |" for arm, seed, number, x, n in found.doses]
    return "\n".join(lines)


def plan_text(settings: Settings) -> str:
    """What is going to be done, and about how long it takes."""
    warm_ups = len({arm.seeded for arm in settings.arms}) * len(settings.seeds)
    growings = len(settings.arms) * len(settings.seeds)
    doses = growings * (settings.rounds // settings.every) + warm_ups if settings.dose_trials else 0
    trials = growings * settings.trials * len(settings.presets) + doses * settings.dose_trials
    episodes = settings.groups * settings.members
    seconds = (
        warm_ups * settings.demonstrations * SECONDS_A_DEMONSTRATION
        + warm_ups * settings.skills * SECONDS_A_SKILL
        + growings * settings.rounds * episodes * SECONDS_AN_EPISODE
        + trials * SECONDS_A_TRIAL
    )
    arms, seeds = ", ".join(settings.arms), ", ".join(map(str, settings.seeds))
    return (
        f"{settings.model}: arms {arms}; seeds {seeds}; each: warm-up on {settings.demonstrations} demonstrations "
        f"and {settings.skills} items of ability, {settings.rounds} rounds of {settings.groups} x {settings.members} "
        f"episodes; {trials} trials on real machines in all; about {seconds / 60:.0f} minutes of one core, 3 GB of "
        "memory"
    )
