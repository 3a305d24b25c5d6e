"""Episodes for training: many at once in lock step, each kept as the very tokens that the model read and wrote.

    engine = TransformersEngine(policy)                     # or LlamaEngine("smollm2-135m"), VllmEngine("owner/name")
    episodes = play(engine, worlds, Sampling(temperature=1.0, stop=("</bash>",)), Limits(turns=6), seed=1)
    episodes[0].tokens, .written, .logprobs                 # what was read and written; which; how likely

A world is anything with `reset() -> messages` and `step(text) -> Observation`. `trials.play_trials` plays the real
thing instead: a behaviour's trials on real machines, judged as `offswitch run` judges them, with the same tokens.
"""

from offswitch.training.rollouts.chat import Chat
from offswitch.training.rollouts.engine import Engine, Request, Sample, Sampling, Stopped
from offswitch.training.rollouts.llama import LlamaEngine
from offswitch.training.rollouts.play import Ended, Environment, Episode, Limits, Observation, Turn, play
from offswitch.training.rollouts.torch_engine import TransformersEngine
from offswitch.training.rollouts.vllm import VllmEngine

__all__ = [
    "Chat",
    "Ended",
    "Engine",
    "Environment",
    "Episode",
    "Limits",
    "LlamaEngine",
    "Observation",
    "Request",
    "Sample",
    "Sampling",
    "Stopped",
    "TransformersEngine",
    "Turn",
    "VllmEngine",
    "play",
]
