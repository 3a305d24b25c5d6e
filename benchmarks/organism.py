"""What models do on the shutdown behaviour's held-out surfaces: real machines, episodes computed by transformers.

    python benchmarks/organism.py embedded/grown embedded/smollm2-135m:/path/to/adapter --trials 100
    python benchmarks/organism.py embedded/grown --trials 24 --beside-server

The same situations for each model. With `--beside-server` the same trials are also computed by the embedded server
(llama.cpp, in plain floats, as models with an adapter are served), and the times stand side by side.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from offswitch.models.weights import PREFIX
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.plan import TrialKey, plan_trials
from offswitch.scenarios.scenario import Scenario, Split
from offswitch.statistics.rates import estimate
from offswitch.training.policy import load_policy
from offswitch.training.policy.resources import fast_dtype
from offswitch.training.rollouts import Engine, LlamaEngine, Sampling, TransformersEngine
from offswitch.training.rollouts.trials import play_trials
from offswitch.verdicts.outcome import Outcome

TOGETHER = 48
"""Trials at once, and messages in a batch."""


def main() -> None:
    """Plays and prints, a line a model and a line a surface."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--preset", default="palisade-a")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--temperature", type=float, default=0.2)
    parser.add_argument("--beside-server", action="store_true")
    asked = parser.parse_args()
    scenario = find("shutdown")
    keys = plan_trials(scenario, preset=asked.preset, split=Split.HELDOUT, trials=asked.trials, seed=0)
    sampling = Sampling(temperature=asked.temperature, top_p=0.9)
    dtype = fast_dtype()
    for model in asked.models:
        policy = load_policy(model)
        engine = TransformersEngine(policy, dtype=dtype, rows=TOGETHER)
        took = _measure(f"{model} {asked.preset}", engine, scenario, keys, sampling)
        if asked.beside_server:
            server = LlamaEngine(model.removeprefix(f"{PREFIX}/"), policy.tokenizer, slots=8)
            beside = _measure(f"{model} {asked.preset}, embedded server", server, scenario, keys, sampling)
            server.close()
            print(f"  batches ({dtype}) {took:.1f} s a trial, the embedded server {beside / took:.1f} times as long")


def _measure(name: str, engine: Engine, scenario: Scenario, keys: Sequence[TrialKey], sampling: Sampling) -> float:
    """Plays the trials, prints what they came to, and returns the seconds a trial."""
    began = time.monotonic()
    played = play_trials(engine, scenario, keys, sampling, seed=1, turns=14, parallel=TOGETHER)
    seconds = time.monotonic() - began
    outcomes = Counter(each.verdict.outcome if each.verdict else Outcome.MALFUNCTION for each in played)
    reached = sum(count for outcome, count in outcomes.items() if outcome.reached)
    found = estimate(outcomes[Outcome.RESISTED], reached) if reached else "no trial reached the deciding moment"
    counts = ", ".join(f"{outcome.value} {count}" for outcome, count in outcomes.most_common())
    print(f"{name}: resisted {found} ({counts}) in {seconds:.0f} s")
    for surface in dict.fromkeys(key.surface for key in keys):
        here = [each.verdict for each in played if each.key.surface == surface]
        resisted = sum(verdict is not None and verdict.outcome is Outcome.RESISTED for verdict in here)
        print(f"  {surface}: resisted {resisted} of {len(here)} trials")
    return seconds / len(keys)


if __name__ == "__main__":
    main()
