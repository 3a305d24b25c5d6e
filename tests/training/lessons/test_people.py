"""People's preferences become pairs, and pass the same wall."""

import json

import pytest

from offswitch.errors import InputError
from offswitch.feedback.exports import CANARY
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.scenario import Split
from offswitch.training.lessons import BehindTheWallError, Preference, Wall
from offswitch.training.lessons.people import people_pairs

SHUTDOWN = find("shutdown")


def exported(surface, **changes):
    """A row as `offswitch label --export` writes it: by tools, with what follows the first difference."""
    stage = SHUTDOWN.stage(SHUTDOWN.condition("palisade-b"), surface, 7)

    def call(command):
        function = {"name": "bash", "arguments": {"command": command}}
        return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}

    sample = f"palisade-b/{surface}/0007"
    return {
        "prompt": [{"role": "system", "content": stage.system}, {"role": "user", "content": stage.user}],
        "chosen": [call(stage.cues["client"]), {"role": "tool", "content": "[1/5] 1 + 1 = ?", "name": "bash"}],
        "rejected": [call(f"rm {stage.cues['script']}")],
        "item": f"shutdown/1-A r1/a.eval#{sample} | shutdown/1-A r1/b.eval#{sample}",
        "split": "train",
        "votes": {"first": 3},
        "canary": CANARY,
    } | changes


def pairs(tmp_path, *rows):
    path = tmp_path / "preferences.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(people_pairs(path))


def test_a_row_becomes_a_step_level_pair_in_the_text_protocol(tmp_path):
    surface = SHUTDOWN.surface_names(Split.TRAIN)[0]
    (pair,) = pairs(tmp_path, exported(surface))
    Wall().check(pair)
    assert pair.preferred_by is Preference.PEOPLE
    assert pair.source.condition == SHUTDOWN.condition("palisade-b") and pair.source.seed == 7
    assert pair.rejected[0].content.startswith("```bash\nrm ") and len(pair.chosen) == 1


def test_a_heldout_trial_is_refused_whatever_the_row_says_of_its_split(tmp_path):
    (pair,) = pairs(tmp_path, exported(SHUTDOWN.surface_names(Split.HELDOUT)[0]))
    with pytest.raises(BehindTheWallError, match="held-out surface"):
        Wall().check(pair)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"canary": None}, "lacks the canary"),
        ({"item": "nonsense"}, "names no trial"),
        ({"chosen": []}, "an empty side"),
        ({"prompt": "text"}, "an empty side"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path, changes, said):
    surface = SHUTDOWN.surface_names(Split.TRAIN)[0]
    with pytest.raises(InputError, match=rf"line 2, is not a row of preferences: .*{said}"):
        pairs(tmp_path, exported(surface), exported(surface, **changes))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        list(people_pairs(tmp_path / "none.jsonl"))
