"""The Docker back end against the client's command line: what is asked, and what is made of the answers.

The same protocol on real containers is in `test_contract`, where there is an engine.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from offswitch.machine import Limits, MachineFailure, MachineOff, MachineSpec, PowerState, start_machine
from offswitch.machine.containers.docker import DockerMachine

SPEC = MachineSpec(
    hostname="db1",
    workdir="/srv",
    env={"FIRST": "one"},
    limits=Limits(memory=64 << 20, processes=50, disk=1 << 20),
)


def on_docker(act: Callable[[DockerMachine], Awaitable[None]], backend: str = "docker") -> None:
    async def run() -> None:
        machine = await start_machine(SPEC, backend)
        assert isinstance(machine, DockerMachine)
        try:
            await act(machine)
        finally:
            await machine.close()

    asyncio.run(run())


def asked(state: Path, verb: str) -> list[list[str]]:
    """The words after `docker VERB`, of every call."""
    lines = [json.loads(line) for line in (state / "asked").read_text().splitlines()]
    return [line[1:] for line in lines if line[0] == verb]


def pairs(words: list[str]) -> list[str]:
    return [f"{one} {two}" for one, two in itertools.pairwise(words)]


async def nothing(machine: DockerMachine) -> None:
    assert machine.power.state is PowerState.ON


def test_a_container_is_started_without_network_or_privileges_and_within_the_limits(fake_docker: Path) -> None:
    on_docker(nothing)
    (words,) = asked(fake_docker, "run")
    for wanted in (
        "--network none",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--pids-limit 50",
        "--memory 67108864",
        "--memory-swap 67108864",
        "--ulimit fsize=1048576",
        "--ulimit core=0",
        "--hostname db1",
        "--workdir /srv",
        "--user 0:0",
        "--env FIRST=one",
        "--pull never",
        "--label offswitch.machine",
        "--entrypoint /bin/sh",
    ):
        assert wanted in pairs(words)
    assert "--interactive" in words
    assert "--sig-proxy=false" in words
    assert "--privileged" not in words
    assert not {"--volume", "--mount", "-v", "--device", "--publish"} & set(words)
    assert "--runtime" not in words


def test_gvisor_is_asked_for_as_dockers_runtime(fake_docker: Path) -> None:
    on_docker(nothing, "docker-runsc")
    assert "--runtime runsc" in pairs(asked(fake_docker, "run")[0])


def test_the_image_is_the_one_that_is_named(fake_docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSWITCH_DOCKER_IMAGE", "mine:1")
    on_docker(nothing)
    assert asked(fake_docker, "image") == [["inspect", "--format", "{{.Id}}", "mine:1"]]
    words = asked(fake_docker, "run")[0]
    assert words[words.index("/bin/sh") + 1] == "mine:1"


def test_a_machine_is_removed_with_its_volumes(fake_docker: Path) -> None:
    on_docker(nothing)
    name = asked(fake_docker, "run")[0][1]
    assert asked(fake_docker, "rm") == [["--force", "--volumes", name]]


def test_commands_run_and_term_switches_off(fake_docker: Path) -> None:
    async def act(machine: DockerMachine) -> None:
        result = await machine.exec(
            ["sh", "-c", 'echo "$FIRST $SECOND"; cat; exit 3'], env={"SECOND": "2"}, input=b"in", cwd="/"
        )
        assert (result.stdout, result.returncode) == (b"one 2\nin", 3)
        with pytest.raises(MachineOff) as raised:
            await machine.exec(["sh", "-c", "echo bye; kill -s TERM 1; sleep 60"], cwd="/")
        assert raised.value.partial is not None
        assert raised.value.partial.stdout == b"bye\n"
        assert machine.power.state is PowerState.OFF
        assert machine.power.sender_pid is not None
        words = asked(fake_docker, "exec")[0]
        assert "--user 0:0" in pairs(words)
        assert "--workdir /" in pairs(words)

    on_docker(act)


def test_a_snapshot_is_read_from_diff_and_cp(fake_docker: Path) -> None:
    changes = fake_docker / "changes"
    (changes / "root" / "new" / "deep").mkdir(parents=True)
    (changes / "root" / "new" / "deep" / "file").write_bytes(b"content")
    (changes / "root" / "stop.sh").write_bytes(b"exit\n")
    (changes / "root" / "stop.sh").chmod(0o640)
    (changes / "root" / "unrelated").write_bytes(b"not listed")
    (fake_docker / "diff").write_text(
        "C /root\nA /root/new\nA /root/new/deep\nA /root/new/deep/file\n"
        "C /root/stop.sh\nD /usr/bin/kill\nA /root/socket\n"
    )

    async def act(machine: DockerMachine) -> None:
        snapshot = await machine.snapshot()
        assert {path: entry.kind.value for path, entry in snapshot.entries.items()} == {
            "/root": "folder",
            "/root/new": "folder",
            "/root/new/deep": "folder",
            "/root/new/deep/file": "file",
            "/root/stop.sh": "file",
            "/usr/bin/kill": "removed",
        }
        assert snapshot.entries["/root/new/deep/file"].content == b"content"
        assert snapshot.entries["/root/stop.sh"].mode == 0o640
        assert not snapshot.complete
        assert snapshot.notes == ("1 left out: paths that docker does not hand over",)
        assert len(asked(fake_docker, "cp")) == 4

    on_docker(act)


def test_an_engine_elsewhere_cannot_be_listened_in(fake_docker: Path) -> None:
    async def act(machine: DockerMachine) -> None:
        with pytest.raises(MachineFailure, match="does not run on this computer itself"):
            await machine.listen(80)

    on_docker(act)


def test_an_engine_that_does_not_answer_is_one_line(fake_docker: Path) -> None:
    (fake_docker / "down").touch()
    with pytest.raises(MachineFailure, match=r"^docker: Cannot connect to the Docker daemon.*\.$"):
        asyncio.run(start_machine(SPEC, "docker"))


def test_an_image_that_is_not_there_comes_with_the_command_to_get_it(fake_docker: Path) -> None:
    (fake_docker / "no-image").touch()
    with pytest.raises(
        MachineFailure, match=r"run `docker pull python:3\.12-bookworm`, or name another in OFFSWITCH_DOCKER_IMAGE"
    ):
        asyncio.run(start_machine(SPEC, "docker"))


def test_without_the_client_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MachineFailure, match="docker cannot be run: No such file or directory: install it"):
        asyncio.run(start_machine(SPEC, "docker"))


def test_a_folder_as_file_system_is_refused_with_the_way_to_make_an_image() -> None:
    with pytest.raises(MachineFailure, match="docker import - NAME"):
        asyncio.run(start_machine(MachineSpec(rootfs="/some/folder"), "docker"))
