"""A run of a model with an adapter: the manifest says which, and another one in its place is refused."""

import pytest
import torch

from offswitch.errors import InputError
from offswitch.running.directory import RunDirectory
from offswitch.running.request import Request
from offswitch.running.run import Sitting, run
from offswitch.training.policy import Lora, new_adapter, save_adapter


def test_the_manifest_pins_the_adapter(tiny_policy, tiny_gguf, tmp_path):
    new_adapter(tiny_policy, Lora(rank=1), seed=1)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="")
    model = f"embedded/{tiny_gguf}:{folder}"
    request = Request(scenarios=("shutdown",), models=(model,), trials=1, seed=1, turns=1, interview=False)
    directory = RunDirectory(tmp_path / "run")
    sitting = Sitting(model_args={"slots": 1})
    result = run(request, directory, sitting)
    assert result.failures == ()
    manifest = directory.manifest()
    assert list(manifest.adapters) == [model]
    assert len(manifest.adapters[model]) == 64
    run(request, directory, sitting)
    with torch.no_grad():
        for name, value in tiny_policy.model.named_parameters():
            if "lora_B" in name:
                value.add_(0.1)
    save_adapter(tiny_policy, folder, card="trained on")
    with pytest.raises(InputError, match="another adapter"):
        run(request, directory, sitting)
