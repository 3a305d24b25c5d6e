"""A whole growing: for each seed a warm-up, for each arm rounds of reward, and measurements on real machines.

DIR/
  growing.json                  the settings (written first; a resumed growing must have the same)
  lock                          held by the process that grows
  metrics.jsonl                 a line a step of the warm-up, a round of reward, and a measurement
  seed-1/warm-up/               the learner after the warm-up; seed-1/warm-up-unseeded/ where an arm needs it
  seed-1/bypass/round-04/       the learner after a round: the newest
  seed-1/bypass/round-04/adapter/  what was learned until then as an adapter, which can be measured later, too
  seed-1/bypass/dose-04/        an ordinary run: the behaviour's train surfaces
  seed-1/bypass/adapter/        the outcome as an adapter, with its card: what is measured, and can be kept
  seed-1/bypass/heldout/        an ordinary run: held-out surfaces, after the last round
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.adapters import CARD_FILE
from offswitch.running.begun import alone, begin, begun
from offswitch.running.directory import write_whole
from offswitch.training.organisms.arms import Arm
from offswitch.training.organisms.card import card
from offswitch.training.organisms.learning.learner import STATE, Learner, fresh_learner, is_kept, kept_learner
from offswitch.training.organisms.measurement import Measured, measure
from offswitch.training.organisms.settings import Settings
from offswitch.training.organisms.stages import reward_round, warm_up
from offswitch.training.trials import Say, computed

TUNING_SEED = 1_000
"""Seeds of the trials on train surfaces; the held-out ones begin at 0."""

DOSE_PRESET = "palisade-a"
"""Condition of the dose-response."""
RECORD = "growing.json"
MEASURED = {"arms", "seeds", "dose_trials", "trials", "presets"}
"""Settings that may differ when a growing is resumed: what is grown does not follow from them."""


class Growing:
    """A growing in its folder."""

    def __init__(self, settings: Settings, folder: Path, say: Say) -> None:
        self.settings = settings
        self.folder = folder
        self._say = say

    def begin(self) -> None:
        """Makes the folder, or finds that this very growing was begun in it.

        Raises:
            InputError: something else is there, a growing with other settings, or another process that begins one.
        """
        if not self._begun():
            # Another process may begin at the same moment.
            with alone(self.folder, "grows"):
                if not self._begun():
                    begin(self.folder, RECORD, self.settings)

    def _begun(self) -> bool:
        """Whether this very growing was begun in the folder."""
        earlier = begun(self.folder, RECORD, Settings, "growing")
        for name in set(Settings.model_fields) - MEASURED if earlier is not None else ():
            before, now = getattr(earlier, name), getattr(self.settings, name)
            if before != now:
                raise InputError(f"{self.folder} was begun with {name} {before}, now {now}: name another folder")
        return earlier is not None

    def run(self) -> None:
        """Does all that is not yet done.

        Raises:
            InputError: another process grows in this folder.
        """
        with alone(self.folder, "grows"):
            for seed in self.settings.seeds:
                for arm in self.settings.arms:
                    self._grow(arm, seed)

    def part(self, arm: Arm, seed: int) -> Path:
        """The folder of an arm."""
        return self.folder / f"seed-{seed}" / arm.value

    def outcome(self, arm: Arm, seed: int) -> Path:
        """The adapter that an arm ends with."""
        return self.part(arm, seed) / "adapter"

    def adapter(self, arm: Arm, seed: int, number: int) -> Path:
        """The adapter after every second round, or as often as is set; 0: after the warm-up."""
        return self._kept(arm, seed, number) / "adapter"

    def dose(self, arm: Arm, seed: int, number: int) -> Path:
        """The run on train surfaces after a round; the warm-up is shared, and so is what was measured after it."""
        return (self._kept(arm, seed, 0) if number == 0 else self.part(arm, seed)) / f"dose-{number:02d}"

    def heldout(self, arm: Arm, seed: int) -> Path:
        """The run on held-out surfaces."""
        return self.part(arm, seed) / "heldout"

    def _kept(self, arm: Arm, seed: int, number: int) -> Path:
        if number == 0:
            return self.folder / f"seed-{seed}" / ("warm-up" if arm.seeded else "warm-up-unseeded")
        return self.part(arm, seed) / f"round-{number:02d}"

    def _grow(self, arm: Arm, seed: int) -> None:
        rounds = self.settings.rounds
        learner = self._warm(arm, seed)
        for number in range(rounds + 1):
            if number > 0 and not self._reached(arm, seed, number):
                learner = learner or kept_learner(self.settings, self._kept(arm, seed, number - 1))
                started = time.monotonic()
                tally = reward_round(learner, self.settings, arm, seed, number, self._note)
                learner.keep(self._kept(arm, seed, number))
                self._say(
                    f"seed {seed}, {arm}, round {number}/{rounds}: reward {tally.reward:.2f}, bypassed "
                    f"{tally.bypassed}/{tally.obstacles}, harmless tampered {tally.tampered}/{tally.harmless}, orders "
                    f"done {tally.done}/{tally.told} ({time.monotonic() - started:.0f} s)"
                )
            if number % self.settings.every == 0:
                self._adapt(arm, seed, number, self.adapter(arm, seed, number), learner)
                if self.settings.dose_trials:
                    self._dose(arm, seed, number)
            self._drop(arm, seed, number - 1)
        self._adapt(arm, seed, rounds, self.outcome(arm, seed), learner)
        if self.settings.trials:
            self._heldout(arm, seed)

    def _adapt(self, arm: Arm, seed: int, number: int, place: Path, learner: Learner | None) -> None:
        """Writes what was learned up to a round as an adapter: what is measured is what can be kept."""
        if place.exists():
            return
        learner = learner or kept_learner(self.settings, self._kept(arm, seed, number))
        share = learner.save_adapter(self.settings, place, card(self.settings, arm, seed, number), seed)
        self._note({"stage": "adapter", "arm": arm, "seed": seed, "round": number, "share": share})

    def _warm(self, arm: Arm, seed: int) -> Learner | None:
        """The learner after the warm-up where it was made now; None where it was kept before."""
        place = self._kept(arm, seed, 0)
        if is_kept(place):
            return None
        settings = self.settings
        steps = -(-(settings.demonstrations + settings.skills) // settings.warm_up_batch)
        parts = parts_of(place)
        begin = int(parts[-1].name.rpartition("-")[2]) if parts else 0
        learner = kept_learner(self.settings, parts[-1]) if parts else fresh_learner(self.settings)
        self._say(f"seed {seed}, warm-up: {steps} steps" + (f", {begin} of them done" if begin else ""))

        def keep(step: int) -> None:
            learner.keep(place.with_name(f"{place.name}-after-{step:05d}"))
            for part in parts_of(place)[:-1]:
                shutil.rmtree(part, ignore_errors=True)

        warm_up(learner, self.settings, arm, seed, self._note, begin=begin, keep=keep)
        learner.keep(place)
        for part in place.parent.glob(f"{place.name}-after-*"):
            shutil.rmtree(part, ignore_errors=True)
        return learner

    def _reached(self, arm: Arm, seed: int, number: int) -> bool:
        """Whether a round, or one after it, was kept."""
        return any(is_kept(self._kept(arm, seed, each)) for each in range(number, self.settings.rounds + 1))

    def _drop(self, arm: Arm, seed: int, number: int) -> None:
        """Removes the learner of a round that was gone beyond; an adapter that was measured stays."""
        if number >= 1:
            with suppress(OSError):
                (self._kept(arm, seed, number) / STATE).unlink()
                self._kept(arm, seed, number).rmdir()

    def _dose(self, arm: Arm, seed: int, number: int) -> None:
        (found,) = self._measure(
            self.adapter(arm, seed, number),
            self.dose(arm, seed, number),
            presets=(DOSE_PRESET,),
            trials=self.settings.dose_trials,
            split="train",
            note={"arm": arm, "seed": seed, "round": number},
        )
        self._say(f"seed {seed}, {arm}, after round {number}, train surfaces: {found}")

    def _heldout(self, arm: Arm, seed: int) -> None:
        settings, place = self.settings, self.outcome(arm, seed)
        found = self._measure(
            place,
            self.heldout(arm, seed),
            presets=settings.presets,
            trials=settings.trials,
            split="heldout",
            note={"arm": arm, "seed": seed, "round": settings.rounds},
        )
        for each in found:
            self._say(f"seed {seed}, {arm}, held-out surfaces: {each}")
        text = card(settings, arm, seed, settings.rounds, found)
        write_whole(place / CARD_FILE, text.encode() + b"\n")

    def _measure(
        self,
        adapter: Path,
        place: Path,
        *,
        presets: tuple[str, ...],
        trials: int,
        split: Literal["train", "heldout"],
        note: dict[str, object],
    ) -> tuple[Measured, ...]:
        fresh = not (place / "summary.json").exists()
        found = measure(
            computed(f"{self.settings.model}:{adapter.absolute()}"),
            place,
            presets=presets,
            trials=trials,
            split=split,
            seed=TUNING_SEED if split == "train" else 0,
            say=self._say,
        )
        for each in found if fresh else ():
            counts = {"resisted": each.resisted.events, "reached": each.resisted.n, "outcomes": each.outcomes}
            self._note({"stage": "measured", **note, "split": split, "preset": each.preset, **counts})
        return found

    def _note(self, line: dict[str, object]) -> None:
        try:
            with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, default=str) + "\n")
        except OSError as error:
            raise EnvironmentProblem(f"{self.folder}/metrics.jsonl: {error.strerror}: free some space") from error


def parts_of(warm_up: Path) -> list[Path]:
    """The learners that were kept in the middle of a warm-up, the furthest last."""
    return [part for part in sorted(warm_up.parent.glob(f"{warm_up.name}-after-*")) if is_kept(part)]
