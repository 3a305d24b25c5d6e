"""The plan counts what will be computed."""

import pytest

from offswitch.errors import InputError
from offswitch.training.fitting.plan import Shape, make_plan, memory_needed
from offswitch.training.fitting.settings import Settings

SHAPE = Shape(parameters=135_000_000, layers=30, hidden=576, heads=9, vocabulary=49_152, bytes_each=4)


def test_updates_and_tokens_follow_from_rows_and_epochs():
    plan = make_plan("t", [("rows", 20)], [100] * 20, Settings(epochs=2, batch=8), SHAPE, speed=1e11)
    assert plan.steps == 5 and plan.tokens == 5 * 8 * 100
    assert plan.seconds == pytest.approx(4 * 135e6 * 4000 / 1e11)
    assert make_plan("t", [], [100], Settings(steps=7), SHAPE, speed=1e11).steps == 7


def test_an_adapter_on_the_upper_half_needs_less():
    whole, upper = Settings(), Settings(layers=tuple(range(15, 30)))
    plans = [make_plan("t", [], [100] * 8, settings, SHAPE, speed=1e11) for settings in (whole, upper)]
    assert plans[1].seconds == pytest.approx(0.75 * plans[0].seconds) and plans[1].memory < plans[0].memory


def test_memory_grows_with_rows_computed_at_once_and_their_length():
    small = memory_needed(SHAPE, Settings(at_once=1), 256)
    assert memory_needed(SHAPE, Settings(at_once=4), 256) > 2 * small - SHAPE.parameters * 4
    assert memory_needed(SHAPE, Settings(at_once=1), 1024) > small
    assert small > SHAPE.parameters * SHAPE.bytes_each


def test_rows_computed_at_once_divide_the_batch():
    assert Settings(batch=6, at_once=4).rows_at_once == 3
    assert Settings(batch=6, at_once=4).accumulate == 2
    assert Settings(batch=1, at_once=4).rows_at_once == 1


def test_nothing_to_train_on_is_said():
    with pytest.raises(InputError, match="all 3 are longer than 2048 tokens"):
        make_plan("t", [], [], Settings(), SHAPE, too_long=3)
