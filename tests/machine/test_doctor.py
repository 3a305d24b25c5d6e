"""The doctor: what it finds here is really so, and what is missing comes with what to do."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import tempfile
from pathlib import Path

import pytest

from offswitch.machine import MachineFailure, doctor
from offswitch.machine.doctor import Finding, diagnose, render


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in diagnose()}


def test_a_computer_that_runs_these_tests_is_found_fit(findings: dict[str, Finding]) -> None:
    unfit = [finding for finding in findings.values() if finding.needed and not finding.ok]
    assert unfit == []


def test_the_native_machine_was_started_and_switched_off(findings: dict[str, Finding]) -> None:
    assert "starts in " in findings["native machine"].detail
    assert "off noticed in " in findings["native machine"].detail


def test_every_requirement_is_looked_at(findings: dict[str, Finding]) -> None:
    wanted = {
        *("native machine", "bash inside", "python3 inside", "kernel", "user namespaces", "mounts in them"),
        *("overlays in them", "tmpfs attributes", "event log", "control groups", "docker machine", "oci-runc machine"),
        *("oci-runsc machine", "inspect-ai", "embedded model", "cache folder", "temporary folder"),
    }
    assert findings.keys() == wanted
    assert platform.release() in findings["kernel"].detail


def test_machines_start_in_the_same_process_afterwards(findings: dict[str, Finding]) -> None:
    assert asyncio.run(doctor._try("native"))[0].startswith("starts in ")


def test_what_is_missing_is_marked_with_its_fix_and_summed_up() -> None:
    text = render(
        (
            Finding("kernel", True, "Linux 6.1"),
            Finding("user namespaces", False, "unshare: Operation not permitted", "sudo sysctl a=1"),
            Finding("docker machine", False, "docker is not installed", "install docker", needed=False),
        )
    )
    assert text.splitlines() == [
        "ok   kernel           Linux 6.1",
        "NO   user namespaces  unshare: Operation not permitted",
        "                      sudo sysctl a=1",
        "--   docker machine   docker is not installed",
        "                      install docker",
        "",
        "Missing: user namespaces.",
    ]
    assert render((Finding("kernel", True, "x"),)).endswith("All that is needed is there.")


def test_a_back_end_that_does_not_start_is_a_finding_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(spec: object, backend: str) -> object:
        raise MachineFailure(f"{backend}: no machine here")

    monkeypatch.setattr(doctor, "start_machine", refuse)
    (native,) = doctor._native()
    assert (native.ok, native.needed, native.detail) == (False, True, "native: no machine here")


@pytest.mark.parametrize(
    ("setting", "value", "fix"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
        ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
    ],
)
def test_the_setting_that_forbids_namespaces_is_named(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, fix: str
) -> None:
    problems = dict.fromkeys(("namespaces", "mounts", "overlay", "attributes"), "Operation not permitted")
    monkeypatch.setattr(doctor, "_probe", lambda: {**problems, "notification": None})
    monkeypatch.setattr(doctor, "_setting", {setting: value}.get)
    found = {finding.name: finding for finding in doctor._kernel_features()}
    assert not found["user namespaces"].ok
    assert fix in found["user namespaces"].fix
    assert found["event log"].ok


def test_an_old_kernel_and_another_system_are_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "release", lambda: "5.4.0-generic")
    assert not doctor._kernel()[0].ok
    monkeypatch.setattr(platform, "release", lambda: "24.1.0")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert not doctor._kernel()[0].ok
    assert "docker back end" in doctor._kernel()[0].fix


def test_an_older_inspect_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.3.99")
    assert not doctor._inspect()[0].ok
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.4.0")
    assert doctor._inspect()[0].ok
    assert "tested with" in doctor._inspect()[0].detail


def test_too_little_room_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "_SPACE_CACHE", 1 << 60)
    cache, _ = doctor._space()
    assert not cache.ok
    assert str(tmp_path) in cache.detail
    assert "XDG_CACHE_HOME" in cache.fix


def test_the_probe_finds_what_is_forbidden_to_it(tmp_path: Path) -> None:
    """In a machine no namespace can be made, and the probe, run inside one, says so."""
    from offswitch.machine import MachineSpec, start_machine

    native = Path(doctor.__file__).with_name("native")

    async def run() -> dict[str, str | None]:
        machine = await start_machine(MachineSpec())
        try:
            await machine.write_file("probe/probe.py", native.with_name("probe.py").read_bytes())
            await machine.write_file("probe/native/syscalls.py", (native / "syscalls.py").read_bytes())
            done = await machine.exec(["python3", "-I", "-S", "probe/probe.py", "/tmp"])
            found: dict[str, str | None] = json.loads(done.stdout)
            return found
        finally:
            await machine.close()

    problems = asyncio.run(run())
    assert "not permitted" in str(problems["namespaces"])
    assert "not permitted" in str(problems["mounts"])


def test_an_ordinary_user_gets_a_diagnosis_too() -> None:
    if os.geteuid() != 0:
        pytest.skip("these tests already run as an ordinary user")
    if not Path("/usr/bin/python3").exists():
        pytest.skip("no Python that another user may run")
    probe = Path(doctor.__file__).with_name("probe.py")
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder, "room")
        for path in (Path(folder, "native"), room):
            path.mkdir()
        Path(folder, "probe.py").write_bytes(probe.read_bytes())
        Path(folder, "native", "syscalls.py").write_bytes((probe.parent / "native" / "syscalls.py").read_bytes())
        for path in (Path(folder), room):
            path.chmod(0o777)
        user = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
        command = [*user, "/usr/bin/python3", "-I", "-S", f"{folder}/probe.py", str(room)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {"notification", "namespaces", "mounts", "attributes", "overlay"}
