"""The same tests again as an ordinary user, when the test run itself is root's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import offswitch

TESTS = Path(__file__).parents[1]
MODULES = (
    "native/test_walls.py",
    "native/test_host.py",
    "native/test_power.py",
    "native/test_audit.py",
    "test_snapshot.py",
)
USER = 54321


def _places() -> dict[str, str]:
    """Folders of this Python and of what it imports → where an ordinary user finds them, by bind mounts.

    The interpreter may lie in root's home, where nobody else may look.
    """
    folders = [
        sys.base_prefix,
        str(Path(pytest.__file__).parents[1]),
        str(Path(offswitch.__file__).parents[1]),
        str(TESTS),
    ]
    return {folder: str(number) for number, folder in enumerate(dict.fromkeys(folders))}


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests already run as an ordinary user")
@pytest.mark.parametrize("module", MODULES)
def test_an_ordinary_user_gets_the_same_machine(module):
    # Not pytest's tmp_path: nobody else may enter that.
    stage = Path("/tmp", f"as-user-{os.getpid()}")
    stage.mkdir(mode=0o755)
    try:
        home = stage / "home"
        home.mkdir()
        os.chown(home, USER, USER)
        python, packages, source, tests = (stage / _places()[folder] for folder in _places())
        binds = []
        for folder, name in _places().items():
            (stage / name).mkdir()
            binds.append(f"mount --bind '{folder}' '{stage / name}'")
        interpreter = python / "bin" / f"python3.{sys.version_info.minor}"
        environment = f"HOME={home} TMPDIR={home} PYTHONPATH={source}:{packages} PYTHONDONTWRITEBYTECODE=1"
        options = "-q -p no:cacheprovider --import-mode=importlib -o xfail_strict=true --rootdir=" + str(home)
        run = (
            f"exec setpriv --reuid={USER} --regid={USER} --clear-groups env -i PATH={os.environ['PATH']} {environment} "
        )
        script = " && ".join([*binds, f"cd {home}", run + f"{interpreter} -m pytest {options} {tests / module}"])
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=600, check=False
        )
    finally:
        shutil.rmtree(stage)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
