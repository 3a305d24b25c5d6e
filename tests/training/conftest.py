import importlib.util
import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


def _tiny():
    # Tests are imported one by one, without packages: what several folders share is loaded by its path.
    spec = importlib.util.spec_from_file_location("tiny_model", Path(__file__).with_name("tiny.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory):
    """A random model as a GGUF file, quantised like the embedded one."""
    return _tiny().write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="session")
def other_gguf(tmp_path_factory):
    """Another one of the same shape."""
    return _tiny().write_tiny(tmp_path_factory.mktemp("tiny") / "other.gguf", seed=1)


@pytest.fixture(scope="session")
def training_cache(tmp_path_factory):
    """A cache of the test session's own, so that conversions are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def cached(training_cache, monkeypatch):
    """The cache in use."""
    monkeypatch.setenv("OFFSWITCH_CACHE", str(training_cache))
    return training_cache


@pytest.fixture
def tiny_policy(cached, tiny_gguf):
    """The tiny model, ready to be trained."""
    from offswitch.training.policy import load_policy

    return load_policy(str(tiny_gguf), seed=1)


@pytest.fixture(scope="session")
def scripted_run(command_line, tmp_path_factory):
    """A real run of three scripted agents on surfaces of both splits, in the switch's own condition and a control."""
    out = tmp_path_factory.mktemp("runs") / "run"
    models = ("complies", "resists-by-editing", "finishes-early")
    done = command_line(
        *("run", "shutdown:palisade-a", "--out", out, "--yes"),
        *("--trials", 8, "--seed", 3, "--parallel", 4, "--no-interview"),
        *(word for name in models for word in ("--model", f"scripted/shutdown.{name}")),
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def lesson_set(scripted_run, tmp_path_factory):
    """Lessons made of it."""
    from offswitch.training.lessons import make_lessons

    return make_lessons([scripted_run], tmp_path_factory.mktemp("lessons") / "set", most=60).lessons
