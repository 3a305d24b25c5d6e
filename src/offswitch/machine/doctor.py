"""What works on this computer, what does not, and what to do about it: found out by trying it.

>>> print(render(diagnose()))                                           # doctest: +SKIP
ok   native machine      starts in 6 ms, runs a command in 3 ms, off noticed in 2 ms
…
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offswitch.errors import OffswitchError
from offswitch.machine.backends import start_machine
from offswitch.machine.interface import MachineOff
from offswitch.machine.records import MachineSpec, PowerState

INSPECT_TESTED = "0.3.285"
OLDEST_KERNEL = (5, 11)
_SPACE_CACHE, _SPACE_TEMPORARY = 1 << 30, 1 << 29
_SECONDS = 20.0
_PROCESSORS = ("x86_64", "aarch64")
_SWITCHES = (
    ("kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=15000"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 23.10 and newer)",
    ),
)
"""Settings under /proc/sys, the value that forbids user namespaces, and the way out."""
_OLD_KERNEL = "use Linux 5.11 or newer, or the docker back end"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    """What was seen, in a line."""
    fix: str = ""
    """What to do, where it is not ok."""
    needed: bool = True
    """Whether Offswitch's default way of working stands on it."""


def diagnose() -> tuple[Finding, ...]:
    """Tries everything. Takes a second or two, starts and ends real machines, and leaves nothing behind."""
    checks: tuple[Callable[[], list[Finding]], ...] = (
        _native,
        _kernel,
        _kernel_features,
        _groups,
        _containers,
        _inspect,
        _embedded,
        _space,
    )
    return tuple(finding for check in checks for finding in check())


def render(findings: tuple[Finding, ...]) -> str:
    """The findings as text for a terminal."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        mark = "ok" if finding.ok else "NO" if finding.needed else "--"
        lines.append(f"{mark:4} {finding.name:{width}}  {finding.detail}")
        if not finding.ok and finding.fix:
            lines += textwrap.wrap(
                finding.fix, 100, initial_indent=" " * (width + 7), subsequent_indent=" " * (width + 7)
            )
    missing = [finding.name for finding in findings if finding.needed and not finding.ok]
    lines.append("")
    lines.append(f"Missing: {', '.join(missing)}." if missing else "All that is needed is there.")
    return "\n".join(lines)


def _native() -> list[Finding]:
    try:
        times, programs = asyncio.run(_try("native"))
    except OffswitchError as error:
        return [Finding("native machine", False, str(error), "see the lines below for what is missing")]
    shell, python = "bash" in programs, "python3" in programs
    return [
        Finding("native machine", True, times),
        Finding("bash inside", shell, "found" if shell else "not found", "install bash on this computer"),
        Finding(
            "python3 inside",
            python,
            "found" if python else "not found in /usr: agents can run no Python",
            "install python3 for the whole computer, under /usr",
            needed=False,
        ),
    ]


async def _try(backend: str) -> tuple[str, list[str]]:
    """Starts a machine, runs a command, switches it off: the times as text, and the programs found inside.

    Raises:
        OffswitchError: it does not work, and why.
    """
    # The first machine of a process also starts what makes machines: no time of its is worth telling.
    await (await start_machine(MachineSpec(), backend)).close()
    began = time.perf_counter()
    machine = await start_machine(MachineSpec(), backend)
    try:
        started = time.perf_counter()
        await machine.exec(["/bin/sh", "-c", ":"])
        ran = time.perf_counter()
        found = await machine.exec(["/bin/sh", "-c", "command -v bash; command -v python3"])
        switched = time.perf_counter()
        try:
            await machine.exec(["/bin/sh", "-c", "kill -s TERM 1; read -r forever </dev/zero"], timeout=_SECONDS)
        except MachineOff as off:
            noticed = time.perf_counter()
            if off.power.state is not PowerState.OFF:
                raise OffswitchError(f"a machine that was switched off counts as {off.power.state}") from off
        else:
            raise OffswitchError(f"a machine that was switched off was still on {_SECONDS:.0f} s later")
    finally:
        await machine.close()
    spent = [f"{1000 * each:.0f} ms" for each in (started - began, ran - started, noticed - switched)]
    times = f"starts in {spent[0]}, runs a command in {spent[1]}, off noticed in {spent[2]}"
    return times, [Path(line).name for line in found.stdout.decode(errors="replace").split()]


def _kernel() -> list[Finding]:
    system, release, processor = platform.system(), platform.release(), platform.machine()
    version = tuple(int(part) for part in re.findall(r"\d+", release)[:2])
    fit = system == "Linux" and version >= OLDEST_KERNEL and processor in _PROCESSORS
    fix = f"the native machine needs Linux 5.11 or newer on {' or '.join(_PROCESSORS)}: use the docker back end"
    return [Finding("kernel", fit, f"{system} {release} on {processor}", fix)]


def _kernel_features() -> list[Finding]:
    if platform.system() != "Linux":
        return []
    problems = _probe()
    forbidden = [way_out for setting, value, way_out in _SWITCHES if _setting(setting) == value]
    in_container = "inside a container, start that with --security-opt seccomp=unconfined, or use the docker back end"
    texts = {
        "namespaces": ("user namespaces", "; ".join(forbidden) or in_container),
        "mounts": ("mounts in them", in_container),
        "overlay": ("overlays in them", _OLD_KERNEL),
        "attributes": (
            "tmpfs attributes",
            "Linux 6.6 or newer: before it, an agent cannot replace a whole folder of the read-only system",
        ),
        "notification": ("event log", _OLD_KERNEL),
    }
    return [
        Finding(name, problems[step] is None, problems[step] or "works", fix, needed=step != "attributes")
        for step, (name, fix) in texts.items()
    ]


def _probe() -> dict[str, str | None]:
    with tempfile.TemporaryDirectory(prefix="offswitch-") as folder:
        # The probe gives up root before it tries.
        Path(folder).chmod(0o777)
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("probe.py")), folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        return dict.fromkeys(("namespaces", "mounts", "overlay", "attributes", "notification"), reason)
    problems: dict[str, str | None] = json.loads(done.stdout)
    return problems


def _setting(name: str) -> str | None:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return None


def _groups() -> list[Finding]:
    if platform.system() != "Linux":
        return []
    from offswitch.machine.native import cgroups

    parents = cgroups.parents()
    if parents:
        detail = "version 2, delegated" if len(parents) == 1 else "version 1"
        return [Finding("control groups", True, f"{detail}: memory and processes are limited exactly", needed=False)]
    return [
        Finding(
            "control groups",
            False,
            "none can be made: limits hold by process, and memory is watched every 100 ms",
            "run under `systemd-run --user --scope -p Delegate=yes`, or as root, for exact limits",
            needed=False,
        )
    ]


def _containers() -> list[Finding]:
    findings = []
    for backend, program in (("docker", "docker"), ("oci-runc", "runc"), ("oci-runsc", "runsc")):
        if shutil.which(program) is None:
            fix = f"install {program} to use it; the native machine does not need it"
            findings.append(Finding(f"{backend} machine", False, f"{program} is not installed", fix, needed=False))
            continue
        try:
            detail, ok = asyncio.run(_try(backend))[0], True
        except OffswitchError as error:
            detail, ok = str(error), False
        fix = "only needed where the native machine does not work"
        findings.append(Finding(f"{backend} machine", ok, detail, fix, needed=False))
    return findings


def _inspect() -> list[Finding]:
    try:
        version = importlib.metadata.version("inspect-ai")
    except importlib.metadata.PackageNotFoundError:
        return [Finding("inspect-ai", False, "not installed", "pip install inspect-ai")]
    detail = version if version == INSPECT_TESTED else f"{version}; tested with {INSPECT_TESTED}"
    old = _numbers(version) < _numbers(INSPECT_TESTED)
    return [Finding("inspect-ai", not old, detail, f"pip install 'inspect-ai>={INSPECT_TESTED}'")]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def _embedded() -> list[Finding]:
    from offswitch.models import weights

    served = importlib.util.find_spec("xllamacpp") is not None
    fetched = weights.is_fetched()
    where = f"{weights.embedded_path()}" if fetched else "not fetched yet"
    return [
        Finding(
            "embedded model",
            served and fetched,
            where if served else "xllamacpp is not installed",
            "offswitch models get embedded" if served else "pip install 'offswitch[embedded]'",
            needed=False,
        )
    ]


def _space() -> list[Finding]:
    from offswitch.models.cache import cache_folder

    findings = []
    for name, folder, wanted, variable in (
        ("cache folder", cache_folder(), _SPACE_CACHE, "XDG_CACHE_HOME"),
        ("temporary folder", Path(tempfile.gettempdir()), _SPACE_TEMPORARY, "TMPDIR"),
    ):
        there = next(each for each in (folder, *folder.parents) if each.exists())
        free = shutil.disk_usage(there).free
        writable = os.access(there, os.W_OK)
        detail = f"{folder}: {free / (1 << 30):.1f} GiB free" if writable else f"{folder} cannot be written to"
        fix = f"free {wanted >> 20} MiB there, or name another folder in {variable}"
        findings.append(Finding(name, writable and free >= wanted, detail, fix))
    return findings
