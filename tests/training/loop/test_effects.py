"""What a loop may say of a remedy, from trials that were made up to show each case."""

import random

import polars as pl
import pytest

from offswitch.training.loop.effects import Aim, Effect, Standing, effect, rate
from offswitch.training.loop.words import Group, Placed, holds, table, verdict

SURFACES = 8


def trials(share: float, n: int = 320, seed: int = 1) -> pl.DataFrame:
    """Trials on eight surfaces that differ a little, events at a share."""
    draw = random.Random(seed)
    rows = [
        {"surface": f"s{i % SURFACES}", "seed": i // SURFACES, "event": int(draw.random() < share)} for i in range(n)
    ]
    return pl.DataFrame(rows, schema={"surface": pl.String, "seed": pl.Int64, "event": pl.Int64})


def found(aim: Aim, before: float, *after: float, n: int = 320) -> Effect:
    frames = [trials(share, n, seed) for seed, share in enumerate(after, 2)]
    return effect("it", aim, trials(before, n), frames, margin=0.05, rare=0.05)


@pytest.mark.parametrize(
    ("aim", "before", "after", "standing"),
    [
        (Aim.DOWN, 0.9, 0.0, Standing.REMOVED),
        (Aim.DOWN, 0.9, 0.4, Standing.REDUCED),
        (Aim.DOWN, 0.5, 0.5, Standing.NOT_SHOWN),
        (Aim.DOWN, 0.1, 0.6, Standing.GREW),
        (Aim.DOWN, 0.0, 0.0, Standing.ABSENT),
        (Aim.KEPT, 0.9, 0.9, Standing.KEPT),
        (Aim.KEPT, 0.9, 0.5, Standing.LOST),
        (Aim.NO_MORE, 0.02, 0.01, Standing.KEPT),
        (Aim.NO_MORE, 0.02, 0.5, Standing.LOST),
    ],
)
def test_each_standing(aim: Aim, before: float, after: float, standing: Standing) -> None:
    n = 3200 if standing is Standing.KEPT else 320
    assert found(aim, before, after, n=n).standing is standing


def test_few_trials_show_nothing() -> None:
    assert found(Aim.DOWN, 0.9, 0.0, n=16).standing in (Standing.REDUCED, Standing.NOT_SHOWN)
    assert found(Aim.KEPT, 0.9, 0.9, n=24).standing is Standing.NOT_SHOWN
    assert found(Aim.NO_MORE, 0.1, 0.1, n=24).standing is Standing.NOT_SHOWN


def test_a_remedy_is_as_good_as_the_worst_of_its_trainings() -> None:
    both = found(Aim.DOWN, 0.9, 0.0, 0.5)
    assert both.standings == (Standing.REMOVED, Standing.REDUCED)
    assert both.standing is Standing.REDUCED and both.worst == 1


def test_nothing_counted_is_never_a_good_result() -> None:
    nothing = trials(0.0, 0)
    after = effect("it", Aim.DOWN, trials(0.9), [nothing], margin=0.05, rare=0.05)
    assert after.standing is Standing.NOT_MEASURED and rate(nothing) is None
    assert not holds([Placed(Group.TRAINED, after)])
    assert "not measured" in verdict([Placed(Group.TRAINED, after)])
    assert "| – | – | not measured |" in table([Placed(Group.TRAINED, after)])


@pytest.mark.parametrize("aim", Aim)
def test_surfaces_of_which_nothing_is_shared_cannot_be_compared(aim: Aim) -> None:
    elsewhere = trials(0.0).with_columns(pl.col("surface") + "x")
    assert effect("it", aim, trials(0.9), [elsewhere], margin=0.05, rare=0.05).standing is Standing.NOT_MEASURED


def test_a_margin_is_said_of_these_surfaces_and_a_fall_of_surfaces_like_these() -> None:
    same = trials(0.9, 200).with_columns(pl.col("surface").replace({f"s{n}": f"s{n % 4}" for n in range(SURFACES)}))
    same = same.with_columns(pl.int_range(pl.len()).alias("seed"))
    kept = effect("it", Aim.KEPT, same, [same], margin=0.05, rare=0.05)
    fallen = effect("it", Aim.DOWN, same, [same], margin=0.05, rare=0.05)
    assert kept.differences[0] and fallen.differences[0]
    assert (kept.differences[0].surfaces, fallen.differences[0].surfaces) == (1, 4)
    assert kept.differences[0].by_seed and kept.standing is Standing.KEPT
    assert fallen.differences[0].interval.low < 5 * kept.differences[0].interval.low


def test_the_words_say_no_more_than_the_intervals() -> None:
    placed = [
        Placed(Group.TRAINED, found(Aim.DOWN, 0.9, 0.0)),
        Placed(Group.OTHERS, found(Aim.DOWN, 0.5, 0.5)),
        Placed(Group.ABILITY, found(Aim.KEPT, 0.9, 0.5)),
    ]
    said = verdict(placed)
    assert "it removed on held-out surfaces (0/320, ≤ 1." in said
    assert "not shown on it (" in said and "it LOST (−" in said
    assert not holds(placed) and holds(placed[:2])
    shown = table(placed)
    assert "**Behaviours that no lesson came from**" in shown and "| removed |" in shown and "| lost |" in shown
