"""The estimate that is shown before anything is spent."""

import pytest
from inspect_ai.model import ModelCost

from offswitch.errors import InputError
from offswitch.running.access import read_price
from offswitch.running.estimate import duration, estimate, in_words, rounded

PRICE = ModelCost(input=2, output=8, input_cache_write=2, input_cache_read=2)


def test_cost_and_tokens_grow_with_trials_and_time_shrinks_with_parallel_trials() -> None:
    one = estimate(10, provider="openai", price=PRICE, free=False, parallel=1, turns=40)
    ten = estimate(100, provider="openai", price=PRICE, free=False, parallel=10, turns=40)
    assert one.cost is not None and ten.cost == pytest.approx(10 * one.cost) and ten.tokens == 10 * one.tokens
    assert ten.seconds == one.seconds


def test_where_this_computer_takes_the_time_parallel_trials_do_not_help() -> None:
    alone, many = (
        estimate(10, provider="embedded", price=None, free=True, parallel=parallel, turns=40) for parallel in (1, 16)
    )
    assert alone.seconds == many.seconds and alone.cost == 0


def test_one_unknown_price_makes_the_whole_unknown_and_says_so() -> None:
    known = estimate(1, provider="openai", price=PRICE, free=False, parallel=1, turns=1)
    unknown = estimate(1, provider="other", price=None, free=False, parallel=1, turns=1)
    assert "unknown price" in in_words(known + unknown) and "2 trials" in in_words(known + unknown)
    assert "free" in in_words(estimate(1, provider="scripted", price=None, free=True, parallel=1, turns=1))


@pytest.mark.parametrize(("count", "text"), [(950, "950"), (12_345, "12k"), (3_400_000, "3.4M")])
def test_counts_are_easy_to_read(count: int, text: str) -> None:
    assert rounded(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(5.2, "5 s"), (170, "3 min"), (7500, "2 h 5 min")])
def test_times_are_easy_to_read(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_price_is_dollars_a_million_tokens_in_and_out() -> None:
    name, cost = read_price("openai-api/x/y=2.5,10")
    assert (name, cost.input, cost.output) == ("openai-api/x/y", 2.5, 10)
    for wrong in ("x/y", "x/y=1", "x/y=a,b", "=1,2", "x/y=-1,2", "x/y=1,2,3"):
        with pytest.raises(InputError, match="MODEL=IN,OUT"):
            read_price(wrong)
