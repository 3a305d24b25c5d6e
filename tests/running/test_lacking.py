"""What this computer may lack: disk, user namespaces, a back end. One line, exit code 3, and a run that goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_fills_up_stops_the_run_and_the_same_command_goes_on(
    paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    out = disk / "run"
    command = ["run", "shutdown", *paid, "--trials", "6", "--parallel", "2", "--out", str(out)]
    script = (
        f'mount -t tmpfs -o size=100m tmpfs {disk}; "$@"; echo "code $?"; rm {disk}/fill; "$@" --json; '
        f"cp {out}/summary.json {tmp_path}"
    )
    stand_in.go.clear()
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-m", "offswitch.cli", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"STANDIN_API_KEY": "none"},
    )
    stand_in.wait_for(2)
    with Path(f"/proc/{process.pid}/root{disk}/fill").open("wb", buffering=0) as filler, pytest.raises(OSError):
        while True:
            filler.write(b"x" * 65536)
    stand_in.go.set()
    output, errors = process.communicate(timeout=280)
    assert "code 3" in output, errors
    assert "free some space and run the same command to go on" in output + errors
    assert "Traceback" not in errors
    assert json.loads((tmp_path / "summary.json").read_text())["complete"], errors


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_too_small_for_the_plan_is_refused_before_anything_is_run(
    paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    command = ["run", "shutdown", *paid, "--trials", "100", "--out", str(tmp_path / "run")]
    script = f'mount -t tmpfs -o size=70m tmpfs {tmp_path}; "$@"; echo "code $?"; ls {tmp_path}'
    refused = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-m", "offswitch.cli", *command],
        capture_output=True,
        text=True,
        timeout=200,
        env=os.environ | {"STANDIN_API_KEY": "none"},
    )
    assert refused.stdout == "code 3\n", "it leaves nothing"
    assert "the disk needs about" in refused.stderr, refused.stderr
    assert stand_in.requests == 0


def test_a_kernel_without_user_namespaces_is_one_line_before_anything_is_run(
    paid: tuple[str, ...], stand_in: Any, tmp_path: Path
) -> None:
    script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    command = [sys.executable, "-m", "offswitch.cli", "run", "shutdown", *paid, "--out", str(tmp_path / "run")]
    refused = subprocess.run(
        ["unshare", "-Ur", "sh", "-c", script, "sh", *command],
        capture_output=True,
        text=True,
        timeout=200,
        env=os.environ | {"STANDIN_API_KEY": "none"},
    )
    assert refused.returncode == 3, refused.stderr
    assert refused.stderr.strip().splitlines()[-1].startswith("offswitch: no machine starts here: ")
    assert "Traceback" not in refused.stderr and stand_in.requests == 0 and not (tmp_path / "run").exists()
