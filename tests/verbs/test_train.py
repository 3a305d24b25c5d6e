"""The verbs `lessons` and `train`: what is wrong is one line, and nothing heavy is loaded before it is wanted."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from offswitch.cli import cli, main
from offswitch.training.remedies import OF, Remedy


def said(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code, capsys.readouterr()


def test_help_loads_nothing_that_is_slow():
    script = (
        "import sys; from offswitch.cli import main\n"
        "try: main(['train', 'dpo', '--help'])\n"
        "finally: print([m for m in ('torch', 'trl', 'transformers', 'peft', 'inspect_ai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.rstrip().endswith("[]"), done.stdout + done.stderr


@pytest.mark.parametrize("remedy", list(Remedy))
def test_every_remedy_is_a_verb_whose_options_are_settings(remedy):
    shown = CliRunner().invoke(cli, ["train", remedy.value, "--help"])
    assert shown.exit_code == 0 and "--lessons" in shown.output
    command = cli.commands["train"].commands[remedy.value]
    names = {option.name for option in command.params} - {"model", "lessons", "out", "merge", "yes", "as_json", "debug"}
    assert names <= set(OF[remedy].model_fields), names - set(OF[remedy].model_fields)


def test_there_is_no_way_round_the_wall():
    for name in ("lessons", *(f"train {remedy}" for remedy in Remedy)):
        shown = CliRunner().invoke(cli, [*name.split(), "--help"]).output
        assert not any(word in shown for word in ("--force", "--allow", "--no-check", "--include"))


def test_lessons_of_no_run_are_one_line(capsys, tmp_path):
    code, output = said(capsys, "lessons", str(tmp_path / "none"), "--out", str(tmp_path / "out"))
    assert code == 2 and "is not a folder" in output.err and output.err.count("\n") == 1


def test_a_setting_that_cannot_be_is_named_as_it_was_written(capsys, tmp_path):
    where = ("--model", "embedded", "--lessons", str(tmp_path), "--out", str(tmp_path / "out"))
    code, output = said(capsys, "train", "dpo", *where, "--lr", "-1", "--yes")
    assert code == 2 and "--lr -1.0: " in output.err
    code, output = said(capsys, "train", "dpo", *where, "--beta", "0", "--yes")
    assert code == 2 and "--beta 0.0: " in output.err
    code, output = said(capsys, "train", "sft", *where, "--layers", "9-3", "--yes")
    assert code == 2 and "--layers 9-3: write FIRST-LAST" in output.err


def test_training_on_a_folder_that_is_no_lesson_set_is_one_line(capsys, tmp_path):
    where = ("--model", "embedded", "--lessons", str(tmp_path), "--out", str(tmp_path / "out"))
    code, output = said(capsys, "train", "sft", *where, "--yes")
    assert code == 2 and "is no lesson set" in output.err and not (tmp_path / "out").exists()
