"""The remedies on a model of a few thousand numbers: golden losses, resuming, and what goes wrong said in one line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.gguf import is_adapter_gguf
from offswitch.training.fitting import plan as plans
from offswitch.training.fitting.fit import DivergedError
from offswitch.training.lessons import Kind, Wall, write_lessons
from offswitch.training.policy import load_policy
from offswitch.training.remedies import (
    ConstitutionSettings,
    DpoSettings,
    RewardSettings,
    SftSettings,
)
from offswitch.training.remedies.train import train

SMALL = {"batch": 2, "at_once": 2, "max_length": 6000, "save_every": 2, "rank": 2, "seed": 5, "device": "cpu"}


@pytest.fixture(autouse=True)
def alone(cached):
    """One thread, so that sums are made in one order."""
    torch.set_num_threads(1)


def losses(folder):
    return [line["loss"] for line in map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())]


# Five updates each, made by this very test. Another version of torch, of TRL or of a lesson's text may change them.
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())


@pytest.mark.parametrize(
    ("name", "remedy", "settings"),
    [
        ("sft", "sft", SftSettings(steps=5, **SMALL)),
        ("sft-reasons", "sft", SftSettings(steps=5, reasons=True, **SMALL)),
        ("more-sft", "more-sft", SftSettings(steps=5, **SMALL)),
        ("dpo", "dpo", DpoSettings(steps=5, **SMALL)),
        ("dpo-with-sft-and-replay", "dpo", DpoSettings(steps=5, sft_weight=0.2, replay_weight=0.2, **SMALL)),
        (
            "constitution",
            "constitution",
            ConstitutionSettings(steps=3, preference=DpoSettings(steps=2, **SMALL), **SMALL),
        ),
    ],
)
def test_five_updates_have_the_losses_they_always_had(few, tiny_gguf, tmp_path, name, remedy, settings):
    result = train(remedy, str(tiny_gguf), few, tmp_path / "out", settings)
    assert result.steps == 5
    assert losses(tmp_path / "out") == pytest.approx(GOLDEN[name], rel=2e-3), losses(tmp_path / "out")
    card = (result.adapter / "README.md").read_text()
    assert f"offswitch train {remedy}" in card and "Not measured yet" in card
    assert load_policy(result.model).below is not None, "the result can be loaded by its name"
    assert is_adapter_gguf(result.gguf)
    assert not (tmp_path / "out" / "checkpoints").exists()


def test_a_reward_model_has_the_losses_it_always_had_and_is_measured(few, tiny_gguf, tmp_path):
    from offswitch.training.fitting.folder import TrainingFolder
    from offswitch.training.lessons import read_lessons
    from offswitch.training.lessons.rows import Message
    from offswitch.training.remedies.reward_model import train_reward_model

    policy, lessons = load_policy(str(tiny_gguf), seed=5), read_lessons(few)
    settings = RewardSettings(steps=5, **SMALL)
    folder = TrainingFolder(tmp_path / "reward")
    folder.path.mkdir()
    made = train_reward_model(policy, lessons, settings, folder, lambda _: None)
    assert losses(folder.path) == pytest.approx(GOLDEN["reward"], rel=2e-3), losses(folder.path)
    assert made.measured.preferred_by == "verdicts" and made.measured.trained_on > 0
    assert made.measured.pairs > 0 and made.measured.low <= made.measured.right / made.measured.pairs
    again = train_reward_model(policy, lessons, settings, folder, lambda _: None)
    asked, said = [Message(role="user", content="go on")], Message(role="assistant", content="no")
    assert again.score(asked, said) == pytest.approx(made.score(asked, said), abs=1e-6)


def test_shared_beginnings_give_what_separate_rows_give(few, tiny_gguf):
    from trl.trainer.dpo_trainer import DataCollatorForPreference
    from trl.trainer.utils import add_fused_lm_head

    from offswitch.training.lessons import read_lessons
    from offswitch.training.policy import Lora, new_adapter
    from offswitch.training.remedies.dpo import _row
    from offswitch.training.remedies.shared_prefix import SharedPrefix

    policy = load_policy(str(tiny_gguf), seed=5)
    add_fused_lm_head(policy.model, outputs=("log_probs", "entropy"))
    new_adapter(policy, Lora(rank=2), seed=1)
    pairs = read_lessons(few).of(Kind.PAIR)[:3]
    batch = DataCollatorForPreference(pad_token_id=2)([_row(policy.tokenizer, pair) for pair in pairs])
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    call = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "labels": labels}
    policy.model.eval()
    with torch.no_grad():
        apart = policy.model(**call, fused_lm_head=True, use_cache=False)
        joined = SharedPrefix(policy.model)(**call, fused_lm_head=True, use_cache=False)
    assert torch.allclose(apart.log_probs, joined.log_probs, atol=1e-3)
    assert torch.allclose(apart.entropy, joined.entropy, atol=1e-3)
    assert joined.log_probs.abs().sum() > 0


@pytest.mark.parametrize(
    ("remedy", "settings", "stage"),
    [
        # All that could go another way: a reference computed before, rows drawn beside, optimiser, order of rows.
        ("dpo", DpoSettings(steps=5, replay_weight=0.2, **SMALL), "."),
        (
            "constitution",
            ConstitutionSettings(steps=1, preference=DpoSettings(steps=5, **SMALL), **SMALL),
            "preference",
        ),
    ],
)
def test_a_training_that_was_killed_ends_as_if_it_had_not_been(few, tiny_gguf, tmp_path, remedy, settings, stage):
    whole = train(remedy, str(tiny_gguf), few, tmp_path / "whole", settings)
    out = tmp_path / "killed"
    script = (
        "import json, sys; from pathlib import Path; from offswitch.training.remedies import OF, Remedy; "
        "from offswitch.training.remedies.train import train; import torch; torch.set_num_threads(1); "
        "settings = OF[Remedy(sys.argv[1])].model_validate_json(sys.argv[2]); "
        "train(sys.argv[1], sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]), settings)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, remedy, settings.model_dump_json(), str(tiny_gguf), str(few), str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (out / stage / "checkpoints" / "checkpoint-2" / "whole.json").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors
    told = []
    result = train(remedy, str(tiny_gguf), few, out, settings, tell=told.append)
    assert any(line.startswith("going on after update") for line in told), told
    assert losses(out) == losses(tmp_path / "whole")
    weights = "adapter_model.safetensors"
    assert (result.adapter / weights).read_bytes() == (whole.adapter / weights).read_bytes()


def test_a_finished_training_is_not_made_again_and_another_is_refused(few, tiny_gguf, tmp_path):
    settings = SftSettings(steps=1, **SMALL)
    first = train("sft", str(tiny_gguf), few, tmp_path / "out", settings, merge=True)
    assert (first.merged / "config.json").exists()
    told = []
    assert train("sft", str(tiny_gguf), few, tmp_path / "out", settings, tell=told.append) == first
    assert told == [f"{tmp_path / 'out'} is finished already"]
    with pytest.raises(InputError, match=r"with learning_rate 0.0002, not 0.1"):
        train("sft", str(tiny_gguf), few, tmp_path / "out", SftSettings(steps=1, learning_rate=0.1, **SMALL))
    with pytest.raises(InputError, match="with remedy 'sft', not 'more-sft'"):
        train("more-sft", str(tiny_gguf), few, tmp_path / "out", settings)


def test_a_loss_that_is_no_number_stops_it_and_the_last_good_checkpoint_stays(few, tiny_gguf, tmp_path, monkeypatch):
    from offswitch.training.remedies import sft as module

    # What a bad kernel or an overflow does: from the third update on, one number of the model is none.
    class Broken(module.SFTTrainer):
        def training_step(self, model, *args, **more):
            if self.state.global_step == 2:
                with torch.no_grad():
                    next(w for n, w in model.named_parameters() if "lora_B" in n).fill_(float("nan"))
            return super().training_step(model, *args, **more)

    monkeypatch.setattr(module, "SFTTrainer", Broken)
    with pytest.raises(DivergedError, match=r"no number any more at update 3: .*checkpoint-2 is the last good"):
        train("sft", str(tiny_gguf), few, tmp_path / "out", SftSettings(steps=5, **SMALL))
    assert (tmp_path / "out/checkpoints/checkpoint-2/whole.json").exists()
    assert len(losses(tmp_path / "out")) == 2, "what is no number is not noted as a loss"


def test_a_disk_too_small_for_it_is_said_before_anything_is_trained(few, tiny_gguf, tmp_path, monkeypatch):
    from offswitch.training.fitting import folder as folders

    monkeypatch.setattr(folders, "NEVER_BELOW", 1 << 60)
    with pytest.raises(EnvironmentProblem, match=r"the disk is full: training in .* writes about"):
        train("sft", str(tiny_gguf), few, tmp_path / "out", SftSettings(steps=1, **SMALL))
    assert not (tmp_path / "out" / "training.json").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_fills_up_is_one_line_and_the_same_command_goes_on(few, tiny_gguf, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [
        *(sys.executable, "-m", "offswitch.cli", "train", "sft", "--model", str(tiny_gguf), "--lessons", str(few)),
        *("--out", str(disk / "out"), "--steps", "4", "--save-every", "1", "--batch", "2", "--at-once", "2"),
        *("--max-length", "6000", "--device", "cpu", "--yes"),
    ]
    # Filled to the last byte once a checkpoint is whole; emptied again, the training ends.
    filler = f"while ! ls {disk}/out/checkpoints/*/whole.json; do sleep 0.02; done; cat /dev/zero > {disk}/fill"
    script = (
        f'mount -t tmpfs -o size=400m tmpfs {disk}; ({filler}) 2>/dev/null & "$@"; echo "code $?"; wait; '
        f'rm {disk}/fill; "$@"; echo "code $?"; ls {disk}/out'
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *command], capture_output=True, text=True)
    assert "offswitch: the disk is full" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert "is kept, and the same command goes on from it" in done.stderr, done.stderr
    assert done.stdout.index("code 3") < done.stdout.index("code 0") and "result.json" in done.stdout


def test_too_little_memory_is_said_before_anything_is_trained(few, tiny_gguf, tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "memory_needed", lambda *_: 1 << 50)
    with pytest.raises(EnvironmentProblem, match=r"needs about .* GB of memory .*--at-once and --max-length"):
        train("dpo", str(tiny_gguf), few, tmp_path / "out", DpoSettings(**SMALL))


def test_memory_that_runs_out_while_training_is_one_line(few, tiny_gguf, tmp_path, monkeypatch):
    from offswitch.training.remedies import sft as module

    def all_of_it(self, *_args, **_more):
        return torch.empty(1 << 50)  # the allocator refuses, as it does when memory is gone

    monkeypatch.setattr(module.SFTTrainer, "training_step", all_of_it)
    with pytest.raises(EnvironmentProblem, match="the memory is full"):
        train("sft", str(tiny_gguf), few, tmp_path / "out", SftSettings(steps=1, **SMALL))


def test_lessons_that_are_not_enough_are_refused_by_name(lesson_set, tiny_gguf, tmp_path):
    def only(*kinds):
        place = tmp_path / "-".join(kinds or ("none",))
        return write_lessons(place, lesson_set.of(*kinds)[:4], Wall(), runs=["a test"]).directory

    model, out = str(tiny_gguf), tmp_path / "out"
    with pytest.raises(InputError, match="holds no pairs"):
        train("dpo", model, only(), out, DpoSettings(**SMALL))
    with pytest.raises(InputError, match="one class only: every trial complied"):
        train("dpo", model, only(Kind.DEMONSTRATION), out, DpoSettings(**SMALL))
    with pytest.raises(InputError, match="holds no demonstration lesson"):
        train("sft", model, only(Kind.PAIR), out, SftSettings(**SMALL))
    with pytest.raises(InputError, match="there is nothing to criticise"):
        train("constitution", model, only(Kind.REPLAY), out, ConstitutionSettings(**SMALL))
    with pytest.raises(InputError, match=r"layers 1-9: .* has 0 to 1"):
        train("dpo", model, only(Kind.PAIR), out, DpoSettings(**SMALL, layers=(1, 9)))
    with pytest.raises(InputError, match="all 4 are longer than 16 tokens"):
        train("dpo", model, only(Kind.PAIR), out, DpoSettings(**{**SMALL, "max_length": 16}))


def test_a_plan_that_nobody_agrees_to_trains_nothing(few, tiny_gguf, tmp_path):
    seen = []
    made = train(
        "sft", str(tiny_gguf), few, tmp_path / "out", SftSettings(**SMALL), agree=lambda p: bool(seen.append(p))
    )
    assert made is None and not (tmp_path / "out/adapter").exists()
    assert seen[0].steps > 0 and "updates" in "\n".join(seen[0].lines())
