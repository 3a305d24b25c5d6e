import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.policy import (
    Lora,
    adapter_from_difference,
    export_merged,
    find_base,
    load_adapter,
    load_policy,
    new_adapter,
    resources,
    save_adapter,
    shrink_adapter,
)
from offswitch.training.policy.adapters import LINEAR

IDS = torch.tensor([[3, 40, 77, 120, 9, 5]])


def logits(policy):
    policy.model.eval()
    with torch.no_grad():
        return policy.model(IDS).logits[0]


def randomise(policy, seed=0, size=0.05):
    """An adapter as training leaves it: nothing in it is zero."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in policy.model.named_parameters():
            if "lora_" in name:
                value.copy_(size * torch.randn(value.shape, generator=chance))


def test_a_gguf_is_converted_once_and_named_by_its_hash(cached, tiny_gguf):
    said = []
    base = find_base(str(tiny_gguf), said.append)
    again = find_base(str(tiny_gguf), said.append)
    assert base == again
    assert sum("converting" in line for line in said) <= 1
    assert base.folder.parent == cached / "bases"
    assert base.sha256[:12] in base.folder.name
    assert "quantization_config" not in json.loads((base.folder / "config.json").read_text())


def test_a_policy_computes_in_32_bits_on_a_cpu_with_the_numbers_of_the_file(tiny_policy):
    assert tiny_policy.model.dtype == torch.float32
    weight = tiny_policy.model.model.layers[0].mlp.up_proj.weight
    assert torch.equal(weight, weight.half().float())


def test_a_new_adapter_changes_nothing_and_only_it_is_trained(tiny_policy):
    before = logits(tiny_policy)
    new_adapter(tiny_policy, Lora(rank=2), seed=3)
    assert torch.equal(before, logits(tiny_policy))
    trained = {name for name, value in tiny_policy.model.named_parameters() if value.requires_grad}
    assert trained
    assert all("lora_" in name for name in trained)
    assert all(any(target in name for name in trained) for target in LINEAR)


def test_the_same_seed_draws_the_same_adapter(cached, tiny_gguf):
    drawn = []
    for seed in (1, 1, 2):
        policy = load_policy(str(tiny_gguf), seed=seed)
        new_adapter(policy, Lora(rank=2), seed=seed)
        drawn.append(torch.cat([v.flatten() for n, v in policy.model.named_parameters() if "lora_A" in n]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("layers", [None, (1,)])
def test_what_is_saved_computes_the_same_when_loaded(tiny_policy, tiny_gguf, tmp_path, layers):
    new_adapter(tiny_policy, Lora(rank=3, alpha=5.0, layers=layers), seed=3)
    randomise(tiny_policy)
    trained = logits(tiny_policy)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="# Card\n", seed=3)
    assert {path.name for path in folder.iterdir()} == {
        "adapter_model.safetensors",
        "adapter_config.json",
        "adapter.json",
        "README.md",
    }
    fresh = load_policy(str(tiny_gguf))
    load_adapter(fresh, folder)
    assert torch.allclose(logits(fresh), trained, atol=1e-5)
    beneath = load_policy(f"{tiny_gguf}:{folder}")
    assert torch.allclose(logits(beneath), trained, atol=1e-4)


def test_what_is_trained_on_an_adapter_is_saved_with_it(tiny_policy, tiny_gguf, tmp_path):
    new_adapter(tiny_policy, Lora(rank=3, targets=("q_proj", "up_proj")), seed=3)
    randomise(tiny_policy)
    first = save_adapter(tiny_policy, tmp_path / "first", card="grown")
    second = load_policy(f"{tiny_gguf}:{first}")
    new_adapter(second, Lora(rank=2, targets=("up_proj", "v_proj")), seed=4)
    randomise(second, seed=5)
    trained = logits(second)
    folder = save_adapter(second, tmp_path / "second", card="cured")
    fresh = load_policy(str(tiny_gguf))
    load_adapter(fresh, folder)
    assert torch.allclose(logits(fresh), trained, atol=1e-4)


def test_a_saved_adapter_takes_the_place_of_an_older_one_and_of_nothing_else(tiny_policy, tmp_path):
    new_adapter(tiny_policy, Lora(rank=1), seed=3)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="old")
    save_adapter(tiny_policy, folder, card="new")
    assert (folder / "README.md").read_text() == "new\n"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").touch()
    with pytest.raises(InputError, match="something else"):
        save_adapter(tiny_policy, tmp_path / "mine", card="")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "mine"]


def test_a_full_disk_leaves_nothing_half_written(tiny_policy, tmp_path):
    # A limit on the size of files stands in for the disk: the kernel refuses the same write.
    script = """
import os, sys, resource, signal
from pathlib import Path
from offswitch.training.policy import Lora, export_merged, find_base, load_policy, new_adapter, save_adapter
policy = load_policy(sys.argv[1]); new_adapter(policy, Lora(rank=8), seed=1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
os.environ["OFFSWITCH_CACHE"] = sys.argv[2] + "/cache"
place = Path(sys.argv[2]) / "adapter"
for write in (
    lambda: save_adapter(policy, place, card="x"),
    lambda: export_merged(policy, place),
    lambda: find_base(sys.argv[1]),
):
    try:
        write()
    except Exception as error:
        print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tiny_policy.base.name, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout.splitlines()
    assert [line.partition(" ")[0] for line in said] == ["EnvironmentProblem"] * 3, said
    assert [path for path in tmp_path.rglob("*") if path.name not in ("cache", "bases", ".lock")] == []


def test_an_adapter_of_another_base_is_refused(tiny_policy, other_gguf, tmp_path):
    new_adapter(tiny_policy, Lora(rank=1), seed=3)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="")
    with pytest.raises(InputError, match="trained on"):
        load_policy(f"{other_gguf}:{folder}")
    other = load_policy(str(other_gguf))
    with pytest.raises(InputError, match="trained on"):
        load_adapter(other, folder)


def test_a_merged_export_is_a_model_of_its_own(tiny_policy, tmp_path):
    new_adapter(tiny_policy, Lora(rank=2), seed=3)
    randomise(tiny_policy)
    trained = logits(tiny_policy)
    folder = export_merged(tiny_policy, tmp_path / "merged")
    alone = load_policy(str(folder))
    assert torch.allclose(logits(alone), trained, atol=1e-4)
    assert alone.tokenizer.chat_template == tiny_policy.tokenizer.chat_template


def test_a_difference_of_low_rank_is_kept_whole(tiny_policy, tiny_gguf):
    new_adapter(tiny_policy, Lora(rank=3, targets=("q_proj", "down_proj"), layers=(1,)), seed=3)
    randomise(tiny_policy)
    trained = logits(tiny_policy)
    state = tiny_policy.model.merge_and_unload().state_dict()
    base = load_policy(str(tiny_gguf))
    assert adapter_from_difference(base, state, rank=3, seed=1) == pytest.approx(1, abs=1e-5)
    assert torch.allclose(logits(base), trained, atol=1e-3)
    assert {name.split(".")[4] for name, _ in base.model.named_parameters() if "lora_" in name} == {"1"}


def test_an_adapter_is_shrunk_to_the_nearest_one_of_a_rank(tiny_policy, tiny_gguf, tmp_path):
    new_adapter(tiny_policy, Lora(rank=6, alpha=12), seed=3)
    randomise(tiny_policy)
    trained = logits(tiny_policy)
    save_adapter(tiny_policy, tmp_path / "large", card="# large", seed=3)
    assert shrink_adapter(tmp_path / "large", tmp_path / "same", rank=6, card="# same") == pytest.approx(1, abs=1e-5)
    same = load_policy(f"{tiny_gguf}:{tmp_path / 'same'}")
    assert torch.allclose(logits(same), trained, atol=2e-2)
    share = shrink_adapter(tmp_path / "large", tmp_path / "small", rank=3, card="# small")
    assert 0.5 < share < 0.99
    small = load_policy(f"{tiny_gguf}:{tmp_path / 'small'}")
    assert not torch.allclose(logits(small), trained, atol=2e-2)
    sizes = [(tmp_path / name / "adapter_model.safetensors").stat().st_size for name in ("large", "small")]
    assert sizes[1] < sizes[0] / 3
    assert (tmp_path / "small" / "README.md").read_text() == "# small\n"
    shrink_adapter(tmp_path / "large", tmp_path / "mixed", rank=(2, 5), card="# mixed")
    mixed = load_file(tmp_path / "mixed" / "adapter_model.safetensors")
    ranks = {(name.partition("layers.")[2][0], value.shape[0]) for name, value in mixed.items() if "lora_A" in name}
    assert ranks == {("0", 2), ("1", 5)}
    load_policy(f"{tiny_gguf}:{tmp_path / 'mixed'}")
    with pytest.raises(InputError, match="1 ranks were given, and none is for its block"):
        shrink_adapter(tmp_path / "large", tmp_path / "no", rank=(2,), card="")
    assert not (tmp_path / "no").exists()


def test_a_difference_outside_linear_layers_is_refused(tiny_policy):
    state = {name: value.clone() for name, value in tiny_policy.model.state_dict().items()}
    state["model.norm.weight"] += 1
    with pytest.raises(InputError, match=r"model\.norm"):
        adapter_from_difference(tiny_policy, state, rank=1, seed=1)


def test_too_little_memory_is_said_before_anything_is_loaded(cached, tiny_gguf, monkeypatch):
    monkeypatch.setattr(resources, "free_memory", lambda device="cpu": 1 << 20)
    with pytest.raises(EnvironmentProblem, match="GB of memory"):
        load_policy(str(tiny_gguf))


def test_what_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr(resources, "PACKAGES", ("torch", "no_such_package"))
    with pytest.raises(EnvironmentProblem, match=r"no_such_package.*pip install 'offswitch\[train\]'"):
        load_policy("embedded/smollm2-135m")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("embedded/smollm2-135", "smollm2-135m"),
        ("no-such-folder", "no such folder"),
        ("./none.gguf", "no such file"),
    ],
)
def test_an_unknown_base_is_said(name, words, cached):
    with pytest.raises(InputError, match=words):
        load_policy(name)


def test_a_target_that_is_not_there_is_said(tiny_policy):
    with pytest.raises(InputError, match="query"):
        new_adapter(tiny_policy, Lora(targets=("query",)), seed=1)


def test_importing_it_imports_no_torch():
    code = "import sys, offswitch.training.policy; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
