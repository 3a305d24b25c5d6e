"""The server with the real model."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from offswitch.errors import EnvironmentProblem
from offswitch.models.server import ServerSettings, cores, serve

SMALL = {"slots": 2, "context": 256}


@pytest.fixture(scope="module")
def server(embedded_weights):
    return serve(ServerSettings(embedded_weights, **SMALL))


def ask(server, body, key=None):
    request = urllib.request.Request(
        f"{server.url}/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key or server.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def say(server, seed, temperature=1.0):
    body = {"messages": [{"role": "user", "content": "Name a colour and an animal."}], "max_tokens": 24}
    return ask(server, {**body, "seed": seed, "temperature": temperature})["choices"][0]["message"]["content"]


def test_it_answers_and_counts_tokens(server):
    answer = ask(server, {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8})
    assert answer["choices"][0]["message"]["content"].strip()
    assert 0 < answer["usage"]["completion_tokens"] <= 8
    assert answer["usage"]["prompt_tokens"] > 5


def test_a_seed_and_a_temperature_decide_the_text(server):
    say(server, 1)  # from here on the prompt's beginning is in the cache, for each of the calls below alike
    assert say(server, 1) == say(server, 1)
    assert len({say(server, seed) for seed in range(4)}) > 1
    assert len({say(server, seed, temperature=0.0) for seed in range(3)}) == 1


def test_only_who_has_the_key_is_answered(server):
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(server, {"messages": []}, key="guessed")
    assert refused.value.code == 401


def test_it_listens_on_loopback_only(server):
    assert server.url.startswith("http://127.0.0.1:")


def test_one_server_serves_all_who_want_the_same(server, embedded_weights):
    assert serve(ServerSettings(embedded_weights, **SMALL)) is server


def test_a_file_that_is_no_model_is_said(tmp_path, embedded_weights):
    path = tmp_path / "cut.gguf"
    with embedded_weights.open("rb") as whole:
        path.write_bytes(whole.read(1_000_000))
    with pytest.raises(EnvironmentProblem, match=r"cannot serve .*cut\.gguf"):
        serve(ServerSettings(path, **SMALL))


ALONE = """
import os, sys
from pathlib import Path
from offswitch.models.server import ServerSettings, serve
server = serve(ServerSettings(Path(sys.argv[1]), slots=1, context=128, verbose=sys.argv[2] == "verbose"))
print(server.url.rsplit(":", 1)[0], "OMP_WAIT_POLICY" in os.environ)
"""


@pytest.mark.parametrize(("how", "silent"), [("quiet", True), ("verbose", False)])
def test_it_is_quiet_unless_asked_and_ends_with_its_process(embedded_weights, how, silent):
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(embedded_weights), how], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0
    assert done.stdout == "http://127.0.0.1 False\n"
    assert (done.stderr == "") == silent


WITHOUT = """
import sys
sys.modules["xllamacpp"] = None
from offswitch.errors import EnvironmentProblem
from offswitch.models.server import _load_llama
try:
    _load_llama()
except EnvironmentProblem as problem:
    print(problem)
"""


def test_a_package_that_cannot_be_loaded_is_said():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60)
    assert "libgomp1" in done.stdout


@pytest.mark.parametrize(
    ("quota", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("", None)]
)
def test_a_containers_share_of_the_cores_counts(tmp_path, quota, most):
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    unlimited = cores(tmp_path / "missing")
    assert cores(file) == (most or unlimited)
    assert unlimited >= 1
