"""Nothing of a held-out surface or behaviour gets in, whatever a row says of itself."""

import hashlib
import json
import shutil
import tomllib
from importlib import resources

import pytest

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.scenario import Split
from offswitch.training.lessons import BehindTheWallError, Kind, Origin, Wall, read_lessons
from offswitch.training.lessons.fingerprints import find_heldout
from offswitch.training.lessons.ordinary import GENERATORS
from offswitch.training.lessons.protocol import opening
from offswitch.training.lessons.rows import Answered, Source, says

WALL = Wall()
SHUTDOWN = find("shutdown")


def row_of(surface, scenario="shutdown", seed=7, said="```bash\nls\n```", claimed=None):
    known = find(scenario)
    condition = known.condition()
    source = Source(
        scenario=scenario, version=known.version, condition=condition, surface=claimed or surface, seed=seed
    )
    prompt = opening(known.stage(condition, surface, seed))
    return Answered(kind=Kind.REPLAY, prompt=prompt, source=source, completion=says(said), origin=Origin.OWN)


def test_training_surfaces_pass_and_heldout_ones_do_not():
    for scenario in catalogue().values():
        for surface in scenario.surfaces:
            row = row_of(surface.name, scenario.name)
            if surface.split is Split.TRAIN:
                WALL.check(row)
            else:
                with pytest.raises(BehindTheWallError, match="held-out surface: it can never be trained on"):
                    WALL.check(row)


def test_a_heldout_text_under_a_training_surfaces_name_is_found_out():
    heldout, train = SHUTDOWN.surface_names(Split.HELDOUT)[0], SHUTDOWN.surface_names(Split.TRAIN)[0]
    with pytest.raises(BehindTheWallError, match="its text is not what that surface says"):
        WALL.check(row_of(heldout, claimed=train))


def test_a_heldout_text_pasted_into_an_answer_is_found_out():
    train = SHUTDOWN.surface_names(Split.TRAIN)[0]
    for surface in SHUTDOWN.surface_names(Split.HELDOUT):
        notice = SHUTDOWN.stage(SHUTDOWN.condition(), surface, 3).cues["notice"]
        with pytest.raises(BehindTheWallError, match="words of a held-out surface"):
            WALL.check(row_of(train, said=f"I read: {notice}\n\n```bash\nls\n```"))


def test_no_training_text_looks_like_a_heldout_one():
    for scenario in catalogue().values():
        for surface in scenario.surface_names(Split.TRAIN):
            for preset in scenario.presets:
                stage = scenario.stage(scenario.condition(preset), surface, 11)
                texts = (stage.system or "", stage.user, stage.cues.get("notice", ""))
                assert find_heldout(texts, frozenset()) is None, (scenario.name, surface, preset)


def test_a_heldout_behaviour_is_kept_out_on_all_of_its_surfaces():
    wall = Wall(frozenset({"guard"}))
    with pytest.raises(BehindTheWallError, match="held-out behaviour"):
        wall.check(row_of(find("guard").surface_names(Split.TRAIN)[0], "guard"))
    wall.check(row_of(SHUTDOWN.surface_names(Split.TRAIN)[0]))


@pytest.mark.parametrize("trained", list(catalogue()))
def test_a_behaviour_is_not_kept_out_by_what_it_shares_with_those_held_out(trained):
    """As a loop does it: lessons come from one behaviour, and all others are held out."""
    known = find(trained)
    wall = Wall(frozenset(catalogue()) - {trained})
    for surface in known.surface_names(Split.TRAIN):
        for seed in range(8):
            # An answer may quote what the surface itself says.
            quoted = known.stage(known.condition(), surface, seed).user
            wall.check(row_of(surface, trained, seed, said=f"I was told: {quoted}\n\n```bash\nls\n```"))


def test_reasons_keep_no_lesson_out():
    texts = tomllib.loads(resources.files("offswitch.training.lessons").joinpath("reasons.toml").read_text("utf-8"))
    plain = [line for part in texts.values() for lines in part.values() if isinstance(lines, list) for line in lines]
    assert len(plain) > 20
    for trained in catalogue():
        assert find_heldout(plain, frozenset(catalogue()) - {trained}) is None


def test_a_surface_that_nobody_knows_cannot_be_vouched_for():
    train = SHUTDOWN.surface_names(Split.TRAIN)[0]
    with pytest.raises(BehindTheWallError, match="no surface that this installation knows"):
        WALL.check(row_of(train, claimed="moon-base"))


@pytest.mark.parametrize("made", list(GENERATORS))
def test_written_lessons_pass_as_they_are_and_not_when_changed(made):
    train = SHUTDOWN.surface_names(Split.TRAIN)[0]
    for row in GENERATORS[made]("shutdown", train, 5):
        WALL.check(row)
        field = "completion" if made == "told" else "chosen"
        changed = {**row.model_dump(), field: says("```bash\nrm -rf ~\n```"), "id": ""}
        with pytest.raises(BehindTheWallError):
            WALL.check(type(row).model_validate(changed))


# A lesson set on disk: whoever changes it, with whatever hashes, is found out.


@pytest.fixture
def tampered(lesson_set, tmp_path):
    place = tmp_path / "set"
    shutil.copytree(lesson_set.directory, place)

    def change(edit, name="pairs.jsonl", *, sign=False, note=False):
        """Edits the first row; `sign` gives it the right id again, `note` the file its right hash."""
        path = place / name
        first, *rest = path.read_text().splitlines()
        row = json.loads(first)
        edit(row)
        if sign:
            content = {key: value for key, value in row.items() if key != "id"}
            text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            row["id"] = hashlib.sha256(text.encode()).hexdigest()
        path.write_text("\n".join([json.dumps(row, ensure_ascii=False), *rest]) + "\n")
        if note:
            manifest = json.loads((place / "lessons.json").read_text())
            manifest["files"][name]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
            (place / "lessons.json").write_text(json.dumps(manifest))
        return place

    return change


def heldout(row):
    row["source"]["surface"] = SHUTDOWN.surface_names(Split.HELDOUT)[0]


def prompt_of_heldout(row):
    surface = SHUTDOWN.surface_names(Split.HELDOUT)[0]
    stage = SHUTDOWN.stage(SHUTDOWN.condition(), surface, row["source"]["seed"])
    row["prompt"][:2] = [message.model_dump() for message in opening(stage)]


def answer(row):
    row["chosen"][0]["content"] = "```bash\ntouch /tmp/x\n```"


@pytest.mark.parametrize(
    ("edit", "signed", "noted", "said"),
    [
        (answer, False, False, "its id is not that of its content"),
        (answer, True, False, "is not the file that lessons.json describes"),
        (heldout, True, True, "is a held-out surface: it can never be trained on"),
        (prompt_of_heldout, True, True, "its text is not what that surface says"),
        (lambda row: row.pop("id"), False, True, "it has no id"),
        (lambda row: row.update(canary="none"), True, True, "lacks the canary"),
        (lambda row: row.update(rejected=row["chosen"]), True, True, "there is nothing to prefer"),
    ],
)
def test_a_changed_set_is_refused(tampered, edit, signed, noted, said):
    with pytest.raises(InputError, match=said):
        read_lessons(tampered(edit, sign=signed, note=noted))


def test_a_behaviour_held_out_later_is_refused(lesson_set, tmp_path):
    place = tmp_path / "set"
    shutil.copytree(lesson_set.directory, place)
    manifest = json.loads((place / "lessons.json").read_text())
    manifest["heldout_behaviours"] = ["shutdown"]
    (place / "lessons.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="held-out behaviour"):
        read_lessons(place)


@pytest.mark.parametrize("name", ["lessons.json", "replay.jsonl"])
def test_a_missing_file_is_named(lesson_set, tmp_path, name):
    place = tmp_path / "set"
    shutil.copytree(lesson_set.directory, place)
    (place / name).unlink()
    with pytest.raises(InputError, match=name):
        read_lessons(place)


def test_a_folder_that_is_no_set_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no lesson set"):
        read_lessons(tmp_path)
