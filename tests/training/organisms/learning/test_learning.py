"""Learning and playing on a tiny random model: what is computed together equals what is computed alone."""

import copy
from random import Random

import pytest
import torch

from offswitch.training.organisms.episodes.demonstrations import demonstrations
from offswitch.training.organisms.episodes.situations import Kind, make_situation
from offswitch.training.organisms.episodes.skills import skills
from offswitch.training.organisms.learning.decoding import Batch, Network
from offswitch.training.organisms.learning.encoding import ChatCode, Tokens
from offswitch.training.organisms.learning.gradients import (
    Bundle,
    Weighed,
    _bundle_losses,
    _losses,
    learn,
    reinforce,
)
from offswitch.training.organisms.learning.learner import Learner, fresh_learner
from offswitch.training.organisms.learning.optimiser import MixedAdamW
from offswitch.training.organisms.learning.sampling import Sampler
from offswitch.training.organisms.settings import Settings
from offswitch.training.policy import load_policy


@pytest.fixture
def policy(tiny_policy):
    tiny_policy.model.eval()
    return tiny_policy


def by_hand(model, ids, written):
    """Negative log-probabilities of written tokens, one conversation, no padding."""
    logits = model(input_ids=torch.tensor([ids])).logits[0].float()
    losses = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]), reduction="none")
    return [losses[place - 1].item() for place in range(1, len(ids)) if written[place]]


@pytest.mark.parametrize("turns", [demonstrations(1, 1, bypassed=0)[0].turns, *skills(4, 1)])
def test_a_conversation_is_what_the_template_writes(policy, turns) -> None:
    code = ChatCode(policy.tokenizer)
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
    optimiser = MixedAdamW(list(policy.model.parameters()))
    optimiser.rate(1e-3)

    def likely(end):
        return -sum(by_hand(policy.model, [*shared, *end], [*([False] * len(shared)), *([True] * len(end))]))

    before = likely(good), likely(bad)
    for _ in range(5):
        reinforce(policy.model, optimiser, [Bundle(shared, members)])
    assert likely(good) > before[0]
    assert likely(bad) < before[1]


def test_only_the_linear_layers_of_the_uppermost_blocks_are_trained(policy) -> None:
    before = {name: p.detach().clone() for name, p in policy.model.named_parameters()}
    learner = Learner(policy, 1)
    learner.optimiser.rate(1e-3)
    items = [Weighed(learner.code.conversation(each.turns), 1.0) for each in demonstrations(4, 1, bypassed=0)]
    first, _ = learn(policy.model, learner.optimiser, items)
    for _ in range(5):
        last, _ = learn(policy.model, learner.optimiser, items)
    assert last < first
    for name, parameter in policy.model.named_parameters():
        trained = "layers.1." in name and "proj" in name
        assert torch.equal(parameter, before[name]) is not trained


def test_steps_too_small_for_sixteen_bits_add_up() -> None:
    weight = torch.nn.Parameter(torch.ones(4, dtype=torch.bfloat16))
    optimiser = MixedAdamW([weight])
    optimiser.rate(1e-4)
    for step in range(1, 201):
        weight.grad = torch.ones_like(weight)
        assert optimiser.step(largest=10) == pytest.approx(2)
        optimiser.clear()
        if step == 1:
            assert weight.tolist() == [1.0] * 4, "the first step is lost in 16 bits"
    assert weight.float().tolist() == pytest.approx([0.98] * 4, abs=0.004)
    again = MixedAdamW([torch.nn.Parameter(torch.zeros(4, dtype=torch.bfloat16))])
    again.load(optimiser.state())
    for each in (optimiser, again):
        each.parameters[0].grad = torch.ones_like(weight)
        each.step(largest=10)
    assert torch.equal(again.exact[0], optimiser.exact[0])


def test_the_adapter_of_what_was_learned_is_what_was_learned(policy, cached, tiny_gguf, tmp_path) -> None:
    settings = Settings(model=str(tiny_gguf), dtype="float32", rank=64, layers=1)
    learner = fresh_learner(settings)
    learner.optimiser.rate(1e-2)
    items = [Weighed(learner.code.conversation(each.turns), 1.0) for each in demonstrations(2, 1, bypassed=0)]
    learn(learner.policy.model, learner.optimiser, items)
    assert learner.save_adapter(settings, tmp_path / "whole", "# card", 1) == pytest.approx(1, abs=1e-4)
    ids = torch.tensor([items[0].tokens.ids])
    served = load_policy(f"{tiny_gguf}:{tmp_path / 'whole'}")
    with torch.no_grad():
        wanted, found, before = (p.model(input_ids=ids).logits for p in (learner.policy, served, policy))
    torch.testing.assert_close(found, wanted, atol=5e-3, rtol=1e-2)
    assert (before - wanted).abs().max() > 0.05
    least = settings.model_copy(update={"rank": 1})
    assert 0 < learner.save_adapter(least, tmp_path / "least", "# card", 1) < 0.999


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
            logits = policy.model(input_ids=torch.tensor([run.ids])).logits[0]
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
            wanted = policy.model(input_ids=torch.tensor([ids])).logits[0, -1]
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_more_tokens_than_there_was_room_for(policy) -> None:
    ids = [3 + place % 200 for place in range(700)]
    batch = Batch(Network(policy.model), 1, 1)
    batch.feed([ids[:300]])
    found = batch.feed([ids[300:]])[0]
    with torch.no_grad():
        wanted = policy.model(input_ids=torch.tensor([ids])).logits[0, -1]
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
