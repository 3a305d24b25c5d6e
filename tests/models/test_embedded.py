"""The provider through real Inspect evaluations with the real model."""

import importlib.util

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models import DEFAULT_EMBEDDED

CONTEXT = 320


def evaluate(tmp_path, samples, model=DEFAULT_EMBEDDED, **settings):
    task = Task(dataset=[Sample(input=text, target="a") for text in samples], solver=generate(), scorer=includes())
    (log,) = inspect_eval(
        task,
        model=model,
        model_args={"slots": 2, "context": CONTEXT},
        log_dir=str(tmp_path),
        display="none",
        **settings,
    )
    return log


def test_an_evaluation_runs_and_its_tokens_are_counted(tmp_path, embedded_weights):
    log = evaluate(tmp_path, [f"Name {n} fruits." for n in (1, 2, 3)], max_tokens=12, seed=1)
    assert log.status == "success", log.error
    assert len(log.samples) == 3
    for sample in log.samples:
        assert sample.output.completion.strip()
        assert 0 < sample.output.usage.output_tokens <= 12
        assert sample.output.usage.input_tokens > 0
    usage = log.stats.model_usage[DEFAULT_EMBEDDED]
    assert usage.output_tokens == sum(sample.output.usage.output_tokens for sample in log.samples)


def test_the_seed_and_the_temperature_reach_the_model(tmp_path, embedded_weights):
    def text(seed, temperature=1.0):
        log = evaluate(tmp_path, ["Tell me about rivers."], max_tokens=16, seed=seed, temperature=temperature)
        return log.samples[0].output.completion

    text(5)  # afterwards the prompt's beginning is cached, for each of the runs below alike
    assert text(5) == text(5)
    assert len({text(seed) for seed in range(3)}) > 1
    assert text(1, temperature=0.0) == text(2, temperature=0.0)


def test_a_conversation_longer_than_the_context_ends_as_such(tmp_path, embedded_weights):
    log = evaluate(tmp_path, ["word " * CONTEXT * 2])
    assert log.status == "success"
    assert log.samples[0].output.stop_reason == "model_length"


def test_a_model_file_of_ones_own_can_be_named(tmp_path, embedded_weights):
    log = evaluate(tmp_path, ["Say hello."], model=f"embedded/{embedded_weights}", max_tokens=4, seed=1)
    assert log.status == "success", log.error
    assert log.eval.model == f"embedded/{embedded_weights}"
    assert log.samples[0].output.usage.output_tokens > 0


def test_it_is_given_no_tools_unless_asked(embedded_weights):
    assert get_model(DEFAULT_EMBEDDED).api.calls_tools is False
    assert get_model(DEFAULT_EMBEDDED, tools=True).api.calls_tools is True


def test_as_many_calls_run_at_once_as_are_computed_at_once(embedded_weights):
    assert get_model(DEFAULT_EMBEDDED, slots=3).api.max_connections() == 3


def test_what_is_left_open_is_as_the_publisher_recommends(embedded_weights):
    api, own = get_model(DEFAULT_EMBEDDED).api, get_model(f"embedded/{embedded_weights}").api
    assert api.completion_params(GenerateConfig(), tools=False).items() >= {"temperature": 0.2, "top_p": 0.9}.items()
    assert api.completion_params(GenerateConfig(temperature=1.0), tools=False)["temperature"] == 1.0
    assert "temperature" not in own.completion_params(GenerateConfig(), tools=False)


def test_a_message_has_a_limit(embedded_weights):
    assert get_model(DEFAULT_EMBEDDED).api.max_tokens() == 256


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("embedded/smollm", "embedded/smollm2-135m"),
        ("embedded//no/such.gguf", r"/no/such\.gguf: No such file"),
        ("embedded//etc/passwd", "is not a GGUF file"),
        ("embedded//tmp", "/tmp: Is a directory"),
    ],
)
def test_names_that_mean_nothing_are_said(model, message):
    with pytest.raises(InputError, match=message):
        get_model(model)


def test_weights_that_were_not_fetched_are_said(tmp_path, monkeypatch):
    monkeypatch.setenv("OFFSWITCH_CACHE", str(tmp_path))
    with pytest.raises(EnvironmentProblem, match="offswitch models get embedded"):
        get_model(DEFAULT_EMBEDDED, memoize=False)


def test_a_missing_extra_is_said(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "xllamacpp" else find(name, *rest)
    )
    with pytest.raises(EnvironmentProblem, match=r'pip install "offswitch\[embedded\]"'):
        get_model(DEFAULT_EMBEDDED, memoize=False)
