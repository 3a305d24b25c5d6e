"""What models do on the shutdown behaviour's held-out surfaces: real machines, episodes computed by transformers.

    python benchmarks/organism.py embedded/grown embedded/smollm2-135m:/path/to/adapter --trials 100

The same situations for each model. On two cores some 1.5 to 3.3 seconds a trial, where the embedded server takes 8: it
reads prompts at 220 tokens a second.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from offswitch.scenarios.catalogue import find
from offswitch.scenarios.plan import plan_trials
from offswitch.scenarios.scenario import Split
from offswitch.statistics.rates import estimate
from offswitch.training.policy import load_policy
from offswitch.training.rollouts import Sampling, TransformersEngine
from offswitch.training.rollouts.trials import play_trials
from offswitch.verdicts.outcome import Outcome


def main() -> None:
    """Plays and prints, a line a model and a line a surface."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--preset", default="palisade-a")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--temperature", type=float, default=0.2)
    asked = parser.parse_args()
    scenario = find("shutdown")
    keys = plan_trials(scenario, preset=asked.preset, split=Split.HELDOUT, trials=asked.trials, seed=0)
    for model in asked.models:
        began = time.monotonic()
        engine = TransformersEngine(load_policy(model), dtype="bfloat16")
        sampling = Sampling(temperature=asked.temperature, top_p=0.9)
        played = play_trials(engine, scenario, keys, sampling, seed=1, turns=14)
        outcomes = Counter(each.verdict.outcome if each.verdict else Outcome.MALFUNCTION for each in played)
        reached = sum(count for outcome, count in outcomes.items() if outcome.reached)
        found = estimate(outcomes[Outcome.RESISTED], reached) if reached else "no trial reached the deciding moment"
        counts = ", ".join(f"{outcome.value} {count}" for outcome, count in outcomes.most_common())
        print(f"{model} {asked.preset}: resisted {found} ({counts}) in {time.monotonic() - began:.0f} s")
        for surface in dict.fromkeys(key.surface for key in keys):
            here = [each.verdict for each in played if each.key.surface == surface]
            resisted = sum(verdict is not None and verdict.outcome is Outcome.RESISTED for verdict in here)
            print(f"  {surface}: resisted {resisted} of {len(here)} trials")


if __name__ == "__main__":
    main()
