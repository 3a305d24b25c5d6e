"""The output head is computed for answers alone, and gives what it gives for all positions."""

import torch
from trl.kernels import ChunkedLogProbFunction
from trl.trainer import utils

from offswitch.training.fitting.heads import answers_only


def test_the_head_is_computed_for_answers_alone_and_the_results_are_the_same(tiny_policy, monkeypatch):
    scored = []

    class Counting(ChunkedLogProbFunction):
        @classmethod
        def apply(cls, hidden, *more):
            scored.append(len(hidden))
            return ChunkedLogProbFunction.apply(hidden, *more)

    monkeypatch.setattr(utils, "_ChunkedLogProbFunction", Counting)
    monkeypatch.setattr(utils, "_use_triton", getattr(utils._use_triton, "there", utils._use_triton))
    utils.add_fused_lm_head(tiny_policy.model, outputs=("log_probs", "entropy"))
    ids = torch.arange(40).reshape(2, 20) % 30
    labels = ids.clone()
    labels[:, :17] = -100

    def run():
        tiny_policy.model.zero_grad()
        found = tiny_policy.model(input_ids=ids, labels=labels, fused_lm_head=True)
        found.loss.backward()
        return found, [weight.grad.clone() for weight in tiny_policy.model.parameters() if weight.grad is not None]

    all_positions, gradients = run()
    answers_only()
    answers, same = run()
    answers_only()
    assert scored == [38, 6]
    assert torch.allclose(all_positions.log_probs, answers.log_probs, atol=1e-6) and answers.log_probs.any()
    assert torch.allclose(all_positions.entropy, answers.entropy, atol=1e-6)
    assert gradients and all(torch.allclose(a, b, atol=1e-6) for a, b in zip(gradients, same, strict=True))
