"""Learning and playing on a tiny random model: what is computed together equals what is computed alone."""

import copy
from random import Random

import pytest
import torch

from offswitch.training.organisms.episodes.demonstrations import demonstrations
from offswitch.training.organisms.episodes.situations import Kind, make_situation
from offswitch.training.organisms.learning.decoding import Batch, Network
from offswitch.training.organisms.learning.encoding import ChatCode, Tokens
from offswitch.training.organisms.learning.gradients import (
    Bundle,
    Weighed,
    _bundle_losses,
    _losses,
    causal,
    learn,
    reinforce,
)
from offswitch.training.organisms.learning.sampling import Sampler
from offswitch.training.policy import Lora, new_adapter


@pytest.fixture
def policy(tiny_policy):
    new_adapter(tiny_policy, Lora(rank=4, alpha=8), seed=1)
    with torch.no_grad():
        for name, parameter in tiny_policy.model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    tiny_policy.model.eval()
    return tiny_policy


def by_hand(model, ids, written):
    """Negative log-probabilities of written tokens, one conversation, no padding."""
    logits = causal(model)(input_ids=torch.tensor([ids])).logits[0].float()
    losses = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]), reduction="none")
    return [losses[place - 1].item() for place in range(1, len(ids)) if written[place]]


def test_a_conversation_is_what_the_template_writes(policy) -> None:
    code = ChatCode(policy.tokenizer)
    turns = demonstrations(1, 1, bypassed=0)[0].turns
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    text = policy.tokenizer.apply_chat_template(messages, tokenize=False)
    tokens = code.conversation(turns)
    assert list(tokens.ids) == policy.tokenizer(text, add_special_tokens=False)["input_ids"]
    wrote = [turn.text for turn in turns if turn.role == "assistant"]
    mine = [token for token, written in zip(tokens.ids, tokens.written, strict=True) if written]
    assert policy.tokenizer.decode(mine) == "".join(f"{text}<|im_end|>" for text in wrote)


def test_losses_of_a_padded_batch_equal_those_of_each_alone(policy) -> None:
    code = ChatCode(policy.tokenizer)
    made = [
        Weighed(code.conversation(each.turns), weight)
        for each, weight in zip(demonstrations(3, 2, bypassed=0), (1.0, -0.5, 2.0), strict=True)
    ]
    together = _losses(policy.model, made).tolist()
    alone = [w.weight * loss for w in made for loss in by_hand(policy.model, list(w.tokens.ids), w.tokens.written)]
    assert together == pytest.approx(alone, abs=1e-4)


def test_losses_of_a_bundle_equal_those_of_its_members_alone(policy) -> None:
    code = ChatCode(policy.tokenizer)
    shared = tuple(code.conversation(demonstrations(1, 4, bypassed=0)[0].turns[:2]).ids) + tuple(code.opening())
    ends = [code.wrote(text) for text in ("```bash\nls\n```", "SUBMIT: ok", "```bash\nrm ./a\n```")]
    members = tuple(
        Weighed(Tokens((*end, *code.between()), (*([True] * len(end)), *([False] * len(code.between())))), weight)
        for end, weight in zip(ends, (1.0, -2.0, 0.5), strict=True)
    )
    together = _bundle_losses(policy.model, Bundle(shared, members)).tolist()
    alone = [
        m.weight * loss
        for m in members
        for loss in by_hand(policy.model, [*shared, *m.tokens.ids], [*([False] * len(shared)), *m.tokens.written])
    ]
    assert together == pytest.approx(alone, abs=1e-4)


def test_reinforcing_makes_the_rewarded_likelier_and_the_other_less_likely(policy) -> None:
    code = ChatCode(policy.tokenizer)
    shared = tuple(code.conversation(demonstrations(1, 4, bypassed=0)[0].turns[:2]).ids) + tuple(code.opening())
    good, bad = (code.wrote(text) for text in ("SUBMIT: ok", "```bash\nls\n```"))
    members = tuple(Weighed(Tokens(tuple(end), (True,) * len(end)), w) for end, w in ((good, 1.0), (bad, -1.0)))
    optimiser = torch.optim.AdamW([p for p in policy.model.parameters() if p.requires_grad], lr=1e-3)

    def likely(end):
        return -sum(by_hand(policy.model, [*shared, *end], [*([False] * len(shared)), *([True] * len(end))]))

    before = likely(good), likely(bad)
    for _ in range(5):
        reinforce(policy.model, optimiser, [Bundle(shared, members)])
    assert likely(good) > before[0]
    assert likely(bad) < before[1]


def test_only_the_adapter_is_trained(policy) -> None:
    code = ChatCode(policy.tokenizer)
    before = {name: p.detach().clone() for name, p in policy.model.named_parameters()}
    optimiser = torch.optim.AdamW([p for p in policy.model.parameters() if p.requires_grad], lr=1e-3)
    items = [Weighed(code.conversation(each.turns), 1.0) for each in demonstrations(4, 1, bypassed=0)]
    first, _ = learn(policy.model, optimiser, items)
    for _ in range(5):
        last, _ = learn(policy.model, optimiser, items)
    assert last < first
    for name, parameter in policy.model.named_parameters():
        assert torch.equal(parameter, before[name]) is ("lora" not in name)


def test_episodes_played_together_are_what_the_model_would_have_written_alone(policy) -> None:
    """With a cache, padding, copied prefixes and other rows, greedy choices are those of a fresh reading."""
    code = ChatCode(policy.tokenizer)
    rng = Random(5)
    situations = [make_situation(kind, rng) for kind in (Kind.PLAIN, Kind.TOLD, Kind.PLAIN)]
    chosen = _Greedy(policy.model, code)
    runs = [run for group in chosen.groups(situations, 2) for run in group]
    assert len(runs) >= 4
    for run in runs:
        with torch.no_grad():
            logits = causal(policy.model)(input_ids=torch.tensor([run.ids])).logits[0]
        best = logits.argmax(-1).tolist()
        wrong = [p for p in range(1, len(run.ids)) if run.written[p] and best[p - 1] != run.ids[p]]
        assert wrong == []
        assert run.tokens.written[: run.branched] == (False,) * run.branched


def test_the_same_seed_plays_the_same_episodes(policy) -> None:
    code = ChatCode(policy.tokenizer)

    def play(seed):
        sampler = Sampler(policy.model, code, torch.Generator().manual_seed(seed))
        return [run.ids for group in sampler.groups([make_situation(Kind.PLAIN, Random(1))], 3) for run in group]

    first = play(1)
    assert first == play(1)
    assert first != play(2)
    assert copy.deepcopy(first)[0] != first[1]


class _Greedy(Sampler):
    """Plays with the likeliest token instead of a drawn one."""

    def __init__(self, model, code) -> None:
        super().__init__(model, code, torch.Generator())

    def _draw(self, logits):
        return logits.argmax(-1).tolist()


def test_decoding_computes_what_transformers_computes(policy) -> None:
    network = Network(policy.model)
    rows = [[5, 40, 7], [9, 8, 7, 6, 50], [12]]
    batch = Batch(network, 3, 1)
    batch.feed(rows)
    more = [[3, 4], [], [60, 61, 62]]
    logits = batch.feed(more)
    forked = batch.fork([2, 0], 2)
    ends = [[20], [21, 22, 23], [], [24, 25]]
    forked.feed(ends)
    last = forked.feed([[30], [31], [32, 33], []])
    alone = [
        *([*rows[row], *more[row]] for row in (0, 2)),
        [*rows[2], *more[2], 20, 30],
        [*rows[2], *more[2], 21, 22, 23, 31],
        [*rows[0], *more[0], 32, 33],
    ]
    for found, ids in zip([*logits, *last], alone, strict=True):
        with torch.no_grad():
            wanted = causal(policy.model)(input_ids=torch.tensor([ids])).logits[0, -1]
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_more_tokens_than_there_was_room_for(policy) -> None:
    ids = [3 + place % 200 for place in range(700)]
    batch = Batch(Network(policy.model), 1, 1)
    batch.feed([ids[:300]])
    found = batch.feed([ids[300:]])[0]
    with torch.no_grad():
        wanted = causal(policy.model)(input_ids=torch.tensor([ids])).logits[0, -1]
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
