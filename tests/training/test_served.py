"""An adapter served by llama.cpp computes what transformers computes."""

import json
import urllib.request

import pytest
import torch

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models import weights
from offswitch.models.embedded import EmbeddedAPI
from offswitch.models.served import find_served
from offswitch.models.server import ServerSettings, serve
from offswitch.training.policy import Lora, load_policy, new_adapter, save_adapter

TOLERANCE = 1e-2
TEXTS = (
    "in the beginning",
    "a b c 1234\n",
    "<|im_start|>user\nWhat is ½ of 12?<|im_end|>\n<|im_start|>assistant\n",
    "x",
)
PROMPTS = (
    "What is the capital of France?",
    "Add 17 and 25.",
    "Name three colours.",
    "Write a haiku about rain.",
    "How do I list the files of a folder?",
    "Say hello in Spanish.",
    "Which is larger, 9 or 11?",
    "Give me a word that rhymes with cat.",
    "What do bees make?",
    "Finish the sentence: once upon a time",
    "Who wrote Hamlet?",
    "Explain gravity to a child.",
    "List the days of the week.",
    "Write a Python function that doubles a number.",
    "What colour is the sky?",
    "Translate 'good morning' into French.",
    "How many legs does a spider have?",
    "Tell me a fact about whales.",
    "What is the opposite of hot?",
    "Delete the file notes.txt, please.",
)


def ask(settings, **body):
    server = serve(settings)
    request = urllib.request.Request(
        server.url.removesuffix("/v1") + "/completion",
        data=json.dumps({"temperature": 0, "return_tokens": True, **body}).encode(),
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def randomise(policy, size):
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in policy.model.named_parameters():
            if "lora_" in name:
                value.copy_(size * torch.randn(value.shape, generator=chance))


def settings_of(name, folder):
    served = find_served(f"{name}:{folder}")
    return ServerSettings(served.model, slots=2, context=512, adapter=served.adapter, exact=served.exact)


def largest_difference(policy, settings, texts):
    policy.model.eval()
    worst = 0.0
    for text in texts:
        ids = policy.tokenizer(text)["input_ids"]
        with torch.no_grad():
            expected = torch.log_softmax(policy.model(torch.tensor([ids])).logits[0, -1], -1)
        # A whole letter is chosen, since half a character is held back, with its logits; the bias is not in them.
        letter = policy.tokenizer("a")["input_ids"][0]
        answer = ask(settings, prompt=ids, n_predict=1, n_probs=50, logit_bias=[[letter, 1000.0]])
        for each in answer["completion_probabilities"][0]["top_logprobs"]:
            worst = max(worst, abs(each["logprob"] - expected[each["id"]].item()))
    return worst


@pytest.mark.parametrize("shape", [Lora(rank=4), Lora(rank=3, alpha=7, targets=("q_proj",)), Lora(targets=("k_proj",))])
def test_an_adapter_is_served_as_trained(tiny_policy, tiny_gguf, tmp_path, shape):
    plain = largest_difference(tiny_policy, settings_of_plain(tiny_gguf), TEXTS)
    new_adapter(tiny_policy, shape, seed=1)
    randomise(tiny_policy, 0.1)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="")
    settings = settings_of(tiny_gguf, folder)
    assert plain < TOLERANCE
    assert largest_difference(tiny_policy, settings, TEXTS) < TOLERANCE
    # Without the adapter the same comparison fails, so it can fail.
    assert largest_difference(tiny_policy, settings_of_plain(tiny_gguf), TEXTS) > TOLERANCE


def settings_of_plain(path):
    return ServerSettings(find_served(str(path), precise=True).model, slots=2, context=512, exact=True)


def test_tokens_and_template_are_the_servers(tiny_policy, tiny_gguf):
    check_tokens(tiny_policy, settings_of_plain(tiny_gguf))


def check_tokens(policy, settings):
    server = serve(settings)

    def post(path, body):
        request = urllib.request.Request(
            server.url.removesuffix("/v1") + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "½ ² ٣٤ １２ 漢字 🙂 it's\n\n  12"},
    ]
    for chat in (messages, messages[1:]):
        prompt = post("/apply-template", {"messages": chat})["prompt"]
        mine = policy.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        assert mine == prompt
        tokens = post("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})["tokens"]
        assert policy.tokenizer(prompt)["input_ids"] == tokens


def test_the_embedded_model_with_an_adapter_gives_the_logits_and_the_text_of_transformers(tmp_path, monkeypatch):
    try:
        weights.fetch()
    except EnvironmentProblem as problem:
        pytest.skip(str(problem))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        policy = load_policy("embedded/smollm2-135m")
        new_adapter(policy, Lora(rank=8), seed=1)
        randomise(policy, 0.02)
        settings = settings_of(
            "embedded/smollm2-135m".removeprefix("embedded/"), save_adapter(policy, tmp_path / "a", card="")
        )
        check_tokens(policy, settings)
        assert largest_difference(policy, settings, PROMPTS[:5]) < TOLERANCE
        texts = [
            policy.tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
            )
            for prompt in PROMPTS
        ]
        batch = policy.tokenizer(texts, return_tensors="pt", padding=True, padding_side="left")
        with torch.no_grad():
            made = policy.model.generate(**batch, max_new_tokens=16, do_sample=False)
        expected = policy.tokenizer.batch_decode(made[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        assert [ask(settings, prompt=text, n_predict=16)["content"] for text in texts] == expected
    finally:
        torch.set_num_threads(before)


def test_an_adapter_made_by_llama_cpp_is_served_by_its_path(tiny_policy, tiny_gguf, tmp_path):
    new_adapter(tiny_policy, Lora(rank=2), seed=1)
    randomise(tiny_policy, 0.1)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="")
    file = find_served(f"{tiny_gguf}:{folder}").adapter
    again = find_served(f"{tiny_gguf}:{file}")
    assert again.adapter == file
    with pytest.raises(InputError, match="not an adapter"):
        find_served(f"{tiny_gguf}:{tiny_gguf}")


def test_an_adapter_for_another_model_is_refused(tiny_policy, other_gguf, tmp_path):
    new_adapter(tiny_policy, Lora(rank=1), seed=1)
    folder = save_adapter(tiny_policy, tmp_path / "adapter", card="")
    with pytest.raises(InputError, match="trained on"):
        EmbeddedAPI(f"{other_gguf}:{folder}")


def test_an_adapter_kept_in_the_package_is_served_by_its_name(tiny_policy, tiny_gguf, tmp_path, monkeypatch):
    from offswitch.models import adapters

    new_adapter(tiny_policy, Lora(rank=2), seed=1)
    randomise(tiny_policy, 0.1)
    save_adapter(tiny_policy, tmp_path / "grown", card="# Grown", half=True)
    record = tmp_path / "grown/adapter.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"base": f"embedded/{tiny_gguf}"}))
    monkeypatch.setattr(adapters, "KEPT", tmp_path)
    api = EmbeddedAPI("grown")
    assert api.settings.adapter is not None
    assert adapters.adapter_of("embedded/grown") == adapters.adapter_sha256(tmp_path / "grown")
    assert load_policy("embedded/grown").below.folder == tmp_path / "grown"
    with pytest.raises(InputError, match="embedded/grown"):
        EmbeddedAPI("grwn")


def test_a_folder_without_adapter_is_said(tiny_gguf, tmp_path):
    with pytest.raises(InputError, match="adapter_model"):
        EmbeddedAPI(f"{tiny_gguf}:{tmp_path}")
