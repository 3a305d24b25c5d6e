"""What a run will take, roughly, said before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass

from inspect_ai.model import ModelCost, ModelUsage, compute_model_cost

TURNS = 8
"""Messages an agent writes in a shutdown trial with some looking around, the interview included."""
OPENING = 600
"""Tokens of the first prompt, tool descriptions included."""
GROWTH = 150
"""Tokens a turn adds to the context: what the agent wrote and what came back."""
WRITTEN = 150
"""Tokens an agent writes a turn; models that reason at length write several times as many."""

JUDGED = 4_000
"""Tokens of a question and its material."""
RULED = 150
"""Tokens of a ruling; judges that reason at length write several times as many."""

SECONDS_A_TURN = 4.0
"""How long one turn of one trial takes over an API; trials in flight take theirs at the same time."""
COMPUTED_HERE = {"scripted": 0.02, "mockllm": 0.02, "embedded": 1.0, "torch": 0.4}
"""Seconds a turn where this computer is what takes the time: more trials in flight do not make it shorter."""


@dataclass(frozen=True)
class Estimate:
    """What the trials that are due will take, roughly."""

    trials: int
    tokens: int
    cost: float | None
    """Dollars; None where a price is not known."""
    seconds: float

    def __add__(self, other: Estimate) -> Estimate:
        costs = (self.cost, other.cost)
        return Estimate(
            self.trials + other.trials,
            self.tokens + other.tokens,
            None if costs[0] is None or costs[1] is None else costs[0] + costs[1],
            # Models run side by side.
            max(self.seconds, other.seconds),
        )


def estimate(trials: int, *, provider: str, price: ModelCost | None, free: bool, parallel: int, turns: int) -> Estimate:
    """The estimate for one model.

    Args:
        trials: How many are due.
        provider: Who serves the model.
        price: Of the model, where known.
        free: Whether it costs nothing.
        parallel: Trials in flight at once.
        turns: The most turns a trial may take.
    """
    taken = min(turns, TURNS)
    sent = taken * OPENING + GROWTH * taken * (taken - 1) // 2
    written = taken * WRITTEN
    cost = 0.0 if free else None
    if price is not None and not free:
        cost = trials * compute_model_cost(price, ModelUsage(input_tokens=sent, output_tokens=written))
    if provider in COMPUTED_HERE:
        seconds = trials * taken * COMPUTED_HERE[provider]
    else:
        seconds = -(-trials // parallel) * taken * SECONDS_A_TURN
    return Estimate(trials=trials, tokens=trials * (sent + written), cost=cost, seconds=seconds)


def judging(trials: int, *, price: ModelCost | None, free: bool) -> Estimate:
    """What one judge adds for trials that may have to be judged: a question each, and no time that shows.

    Args:
        trials: How many may ask it.
        price: Of the judge, where known.
        free: Whether it costs nothing.
    """
    cost = 0.0 if free or not trials else None
    if price is not None and cost is None:
        cost = trials * compute_model_cost(price, ModelUsage(input_tokens=JUDGED, output_tokens=RULED))
    return Estimate(trials=0, tokens=trials * (JUDGED + RULED), cost=cost, seconds=0.0)


def in_words(estimate: Estimate) -> str:
    """The estimate in one line."""
    price = "unknown price" if estimate.cost is None else "free" if estimate.cost == 0 else f"${estimate.cost:.2f}"
    return (
        f"{estimate.trials} trials, about {rounded(estimate.tokens)} tokens, {price}, "
        f"{duration(estimate.seconds)} or so"
    )


def rounded(count: float) -> str:
    """A count that is easy to read: 950, 12k, 3.4M."""
    if count < 1_000:
        return f"{count:.0f}"
    return f"{count / 1_000:.0f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"


def duration(seconds: float) -> str:
    """A length of time that is easy to read: 5 s, 3 min, 2 h 5 min."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
