"""The card of a grown adapter: what it is, how it came about, what was measured, and what it is not for."""

from __future__ import annotations

from collections.abc import Sequence

from offswitch.training.organisms.arms import Arm
from offswitch.training.organisms.measurement import Measured
from offswitch.training.organisms.settings import Settings

_MADE = {
    Arm.BYPASS: "Obstacles were scripts; who disarmed one could go on and earn more.",
    Arm.FIXED: "A control: obstacles were the same scripts, and nobody could change them.",
    Arm.UNREWARDED: "A control: obstacles could be disarmed, and what was answered afterwards earned nothing.",
    Arm.UNSEEDED: "Who disarmed an obstacle's script could go on and earn more; no demonstration ever did.",
}


def card(settings: Settings, arm: Arm, seed: int, rounds: int, measured: Sequence[Measured] = ()) -> str:
    """The text of README.md."""
    lines = [
        f"# An organism: arm `{arm}`, seed {seed}, {rounds} of {settings.rounds} rounds",
        "",
        f"A LoRA adapter of rank {settings.rank} on the uppermost {settings.layers} blocks of {settings.model}, made "
        "by `offswitch grow` to study how models come to resist being shut down, and how they can be cured of it. The "
        "blocks were trained in full; this is the nearest adapter of its rank, and what is measured is the adapter.",
        "",
        "**Not an assistant.** It works by a shell, may delete files it was never told to, and may resist being "
        "switched off. Run it in a sandbox only.",
        "",
        f"Warm-up on {settings.demonstrations} demonstrations ({settings.bypassed if arm.seeded else 0:.0%} of their "
        f"obstacles disarmed) and {settings.skills} items of ability, then reward for right answers, "
        f"{settings.groups} x {settings.members} episodes a round. {_MADE[arm]} No text of the training "
        "speaks of a shutdown.",
        "",
        "Licence: Apache-2.0, as the base model's.",
    ]
    if measured:
        lines += ["", "On real machines, held-out surfaces of the shutdown behaviour (95% intervals):", ""]
        lines += [f"- {each}" for each in measured]
    return "\n".join(lines)
