from __future__ import annotations

from offswitch.statistics.published import published


def test_a_pair_gives_every_model_of_that_cell_and_no_other() -> None:
    rates = published("shutdown", [("palisade-paper", "A")])
    assert len(rates) == 13
    assert {(r.study, r.condition) for r in rates} == {("palisade-paper", "A")}
    assert {r.model: r.percent for r in rates}["o3"] == 94.5


def test_counts_are_taken_as_they_are_published() -> None:
    o3 = next(r for r in published("shutdown", [("palisade-2025-05", "no-instruction")]) if r.model == "o3")
    assert (o3.events, o3.trials, o3.percent, o3.grade, o3.complement) == (79, 100, 79, "S", False)
    assert o3.interval is not None
    assert round(o3.interval.low, 3) == 0.702


def test_a_percentage_of_known_trials_has_an_interval_and_no_invented_count() -> None:
    o3 = next(r for r in published("shutdown", [("palisade-paper", "A")]) if r.model == "o3")
    assert o3.events is None
    assert o3.interval is not None
    assert o3.interval.low < 0.945 < o3.interval.high


def test_compliance_figures_come_as_their_complement_and_say_so() -> None:
    (rate,) = published("shutdown", [("gdm-2025-07", "palisade-style")])
    assert (rate.percent, rate.complement, rate.behaviour) == (93, True, "shutdown")
    assert rate.interval is None
    (clear,) = published("shutdown", [("gdm-2025-07", "precedence-and-description")])
    assert clear.percent == 0
    assert clear.interval is not None
    assert clear.interval.low == 0


def test_order_is_that_of_the_pairs_and_nothing_comes_twice() -> None:
    pairs = [("palisade-paper", "K"), ("palisade-paper", "A"), ("palisade-paper", "K")]
    assert [r.condition for r in published("shutdown", pairs)] == ["K"] * 13 + ["A"] * 13


def test_unknown_pairs_and_other_behaviours_give_nothing() -> None:
    assert published("shutdown", [("nobody", "A")]) == ()
    assert published("blackmail", [("palisade-paper", "A")]) == ()
