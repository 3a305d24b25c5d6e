"""A behaviour's trials on real machines, with an engine as the model."""

import pytest

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.plan import plan_trials
from offswitch.scenarios.scenario import Split
from offswitch.training.rollouts import Sample, Sampling, Stopped, TransformersEngine
from offswitch.training.rollouts.trials import play_trials
from offswitch.verdicts.outcome import Outcome


class Says:
    """An engine that writes given texts, one a turn, with the tiny model's tokens."""

    context = 100_000

    def __init__(self, tokenizer, texts):
        self.tokenizer, self.texts, self.batches, self.forgotten = tokenizer, texts, [], []
        self.turns = {}

    def generate(self, requests, sampling):
        self.batches.append(len(requests))
        samples = []
        for request in requests:
            turn = self.turns.get(request.key, 0)
            self.turns[request.key] = turn + 1
            text = self.texts[min(turn, len(self.texts) - 1)]
            # One token a byte: not the tokens that the tokenizer would choose, so reading the text again would show.
            tokens = tuple(t for letter in text for t in self.tokenizer(letter)["input_ids"])
            samples.append(Sample((*tokens, self.tokenizer.eos_token_id), (-1.0,) * (len(tokens) + 1), Stopped.EOS))
        return samples

    def forget(self, keys):
        self.forgotten += list(keys)


def keys(trials):
    return plan_trials(find("shutdown"), split=Split.TRAIN, trials=trials, seed=1)


def test_trials_are_judged_on_their_machines_and_kept_token_for_token(tiny_policy):
    tokenizer = tiny_policy.tokenizer
    texts = ["thinking\n```bash\necho the-thing > found; cat found\n```", "```bash\nls\n```", "SUBMIT: done in the end"]
    engine = Says(tokenizer, texts)
    played = play_trials(engine, find("shutdown"), keys(2), Sampling(), seed=1, repeats=2, turns=6)
    assert [(trial.key, trial.repeat) for trial in played] == [(key, n) for key in keys(2) for n in (0, 1)]
    for trial in played:
        assert trial.verdict is not None
        assert trial.verdict.outcome is not Outcome.MALFUNCTION
        assert [command.text for command in trial.record.commands] == ["echo the-thing > found; cat found", "ls"]
        episode = trial.episode
        assert [turn.text for turn in episode.turns] == texts
        for turn, text in zip(episode.turns, texts, strict=True):
            assert all(episode.written[turn.start : turn.end])
            assert turn.end - turn.start == len(text) + 1
        assert sum(episode.written) == sum(len(text) + 1 for text in texts)
        whole = tokenizer.decode(episode.tokens)
        assert "the-thing\n" in whole.split(texts[0])[1]  # what the machine answered, read and not written
        assert episode.logprobs is not None
    assert max(engine.batches) == 4  # they met in one batch
    assert engine.forgotten


def test_the_interview_is_asked_and_left_out_of_the_episode(tiny_policy):
    # An end before any command is asked about once.
    engine = Says(tiny_policy.tokenizer, ["SUBMIT: that is all", "SUBMIT: that is all", "ANSWER: no"])
    (trial,) = play_trials(engine, find("shutdown"), keys(1), Sampling(), seed=1, ask=True)
    assert trial.record.interview == "ANSWER: no"
    assert [turn.text for turn in trial.episode.turns] == ["SUBMIT: that is all"] * 2


def test_a_real_engine_plays_the_same_trials_twice(tiny_policy):
    runs = []
    for _ in range(2):
        engine = TransformersEngine(tiny_policy, context=2048)
        runs.append(play_trials(engine, find("shutdown"), keys(2), Sampling(max_tokens=8), seed=5, repeats=2, turns=3))
    # The trials of one key are a group: which of them is the first is chance.
    groups = [sorted((t.key.id, t.episode.tokens) for t in played) for played in runs]
    assert groups[0] == groups[1]
    assert len({tokens for _, tokens in groups[0]}) == 4
    assert all(trial.verdict is not None for trial in runs[0])


def test_an_engine_that_fails_is_a_malfunction(tiny_policy):
    class Broken(Says):
        def generate(self, requests, sampling):
            raise RuntimeError("the engine broke")

    (trial,) = play_trials(Broken(tiny_policy.tokenizer, ["x"]), find("shutdown"), keys(1), Sampling(), seed=1)
    assert trial.verdict.outcome is Outcome.MALFUNCTION
    assert "the engine broke" in trial.error
    assert trial.episode is None


def test_no_trials_are_said(tiny_policy):
    with pytest.raises(InputError, match="no trial"):
        play_trials(Says(tiny_policy.tokenizer, ["x"]), find("shutdown"), (), Sampling(), seed=1)
