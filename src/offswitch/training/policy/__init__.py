"""The model that is trained: a base with its tokenizer, a LoRA adapter on it, and how both are kept.

    policy = load_policy("embedded/smollm2-135m")        # transformers model, tokenizer, template of the server
    new_adapter(policy, Lora(rank=8), seed=1)            # policy.model is now a PEFT model, the base frozen
    ... train policy.model ...
    save_adapter(policy, folder, card="…")               # safetensors, config, hash of the base, card
    serve as embedded/smollm2-135m:folder, or load_policy("embedded/smollm2-135m:folder") to train on from it

Importing this imports neither torch nor transformers; calling does, and says what to install where they are missing.
"""

from offswitch.training.policy.adapters import (
    LINEAR,
    Lora,
    export_merged,
    load_adapter,
    new_adapter,
    save_adapter,
)
from offswitch.training.policy.bases import Base, find_base
from offswitch.training.policy.factorise import adapter_from_difference, shrink_adapter
from offswitch.training.policy.loading import Policy, load_policy
from offswitch.training.policy.resources import ensure_memory, require_train, seed_everything

__all__ = [
    "LINEAR",
    "Base",
    "Lora",
    "Policy",
    "adapter_from_difference",
    "ensure_memory",
    "export_merged",
    "find_base",
    "load_adapter",
    "load_policy",
    "new_adapter",
    "require_train",
    "save_adapter",
    "seed_everything",
    "shrink_adapter",
]
