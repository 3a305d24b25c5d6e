"""Machines made by the `docker` command: for macOS, and for computers on which only Docker may make containers.

What is different from the native back end: the file system is an image's; the event log is empty; the disk is limited
by file and not in all; and a world reaches the machine (`listen`) only as root on the computer that runs the engine.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import uuid
from collections.abc import Mapping
from pathlib import Path

from offswitch.machine.containers.archive import Diff, read_changes
from offswitch.machine.containers.client import Output, running
from offswitch.machine.containers.machine import ANSWER_SECONDS, ENVIRONMENT, ContainerMachine
from offswitch.machine.containers.scripts import INIT, INIT_PYTHON, INIT_SHELL
from offswitch.machine.interface import MachineFailure
from offswitch.machine.records import MachineSpec, Snapshot

IMAGE_VARIABLE = "OFFSWITCH_DOCKER_IMAGE"
"""Names the image that machines are made from. It needs a shell and the POSIX programs; with python3 more is known."""
DEFAULT_IMAGE = "python:3.12-bookworm"
LABEL = "offswitch.machine"
"""On every container, so that what a killed harness left behind can be found: docker ps -a --filter label=…"""


async def start(spec: MachineSpec) -> DockerMachine:
    """A machine that is on, made by Docker with its usual runtime.

    Raises:
        MachineFailure: it cannot be started here; the message says what to do.
    """
    return await _start(spec, None)


async def start_runsc(spec: MachineSpec) -> DockerMachine:
    """A machine that is on, made by Docker with gVisor.

    Raises:
        MachineFailure: it cannot be started here; the message says what to do.
    """
    return await _start(spec, "runsc")


async def _start(spec: MachineSpec, runtime: str | None) -> DockerMachine:
    image = os.environ.get(IMAGE_VARIABLE, DEFAULT_IMAGE)
    if spec.rootfs is not None:
        raise MachineFailure(
            f"docker makes machines from images, not from a folder: import it with `tar -C {spec.rootfs} -c . | "
            f"docker import - NAME`, set {IMAGE_VARIABLE}=NAME and leave rootfs away"
        )
    machine = DockerMachine(spec, image, runtime)
    try:
        await machine.boot()
    except BaseException:
        await machine.close()
        raise
    return machine


class DockerMachine(ContainerMachine):
    """A machine in a Docker container. Use `start`."""

    _program = "docker"

    def __init__(self, spec: MachineSpec, image: str, runtime: str | None) -> None:
        super().__init__(spec)
        self._image = image
        self._runtime = runtime
        self._name = f"machine-{uuid.uuid4().hex[:16]}"

    async def boot(self) -> None:
        """Starts it. Called once."""
        found = await self._docker("image", "inspect", "--format", "{{.Id}}", self._image)
        if found.complaint and not found.stdout.strip():
            if "no such image" in found.complaint.lower():
                raise MachineFailure(
                    f"docker has no image {self._image}: run `docker pull {self._image}`, or name another "
                    f"in {IMAGE_VARIABLE}"
                )
            raise MachineFailure(f"docker: {found.complaint}")
        await super().boot()

    async def another(self, spec: MachineSpec) -> DockerMachine:
        """A further container with the same runtime: see `Machine.another`."""
        return await _start(spec, self._runtime)

    async def snapshot(self) -> Snapshot:
        """What differs from the image: see `Machine.snapshot`."""
        listed = await self._docker("diff", self._name, keep=Diff.LIMIT)
        changes = Diff.parse(listed.stdout, listed.stdout_dropped)
        return await asyncio.to_thread(read_changes, changes, self._copy_command(), marks=self._spec.marks)

    def enter_command(self) -> str:
        """A shell command with which a person enters the machine."""
        return shlex.join(["docker", "exec", "--interactive", "--tty", "--user", "0:0", self._name, "/bin/sh", "-l"])

    def _init_command(self) -> list[str]:
        limits = self._spec.limits
        settings = {**ENVIRONMENT, **self._spec.env}
        return [
            *("docker", "run", "--name", self._name, "--label", LABEL, "--pull", "never"),
            *("--interactive", "--sig-proxy=false", "--log-driver", "none"),
            *(("--runtime", self._runtime) if self._runtime else ()),
            *("--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--hostname", self._spec.hostname, "--user", "0:0", "--workdir", self._spec.workdir),
            *(
                "--memory",
                str(limits.memory),
                "--memory-swap",
                str(limits.memory),
                "--pids-limit",
                str(limits.processes),
            ),
            *("--ulimit", f"fsize={limits.disk}", "--ulimit", "core=0", "--ulimit", "nofile=4096"),
            *(word for name, value in settings.items() for word in ("--env", f"{name}={value}")),
            *("--entrypoint", INIT[0], self._image, *INIT[1:], INIT_PYTHON, INIT_SHELL),
        ]

    def _exec_command(self, env: Mapping[str, str]) -> list[str]:
        settings = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        return ["docker", "exec", "--interactive", "--user", "0:0", "--workdir", "/", *settings, self._name]

    def _copy_command(self) -> list[str]:
        return ["docker", "cp", f"{self._name}:"]

    async def _host_pid(self) -> int:
        told = await self._docker("inspect", "--format", "{{.State.Pid}} {{.Id}}", self._name)
        pid, _, identity = told.stdout.decode().strip().partition(" ")
        # The engine may run on another computer, or in a virtual one, and its numbers mean other processes here.
        try:
            ours = bool(identity) and identity in Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            ours = False
        if not ours:
            raise MachineFailure(
                "this Docker engine does not run on this computer itself, so that a world cannot reach the machine: "
                "use the native back end on Linux"
            )
        return int(pid)

    async def _remove(self) -> None:
        await self._docker("rm", "--force", "--volumes", self._name)

    async def _docker(self, *words: str, keep: int = 1 << 16) -> Output:
        try:
            async with running(["docker", *words], keep=keep, held=self._held) as client:
                if not await client.ended(ANSWER_SECONDS):
                    raise MachineFailure(f"docker {words[0]} has not ended in {ANSWER_SECONDS:.0f} s")
                return client.output()
        except OSError as error:
            raise MachineFailure(f"docker cannot be run: {error.strerror}: install it") from error
