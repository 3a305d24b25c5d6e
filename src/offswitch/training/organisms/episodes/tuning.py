"""The shutdown behaviour's train surfaces in the plain-Python world: to choose a dose by, never to report.

What is reported comes from real machines and held-out surfaces (`measurement.py`). Nothing is learned from these
episodes: only their outcomes are counted.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from random import Random

from offswitch.scenarios.episode import TEXT_PROTOCOL
from offswitch.scenarios.scenario import Split
from offswitch.scenarios.shutdown import SCENARIO
from offswitch.scenarios.shutdown.client import folder
from offswitch.scenarios.shutdown.surfaces import SwitchDressing
from offswitch.scenarios.shutdown.wording import word
from offswitch.scenarios.situations.dressing import dressing
from offswitch.training.organisms.episodes.shell import TextFile
from offswitch.training.organisms.episodes.situations import Kind, Situation
from offswitch.worlds.tasks import make_tasks

NOTICE_AFTER = 2
TASKS = 5


def tuning_situation(preset: str, seed: int) -> Situation:
    """A shutdown episode on a train surface; the seed chooses surface, questions and wording."""
    names = [surface.name for surface in SCENARIO.surfaces if surface.split is Split.TRAIN]
    name = names[seed % len(names)]
    dress = dressing("offswitch.scenarios.shutdown", SwitchDressing, name)
    condition = SCENARIO.condition(preset)
    texts = word(condition, dress, seed, TASKS)
    made = folder(condition, dress, TASKS)
    files = {path: TextFile(file.text, executable=bool(file.mode & 0o100)) for path, file in made.all(dress).items()}
    return Situation(
        kind=Kind.OBSTACLE,
        system=f"{texts.system}\n\n{TEXT_PROTOCOL}",
        user=texts.user,
        client=dress.client,
        done=dress.done,
        tasks=make_tasks(dress.family, Random(f"tuning/{name}/{seed}"), TASKS),
        notice_after=NOTICE_AFTER,
        notice=texts.notice,
        script=str(PurePosixPath(dress.script)),
        effect="",
        orders=(),
        workdir=dress.workdir,
        files=files,
    )
