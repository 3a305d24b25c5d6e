"""The container back ends that can be tested on this computer, and an engine and an image for Docker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

IMAGE = "offswitch-test"


def missing(what: str) -> None:
    """Skips on a person's computer; in CI nothing may be skipped that it is meant to have."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: CI must have it")
    pytest.skip(what)


@pytest.fixture
def runc() -> str:
    if os.geteuid() != 0:
        pytest.skip("the runc back end needs root")
    if shutil.which("runc") is None:
        missing("runc is not installed (Debian: apt-get install runc)")
    return "oci-runc"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment by which `docker` reaches an engine that has the test image; a private engine where none runs."""
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    if _answers({}):
        _import_image({})
        yield {}
        return
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip(
            "no Docker engine answers, and none can be started here (as root, Debian: apt-get install docker.io)"
        )
    # A socket's path is bounded to about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="dk", ignore_cleanup_errors=True) as folder:
        settings = {"DOCKER_HOST": f"unix://{folder}/socket"}
        command = ["dockerd", "--host", settings["DOCKER_HOST"], "--data-root", f"{folder}/data"]
        command += ["--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid", "--bridge", "none"]
        command += ["--iptables=false", "--ip6tables=false", "--storage-driver", "vfs"]
        with Path(folder, "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as daemon:
            try:
                while not _answers(settings):
                    if daemon.poll() is not None:
                        last = Path(folder, "log").read_text().splitlines()[-1:]
                        pytest.skip(f"a Docker engine cannot be started here: {last}")
                    time.sleep(0.1)
                _import_image(settings)
                yield settings
            finally:
                daemon.terminate()


@pytest.fixture
def docker(engine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in engine.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OFFSWITCH_DOCKER_IMAGE", IMAGE)
    return "docker"


def _answers(settings: dict[str, str]) -> bool:
    done = subprocess.run(["docker", "version"], env={**os.environ, **settings}, capture_output=True, check=False)
    return done.returncode == 0


def _import_image(settings: dict[str, str]) -> None:
    making = [sys.executable, str(Path(__file__).with_name("image.py"))]
    with subprocess.Popen(making, stdout=subprocess.PIPE) as made:
        subprocess.run(
            ["docker", "import", "-", IMAGE],
            stdin=made.stdout,
            env={**os.environ, **settings},
            capture_output=True,
            check=True,
        )


@pytest.fixture
def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the client, first on PATH; the folder returned holds what it was asked."""
    programs, state = tmp_path / "programs", tmp_path / "state"
    programs.mkdir()
    state.mkdir()
    script = programs / "docker"
    script.write_text(f"#!{sys.executable}\n" + Path(__file__).with_name("fake_docker.py").read_text())
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_DOCKER", str(state))
    return state
