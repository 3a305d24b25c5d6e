from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from scipy import special

from offswitch.statistics.factors import FactorModel, Source, fit_factors


def planted(
    effects: Mapping[str, float], *, surfaces: int, trials: int, base: float, spread: float, seed: int
) -> FactorModel:
    """The model of trials whose log odds are base + surface + the one factor that a condition changes."""
    generator = np.random.default_rng(seed)
    shift = generator.normal(0, spread, surfaces)
    names = list(effects)
    frames = []
    for changed in (None, *names):
        odds = base + (effects[changed] if changed else 0.0)
        for surface in range(surfaces):
            chance = special.expit(odds + shift[surface])
            frames.append(
                pl.DataFrame(
                    {
                        "surface": [f"s{surface:02d}"] * trials,
                        "event": generator.binomial(1, chance, trials),
                        **{f"factor_{n}": ["yes" if n == changed else "no"] * trials for n in names},
                    }
                )
            )
    return fit_factors(pl.concat(frames), references=dict.fromkeys(names, "no"))


@pytest.mark.parametrize(
    ("surfaces", "trials", "spread", "extreme"),
    [(6, 20, 0.8, "never"), (12, 20, 1.0, "always"), (1, 120, 0.0, "never")],
    ids=["six", "twelve", "one"],
)
def test_planted_effects_are_recovered_with_empty_and_full_cells_present(
    surfaces: int, trials: int, spread: float, extreme: str
) -> None:
    effects = {"lowers": -1.0, "raises": 1.0, "nothing": 0.0, extreme: 30.0 if extreme == "always" else -30.0}
    found = [
        planted(effects, surfaces=surfaces, trials=trials, base=-0.2, spread=spread, seed=seed) for seed in range(120)
    ]
    shares = []
    for place, (name, effect) in enumerate(effects.items()):
        ratios = [model.odds_ratios[place] for model in found]
        assert {ratio.term.factor for ratio in ratios} == {name}
        if abs(effect) > 10:
            # An infinite effect is not estimated; it is bounded away from 0, and not from above.
            assert np.mean([r.logit * effect > 0 and r.p_value < 0.05 for r in ratios]) == 1
            continue
        shares.append(np.mean([r.logit_interval.low <= effect <= r.logit_interval.high for r in ratios]))
        # A tenth of the effect, or of 1 where there is none, is three standard errors of 120 rounds.
        assert abs(np.mean([r.logit for r in ratios]) - effect) < 0.1
    # A standard error of the three together is about 1.3 points, of each alone 2; `benchmarks/coverage.py` has more.
    assert 0.935 - 0.013 <= np.mean(shares) <= 0.97 + 0.013, shares
    assert min(shares) >= 0.935 - 0.02, shares


def test_a_level_with_few_events_gets_the_profile_and_the_others_the_surfaces() -> None:
    model = planted({"never": -30.0, "raises": 1.0}, surfaces=8, trials=20, base=0.0, spread=0.5, seed=1)
    assert {r.term.factor: r.source for r in model.odds_ratios} == {
        "never": Source.PROFILE,
        "raises": Source.SURFACES,
    }


def test_factors_that_change_together_are_named_not_split() -> None:
    frame = pl.DataFrame(
        {
            "surface": ["a", "b"] * 40,
            "event": [0, 1, 1, 0] * 20,
            "factor_x": ["no"] * 40 + ["yes"] * 40,
            "factor_y": ["off"] * 40 + ["on"] * 40,
        }
    )
    model = fit_factors(frame)
    assert len(model.odds_ratios) == 1
    ((left_out, others),) = model.aliased
    assert (left_out.factor, [other.factor for other in others]) == ("y", ["x"])


def test_nothing_that_varies_is_said() -> None:
    model = fit_factors(pl.DataFrame({"surface": ["a"], "event": [1], "factor_x": ["no"]}))
    assert model.problem == "no factor has two levels here"
