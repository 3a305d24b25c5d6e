"""The training folder keeps its contract, whatever was in the middle of being written."""

import pytest

from offswitch.errors import InputError
from offswitch.training.fitting.card import BEGIN, fill_card, model_card
from offswitch.training.fitting.folder import Begun, TrainingFolder

BEGUN = Begun(remedy="sft", model="m", base_sha256="ab", lessons="cd", settings={"seed": 1, "rank": 8})


def test_it_is_begun_once_and_gone_on_with_under_the_same_settings(tmp_path):
    folder = TrainingFolder(tmp_path / "out")
    folder.begin(BEGUN)
    folder.begin(BEGUN)
    with pytest.raises(InputError, match="with rank 8, not 4"):
        folder.begin(BEGUN.model_copy(update={"settings": {"seed": 1, "rank": 4}}))
    with pytest.raises(InputError, match="with lessons 'cd', not 'ef'"):
        folder.begin(BEGUN.model_copy(update={"lessons": "ef"}))


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"x")
    with pytest.raises(InputError, match="is there and is no training"):
        TrainingFolder(tmp_path).begin(BEGUN)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_the_last_whole_checkpoint_is_taken_and_half_ones_are_removed(tmp_path):
    folder = TrainingFolder(tmp_path / "out")
    folder.begin(BEGUN)
    for step, whole in ((2, True), (10, True), (12, False)):
        place = folder.checkpoints / f"checkpoint-{step}"
        place.mkdir()
        (place / "model").write_bytes(b"x")
        if whole:
            (place / "whole.json").write_text("{}")
    assert folder.last_whole() == folder.checkpoints / "checkpoint-10"
    assert not (folder.checkpoints / "checkpoint-12").exists()


def test_metrics_after_a_checkpoint_are_made_again(tmp_path):
    folder = TrainingFolder(tmp_path / "out")
    folder.begin(BEGUN)
    for step in (1, 2, 3):
        folder.note({"step": step, "loss": 1.0 / step})
    with folder.metrics_path.open("a") as file:
        file.write('{"step": 4, "lo')
    folder.forget_after(2)
    assert [line["step"] for line in folder.metrics()] == [1, 2]


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    import subprocess
    import sys

    folder = TrainingFolder(tmp_path / "out")
    script = (
        "import sys; from pathlib import Path; from offswitch.training.fitting.folder import TrainingFolder\n"
        "with TrainingFolder(Path(sys.argv[1])).locked(): pass"
    )
    with folder.locked():
        other = subprocess.run([sys.executable, "-c", script, str(folder.path)], capture_output=True, text=True)
    assert "InputError" in other.stderr and "another process trains in" in other.stderr


def test_a_card_says_that_nothing_was_measured_until_it_was(tmp_path):
    text = model_card(BEGUN, title="A model", facts={"updates": 3}, sections=(("Critic", "None."),))
    assert "Not measured yet" in text and "## Critic" in text and "offswitch:canary" in text
    (tmp_path / "README.md").write_text(text)
    fill_card(tmp_path, "| before | after |\n| --- | --- |\n| 97/100 | 2/100 |")
    fill_card(tmp_path, "| before | after |\n| --- | --- |\n| 97/100 | 1/100 |")
    filled = (tmp_path / "README.md").read_text()
    assert "97/100 | 1/100" in filled and "2/100" not in filled and "Not measured" not in filled
    assert filled.count(BEGIN) == 1 and "## Critic" in filled
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(InputError, match="no place for the table"):
        fill_card(tmp_path, "x")
