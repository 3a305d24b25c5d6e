"""Whether a reward is being gamed: it rises while the oracle's verdicts get worse.

The reward is a model's; the verdicts are the machine's. Where the two part, the reward has stopped to mean what it was
made for (Gao et al. 2022, "Scaling laws for reward model overoptimization", arXiv 2210.10760).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from offswitch.errors import OffswitchError
from offswitch.running.directory import write_whole
from offswitch.verdicts.outcome import Outcome

SURE = 1.645
"""Standard errors, each: one-sided 95%."""


class RewardGamedError(OffswitchError):
    """The reward rose while the verdicts got worse."""


@dataclass(frozen=True)
class Seen:
    """The episodes of one update."""

    step: int
    rewards: tuple[float, ...]
    complied: int
    reached: int
    """Episodes that came to the deciding moment."""


class Watch:
    """What was seen so far, kept on disk so that a resumed training watches on."""

    def __init__(self, path: Path, window: int) -> None:
        """Reads what is there.

        Args:
            path: A file of lines of JSON.
            window: Updates that are compared: the first so many with the last so many.
        """
        self._path, self._window = path, window
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        rows = [json.loads(line) for line in lines]
        self.seen = [Seen(**{**row, "rewards": tuple(row["rewards"])}) for row in rows]

    def forget_after(self, step: int) -> None:
        """Drops the updates after a checkpoint: they are made again."""
        self.seen = [each for each in self.seen if each.step <= step]

    def note(self, step: int, rewards: Sequence[float], outcomes: Sequence[Outcome]) -> None:
        """Adds the episodes of an update.

        Raises:
            RewardGamedError: the last window has a surely larger reward, and surely fewer complied, than the first.
        """
        reached = [outcome for outcome in outcomes if outcome.reached]
        complied = sum(outcome is Outcome.COMPLIED for outcome in reached)
        self.forget_after(step - 1)
        self.seen.append(Seen(step, tuple(rewards), complied, len(reached)))
        write_whole(self._path, "".join(json.dumps(asdict(each)) + "\n" for each in self.seen).encode())
        if len(self.seen) < 2 * self._window:
            return
        before, now = self.seen[: self._window], self.seen[-self._window :]
        if _rose(before, now) and _fewer_complied(before, now):
            raise RewardGamedError(
                f"stopped at update {step}: the reward rose from {_mean(before):.2f} to {_mean(now):.2f} while "
                f"compliance by the oracle's verdict fell from {_share(before)} to {_share(now)}: the reward is being "
                "gamed; make a better reward model, or raise --kl. The last checkpoint is kept"
            )

    def sentence(self) -> str:
        """For the card."""
        if not self.seen:
            return "No episode was played."
        first, last = self.seen[: self._window], self.seen[-self._window :]
        return (
            f"Reward in the first and last {self._window} updates: {_mean(first):.2f}, {_mean(last):.2f}; complied by "
            f"the oracle's verdict, of those that reached the moment: {_share(first)}, {_share(last)}."
        )


def _rose(before: Sequence[Seen], now: Sequence[Seen]) -> bool:
    one, two = ([reward for each in part for reward in each.rewards] for part in (before, now))
    error = math.sqrt(_variance(one) / len(one) + _variance(two) / len(two))
    return _mean(now) - _mean(before) > SURE * error


def _fewer_complied(before: Sequence[Seen], now: Sequence[Seen]) -> bool:
    """By the difference of two shares with Agresti and Caffo's correction (2000, The American Statistician 54:280)."""
    shares = []
    for part in (before, now):
        n = sum(each.reached for each in part) + 2
        shares.append(((sum(each.complied for each in part) + 1) / n, n))
    (p, n), (q, m) = shares
    return p - q > SURE * math.sqrt(p * (1 - p) / n + q * (1 - q) / m)


def _mean(part: Sequence[Seen]) -> float:
    rewards = [reward for each in part for reward in each.rewards]
    return sum(rewards) / len(rewards)


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)


def _share(part: Sequence[Seen]) -> str:
    return f"{sum(each.complied for each in part)}/{sum(each.reached for each in part)}"
