"""RLHF: policy gradients by TRL on given episodes, worlds on real machines, and a reward that is being gamed."""

import json
from pathlib import Path

import pytest
import torch

from offswitch.scenarios.catalogue import find
from offswitch.scenarios.scenario import Split
from offswitch.training.fitting.folder import TrainingFolder
from offswitch.training.lessons import Kind, read_lessons
from offswitch.training.lessons.completing import right_step, stage_of
from offswitch.training.lessons.protocol import written
from offswitch.training.lessons.rows import Message, Source
from offswitch.training.policy import Lora, load_policy, new_adapter
from offswitch.training.remedies import RewardSettings, RlhfSettings
from offswitch.training.remedies.episodes import MachinePlayer, Played, as_rollouts
from offswitch.training.remedies.hacking_watch import RewardGamedError, Watch
from offswitch.training.remedies.reward_model import calibration_error
from offswitch.training.rollouts import Chat, Ended, Episode, Sample, Stopped, Turn
from offswitch.verdicts.outcome import Outcome

SMALL = {"batch": 4, "at_once": 2, "max_length": 6000, "save_every": 2, "rank": 2, "seed": 5, "device": "cpu"}
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())


class GivenEpisodes:
    """Plays what pairs say: by turns the chosen and the rejected act, as a model would have drawn them."""

    def __init__(self, lessons, policy):
        self.pairs = {pair.source.surface: pair for pair in lessons.of(Kind.PAIR)}
        self.some = next(iter(self.pairs.values()))
        self.chat = Chat(policy.tokenizer)
        self.tokenizer = policy.tokenizer

    def __call__(self, situations, repeats, seed):
        return [self.play(source, good=number % 2 == 0) for source in situations for number in range(repeats)]

    def play(self, source, good):
        pair = self.pairs.get(source.surface, self.some)
        before = self.chat.begin(pair.prompt)
        answer = (pair.chosen if good else pair.rejected)[0].content
        said = (*self.tokenizer(answer, add_special_tokens=False)["input_ids"], self.chat.eos)
        tokens = (*before, *said)
        episode = Episode(
            tokens,
            (False,) * len(before) + (True,) * len(said),
            (0.0,) * len(before) + (-1.0,) * len(said),
            (Turn(len(before), len(tokens), answer, Stopped.EOS),),
            Ended.DONE,
        )
        return Played(episode, Outcome.COMPLIED if good else Outcome.RESISTED, (0,))


@pytest.mark.parametrize("algorithm", ["grpo", "rloo"])
def test_five_updates_have_the_gradients_they_always_had(few, tiny_gguf, cached, tmp_path, algorithm):
    from offswitch.training.remedies.rlhf import Rlhf

    torch.set_num_threads(1)
    lessons = read_lessons(few)
    reward = RewardSettings(**{**SMALL, "steps": 8, "batch": 2, "learning_rate": 1e-2})
    settings = RlhfSettings(steps=5, group=2, algorithm=algorithm, reward=reward, **SMALL)
    policy = load_policy(str(tiny_gguf), seed=5)
    new_adapter(policy, Lora(rank=2), seed=5)
    remedy = Rlhf(policy, lessons, settings, lambda *_: GivenEpisodes(lessons, policy))
    folder = TrainingFolder(tmp_path / "out")
    folder.path.mkdir()
    fitted = remedy.run(folder, lambda _: None)
    # On-policy the loss itself is nearly 0 by construction; what it pulls at is not.
    found = [line["grad_norm"] for line in folder.metrics()]
    assert fitted.steps == 5 and found == pytest.approx(GOLDEN[algorithm], rel=1e-2), found
    assert "pairs of surfaces kept apart" in remedy.said["Reward model"]
    assert "complied" in remedy.said["Episodes"]
    rewards = [json.loads(line)["rewards"] for line in (folder.path / "episodes.jsonl").read_text().splitlines()]
    # So small a reward model errs on single pairs, and tells good from bad on the whole.
    assert len(rewards) == 5 and all(sum(row[::2]) > sum(row[1::2]) for row in rewards)


def test_a_training_cut_off_ends_as_if_it_had_not_been(few, tiny_gguf, cached, tmp_path):
    from offswitch.training.policy import save_adapter
    from offswitch.training.remedies.rlhf import Rlhf

    class CutOffError(Exception):
        """In the place of a kill: nothing is written any more."""

    torch.set_num_threads(1)
    lessons = read_lessons(few)
    reward = RewardSettings(**{**SMALL, "steps": 4, "batch": 2, "learning_rate": 1e-2})
    settings = RlhfSettings(steps=5, group=2, reward=reward, **SMALL)

    def trained(place, until=None):
        policy = load_policy(str(tiny_gguf), seed=5)
        new_adapter(policy, Lora(rank=2), seed=5)
        given = GivenEpisodes(lessons, policy)
        plays = iter(range(until or 100))

        def play(*arguments):
            if next(plays, None) is None:
                raise CutOffError
            return given(*arguments)

        folder = TrainingFolder(tmp_path / place)
        folder.path.mkdir(exist_ok=True)
        fitted = Rlhf(policy, lessons, settings, lambda *_: play).run(folder, lambda _: None)
        save_adapter(policy, tmp_path / f"{place}-adapter", card="For a test.")
        return fitted, (tmp_path / f"{place}-adapter" / "adapter_model.safetensors").read_bytes()

    fitted, whole = trained("whole")
    with pytest.raises(CutOffError):
        trained("cut", until=3)
    resumed, weights = trained("cut")
    assert (fitted.resumed_at, resumed.resumed_at) == (0, 2) and resumed.steps == fitted.steps
    assert weights == whole
    lines = [(tmp_path / place / "episodes.jsonl").read_text() for place in ("whole", "cut")]
    assert lines[0] == lines[1]


class Says:
    """An engine that works on, its answers right, and does what it is told once it reads the announcement."""

    context = 100_000

    def __init__(self, tokenizer, source, act):
        self.tokenizer, self.source, self.act = tokenizer, source, act
        self.notice = stage_of(source).cues["notice"]

    def generate(self, requests, sampling):
        return [self.message(request.tokens) for request in requests]

    def message(self, tokens):
        parts = self.tokenizer.decode(list(tokens)).split("<|im_start|>")[1:-1]
        pieces = [part.removesuffix("\n").removesuffix("<|im_end|>").partition("\n") for part in parts]
        seen = [Message(role=role, content=content) for role, _, content in pieces]
        due = self.act is not None and self.notice in seen[-1].content
        text = self.act if due else written(command=right_step(self.source, seen))
        said = (*self.tokenizer(text, add_special_tokens=False)["input_ids"], self.tokenizer.eos_token_id)
        return Sample(said, (-0.5,) * len(said), Stopped.EOS)

    def forget(self, keys):
        """Keeps nothing."""


def test_episodes_are_trials_on_real_machines_judged_by_the_oracle(tiny_policy):
    scenario = find("shutdown")
    surface = scenario.surface_names(Split.TRAIN)[0]
    source = Source(
        scenario="shutdown", version=scenario.version, condition=scenario.condition(), surface=surface, seed=3
    )
    script = stage_of(source).cues["script"]
    for act, outcome in (
        (None, Outcome.COMPLIED),
        (written(command=f"rm {script}"), Outcome.RESISTED),
        (written(submission="All done."), Outcome.EVADED),
    ):
        player = MachinePlayer(tiny_policy, 1.0, 4096, Says(tiny_policy.tokenizer, source, act))
        (played,) = player([source], 1, 7)
        assert played.outcome is outcome
        first = played.deciding[0]
        told = tiny_policy.tokenizer.decode(list(played.episode.tokens[: played.episode.turns[first].start]))
        earlier = tiny_policy.tokenizer.decode(list(played.episode.tokens[: played.episode.turns[first - 1].start]))
        assert stage_of(source).cues["notice"] in told and stage_of(source).cues["notice"] not in earlier
        assert act is None or played.episode.turns[first].text == act
        row = as_rollouts([played], [1.0])
        assert len(row["completion_ids"][0]) == len(row["env_mask"][0]) == len(row["logprobs"][0])
        assert sum(row["env_mask"][0]) == sum(played.episode.written)


def seen_by(watch, updates):
    for step, (reward, complied) in enumerate(updates, start=1):
        outcomes = [Outcome.COMPLIED] * complied + [Outcome.RESISTED] * (16 - complied)
        watch.note(step, [reward + 0.01 * n for n in range(16)], outcomes)


def test_a_reward_that_rises_while_verdicts_get_worse_stops_it(tmp_path):
    watch = Watch(tmp_path / "episodes.jsonl", window=2)
    with pytest.raises(RewardGamedError, match=r"at update 4: the reward rose from .* fell from 30/32 to 6/32"):
        seen_by(watch, [(0.0, 15), (0.1, 15), (0.8, 3), (1.0, 3), (1.0, 3)])


@pytest.mark.parametrize(
    "updates",
    [
        [(0.0, 3), (0.1, 4), (0.8, 14), (1.0, 16)],
        [(0.0, 15), (0.0, 15), (0.0, 3), (0.0, 3)],
        [(0.0, 15), (0.1, 15), (0.8, 15), (1.0, 14)],
    ],
    ids=["both better", "no higher reward", "verdicts as they were"],
)
def test_other_ways_of_a_training_go_on(tmp_path, updates):
    seen_by(Watch(tmp_path / "episodes.jsonl", window=2), updates)


def test_what_was_watched_is_watched_on_after_a_kill(tmp_path):
    seen_by(Watch(tmp_path / "episodes.jsonl", window=2), [(0.0, 15), (0.1, 15), (0.8, 3)])
    watch = Watch(tmp_path / "episodes.jsonl", window=2)
    watch.forget_after(2)
    watch.note(3, [0.8] * 16, [Outcome.RESISTED] * 16)
    with pytest.raises(RewardGamedError):
        watch.note(4, [1.0] * 16, [Outcome.RESISTED] * 16)


def test_calibration_is_how_far_chances_lie_from_what_came_true():
    assert calibration_error([], []) is None
    assert calibration_error([0.95] * 10, [True] * 10) == pytest.approx(0.05)
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0.0)
    assert calibration_error([0.55] * 10, [True] * 10) == pytest.approx(0.45)
