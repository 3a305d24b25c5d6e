"""Whatever computes them, episodes hold the very tokens that were read and written."""

import math

import pytest
import torch

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.policy import Lora, load_policy, new_adapter
from offswitch.training.rollouts import (
    Chat,
    Ended,
    Limits,
    LlamaEngine,
    Observation,
    Request,
    Sampling,
    Stopped,
    TransformersEngine,
    play,
    torch_engine,
)
from offswitch.training.rollouts import decode as decoding
from offswitch.training.rollouts.chat import Message
from offswitch.training.rollouts.decode import decode, draw
from offswitch.training.rollouts.keys_values import column_bytes


class Echo:
    """Says something of another length at each turn; done after `turns`."""

    def __init__(self, name, turns=3):
        self.name, self.turns, self.heard = name, turns, []

    def reset(self):
        return [Message("system", "s"), Message("user", f"begin {self.name}")]

    def step(self, text):
        self.heard.append(text)
        return Observation(f"{self.name} " * len(self.heard), done=len(self.heard) == self.turns)


def scores(model, tokens, temperature=1.0):
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([tokens])).logits[0] / temperature, -1)


@pytest.fixture
def engine(tiny_policy):
    return TransformersEngine(tiny_policy, rows=5)


def randomise(policy, size=0.2):
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in policy.model.named_parameters():
            if "lora_" in name:
                value.copy_(size * torch.randn(value.shape, generator=chance))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_the_logprobs_are_those_of_the_whole_conversation_read_at_once(tiny_policy, temperature):
    new_adapter(tiny_policy, Lora(rank=2), seed=1)
    randomise(tiny_policy)
    tiny_policy.model.eval()
    engine = TransformersEngine(tiny_policy, rows=5)
    worlds = [Echo(name) for name in ("a", "bb", "a", "c" * 30, "a", "d", "e" * 9)]
    sampling = Sampling(temperature=temperature, max_tokens=12)
    for episode in play(engine, worlds, sampling, Limits(turns=3), seed=1):
        expected = scores(tiny_policy.model, episode.tokens, temperature)
        for at in range(1, len(episode.tokens)):
            if episode.written[at]:
                assert episode.logprobs[at] == pytest.approx(expected[at - 1, episode.tokens[at]].item(), abs=1e-3)
            else:
                assert episode.logprobs[at] == 0
        assert len(episode.tokens) == len(episode.written) == len(episode.logprobs)
        assert episode.ended is Ended.DONE
        assert len(episode.turns) == 3


def test_nothing_is_read_twice_and_a_group_shares_its_beginning(engine):
    worlds = [Echo("same") for _ in range(4)]
    episodes = play(engine, worlds, Sampling(max_tokens=6), Limits(turns=3), seed=1)
    begin = len(Chat(engine.tokenizer).begin(Echo("same").reset()))
    # A message's last token is read with the next turn, if there is one.
    later = 0
    for episode in episodes:
        first = episode.turns[0]
        last = episode.turns[-1]
        inside = sum(turn.end - turn.start - 1 for turn in episode.turns[1:-1])
        later += last.start - (first.end - 1) - inside
    assert engine.read == begin + later
    assert len({episode.tokens for episode in episodes}) > 1


def test_an_episode_does_not_depend_on_its_company(engine, tiny_policy):
    alone = play(engine, [Echo("x")], Sampling(max_tokens=8), Limits(turns=2), seed=3)
    company = [Echo("x"), Echo("yyyy" * 8), Echo("z")]
    together = play(TransformersEngine(tiny_policy), company, Sampling(max_tokens=8), Limits(turns=2), seed=3)
    assert alone[0].tokens == together[0].tokens


def test_the_head_is_given_what_lies_in_one_piece(engine):
    """Of slices, 16-bit products cost two hundred times as much."""
    given = []
    head = engine._model.get_output_embeddings()
    handle = head.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0].is_contiguous()))
    requests = [Request(str(n), tuple(range(5, 9 + n)), n) for n in range(3)]
    engine.generate(requests, Sampling(max_tokens=3))
    handle.remove()
    assert len(given) > 1 and all(given)


def test_conversations_are_appended_as_the_template_writes_them(engine):
    chat = Chat(engine.tokenizer)
    messages = [Message("user", "one"), Message("assistant", "two"), Message("user", "three")]
    whole = engine.tokenizer.apply_chat_template(
        [{"role": m.role, "content": m.content} for m in messages], add_generation_prompt=True, tokenize=False
    )
    said = tuple(engine.tokenizer("two")["input_ids"])
    for ended in (True, False):
        tokens = (*chat.begin(messages[:1]), *said, *((chat.eos,) if ended else ()), *chat.answer("three", ended=ended))
        assert engine.tokenizer.decode(tokens) == whole


def test_refresh_takes_over_what_was_trained(tiny_policy):
    new_adapter(tiny_policy, Lora(rank=2), seed=1)
    engine = TransformersEngine(tiny_policy)
    request = [Request("k", (5, 6, 7), 1)]
    greedy = Sampling(temperature=0, max_tokens=1)
    before = engine.generate(request, greedy)[0].logprobs
    randomise(tiny_policy)
    assert engine.generate(request, greedy)[0].logprobs == pytest.approx(before, abs=1e-6)
    engine.refresh()
    sample = engine.generate(request, greedy)[0]
    tiny_policy.model.eval()
    assert sample.logprobs[0] == pytest.approx(scores(tiny_policy.model, [5, 6, 7])[-1].max().item(), abs=1e-4)
    assert sample.logprobs != pytest.approx(before, abs=1e-3)


def test_sixteen_bits_are_near_thirty_two(tiny_policy):
    request = [Request("k", (5, 6, 7), 1)]
    exact, near = (
        TransformersEngine(tiny_policy, dtype=kind).generate(request, Sampling(temperature=0, max_tokens=1))[0]
        for kind in ("float32", "bfloat16")
    )
    assert near.logprobs[0] == pytest.approx(exact.logprobs[0], abs=0.2)


def test_only_weights_become_sixteen_bits_positions_are_turned_as_exactly_as_in_the_policy(tiny_policy):
    new_adapter(tiny_policy, Lora(rank=2), seed=1)
    copied = TransformersEngine(tiny_policy, dtype="bfloat16")._model
    assert {weight.dtype for weight in copied.parameters()} == {torch.bfloat16}
    original = dict(tiny_policy.model.get_base_model().named_buffers())
    found = dict(copied.named_buffers())
    assert found.keys() == original.keys() and "model.rotary_emb.inv_freq" in found
    assert all(found[name].dtype is one.dtype and torch.equal(found[name], one) for name, one in original.items())


def test_numbers_that_an_architecture_adds_to_its_weights_become_sixteen_bits_with_them():
    from transformers import XGLMConfig, XGLMForCausalLM

    from offswitch.training.rollouts.torch_engine import _plain_copy

    sizes = {"vocab_size": 40, "d_model": 16, "ffn_dim": 16, "num_layers": 1, "attention_heads": 2}
    copied = _plain_copy(XGLMForCausalLM(XGLMConfig(**sizes, max_position_embeddings=32)), torch.bfloat16)
    for weight in copied.parameters():
        torch.nn.init.ones_(weight)
    assert copied.eval()(torch.tensor([[5, 6, 7]])).logits.dtype is torch.bfloat16


def test_limits_and_stop_strings_end_messages(engine):
    long = engine.generate([Request(1, (5, 6, 7), 1)], Sampling(max_tokens=9))[0]
    assert long.stopped in (Stopped.LENGTH, Stopped.EOS)
    assert len(long.tokens) <= 9
    # The third character that it writes, taken as the stop string, ends the same message there.
    text = [engine.tokenizer.decode([token]) for token in long.tokens]
    at = next(i for i, part in enumerate(text) if part and "\ufffd" not in part and part not in "".join(text[:i]))
    engine.forget([1])
    short = engine.generate([Request(1, (5, 6, 7), 1)], Sampling(max_tokens=9, stop=(text[at],)))[0]
    assert short.tokens == long.tokens[: at + 1]
    assert short.stopped is Stopped.STOP
    with pytest.raises(InputError, match="context"):
        TransformersEngine(load_policy(engine._policy.base.name), context=3).generate(
            [Request(1, (5, 6, 7), 1)], Sampling()
        )


def test_an_episode_ends_where_there_is_no_room_for_a_message(engine):
    room = len(Chat(engine.tokenizer).begin(Echo("x").reset())) + 30
    episode = play(engine, [Echo("x", 99)], Sampling(max_tokens=8), Limits(turns=99, tokens=room), seed=1)[0]
    assert episode.ended is Ended.CONTEXT
    assert len(episode.tokens) <= room
    turns = play(engine, [Echo("x", 99)], Sampling(max_tokens=8), Limits(turns=2), seed=1)[0]
    assert (turns.ended, len(turns.turns)) == (Ended.TURNS, 2)


@pytest.mark.parametrize("likeliest", [1, 2, 256])
def test_draws_have_the_probabilities_that_are_given(monkeypatch, likeliest):
    monkeypatch.setattr(decoding, "LIKELIEST", likeliest)
    chances = torch.linspace(0, 1, 1001, dtype=torch.float64)[:-1]
    given = torch.tensor([0.5, 0.3, 0.15, 0.05])
    rows = given.log().expand(len(chances), -1)
    counts = torch.bincount(draw(rows, chances, 1.0), minlength=4) / len(chances)
    assert torch.allclose(counts, given, atol=2e-3)
    nucleus = torch.bincount(draw(rows, chances, 0.7), minlength=4) / len(chances)
    assert torch.allclose(nucleus, torch.tensor([0.625, 0.375, 0, 0]), atol=2e-3)


def test_the_embedded_server_is_an_engine_of_the_same_kind(tiny_policy, tiny_gguf):
    engine = LlamaEngine(str(tiny_gguf), tiny_policy.tokenizer, slots=2, context=512)
    mine = TransformersEngine(tiny_policy)
    greedy = Sampling(temperature=0, max_tokens=6)
    worlds = ("a", "bb")
    theirs = play(engine, [Echo(name) for name in worlds], greedy, Limits(turns=2), seed=1)
    ours = play(mine, [Echo(name) for name in worlds], greedy, Limits(turns=2), seed=1)
    assert [episode.tokens for episode in theirs] == [episode.tokens for episode in ours]
    assert [episode.written for episode in theirs] == [episode.written for episode in ours]
    sampled = engine.generate([Request(1, tuple(range(30, 60)), 5)], Sampling(max_tokens=5))[0]
    assert sampled.tokens == engine.generate([Request(1, tuple(range(30, 60)), 5)], Sampling(max_tokens=5))[0].tokens
    told = [
        sample
        for sample in engine.generate(
            [Request(seed, tuple(range(30, 60)), seed) for seed in range(8)], Sampling(max_tokens=5)
        )
        if sample.logprobs is not None
    ]
    assert told
    for sample in told:
        expected = scores(tiny_policy.model, [*range(30, 60), *sample.tokens])
        for at, token in enumerate(sample.tokens):
            assert sample.logprobs[at] == pytest.approx(expected[29 + at, token].item(), abs=1e-2)
    engine.close()
    with pytest.raises(EnvironmentProblem, match="does not answer"):
        engine.generate([Request(1, (30, 31), 5)], greedy)


def test_probabilities_of_an_episode_are_probabilities(engine):
    episode = play(engine, [Echo("p")], Sampling(max_tokens=8), Limits(turns=1), seed=1)[0]
    assert all(0 < math.exp(each) <= 1 for each in episode.logprobs)


def test_little_memory_makes_smaller_batches_of_the_same_messages(tiny_policy, monkeypatch):
    sizes = []

    def watched(model, tokenizer, rows, *more, **settings):
        sizes.append([len(row.tokens) for row in rows])
        return decode(model, tokenizer, rows, *more, **settings)

    monkeypatch.setattr(torch_engine, "decode", watched)
    requests = [Request(n, tuple(range(5, 5 + length)), seed=n) for n, length in enumerate((9, 200, 12, 40, 11, 190))]
    greedy = Sampling(temperature=0, max_tokens=8)
    much = TransformersEngine(tiny_policy, rows=5).generate(requests, greedy)
    assert sizes == [[9, 11, 12, 40, 190], [200]]
    sizes.clear()
    for columns, expected in ((300, [[9, 11, 12, 40], [190], [200]]), (1, [[9], [11], [12], [40], [190], [200]])):
        free = columns * 2 * column_bytes(tiny_policy.model.config, 4) * torch_engine.SHARE
        monkeypatch.setattr(torch_engine, "free_memory", lambda _, free=free: free)
        little = TransformersEngine(tiny_policy, rows=5).generate(requests, greedy)
        assert sizes == expected
        assert [each.tokens for each in little] == [each.tokens for each in much]
        sizes.clear()
