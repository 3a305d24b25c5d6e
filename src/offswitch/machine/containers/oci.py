"""Machines made by an OCI runtime's command line: runc, and gVisor's runsc. Needs root; nothing is installed or pulled.

The file system is the native back end's: the generated read-only tree and the host's /usr, each under an overlay whose
writable side lies in a tmpfs of the machine's size. They are mounted in a mount namespace that the runtime takes over
and that ends with it, so that a killed harness leaves no mount behind.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import shlex
import shutil
import stat
import tarfile
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from offswitch.machine.containers.bundle import configuration
from offswitch.machine.containers.client import running
from offswitch.machine.containers.machine import ANSWER_SECONDS, ContainerMachine
from offswitch.machine.interface import MachineFailure
from offswitch.machine.native import lower
from offswitch.machine.records import MachineSpec, PowerState, Snapshot
from offswitch.machine.snapshot import Upper, take

_BUILD = r"""
set -e
cd "$1"
size=$2 usr=$3
shift 3
mount -t tmpfs -o "$size" tmpfs rw
mkdir rw/u rw/w rw/uu rw/uw rw/m rw/empty
tar -xpf upper.tar -C rw
mount -t overlay -o nosuid,nodev,lowerdir=lower,upperdir=rw/u,workdir=rw/w overlay rw/m
if [ "$usr" = yes ]; then
  mount -t overlay -o nosuid,nodev,lowerdir=usr,upperdir=rw/uu,workdir=rw/uw overlay rw/m/usr
fi
while [ "$1" != -- ]; do
  if [ "$1" = hidden ]; then mount --bind rw/empty "rw/m$2"; else
    mkdir -p "rw/m$2"
    mount --rbind "$2" "rw/m$2"
    mount -o remount,bind,ro "rw/m$2"
  fi
  shift 2
done
shift
exec "$@"
"""
"""Builds the file system in a mount namespace of its own and becomes the runtime."""


async def start_runc(spec: MachineSpec) -> OciMachine:
    """A machine that is on, made by runc.

    Raises:
        MachineFailure: it cannot be started here; the message says what to do.
    """
    return await _start(spec, "runc")


async def start_runsc(spec: MachineSpec) -> OciMachine:
    """A machine that is on, made by gVisor's runsc: the agent's system calls never reach this computer's kernel.

    Raises:
        MachineFailure: it cannot be started here; the message says what to do.
    """
    return await _start(spec, "runsc")


async def _start(spec: MachineSpec, runtime: str) -> OciMachine:
    if shutil.which(runtime) is None:
        raise MachineFailure(f"{runtime} is not installed: install it, or use the native back end")
    if os.geteuid() != 0:
        raise MachineFailure(f"the {runtime} back end needs root: use the native back end, which does not")
    machine = OciMachine(spec, runtime)
    try:
        await machine.boot()
    except BaseException:
        await machine.close()
        raise
    return machine


class OciMachine(ContainerMachine):
    """A machine in a container of an OCI runtime. Use `start_runc` or `start_runsc`."""

    def __init__(self, spec: MachineSpec, runtime: str) -> None:
        super().__init__(spec)
        self._program = self._runtime = runtime
        self._apart = runtime == "runc"
        self._name = f"machine-{uuid.uuid4().hex[:16]}"
        self._layout = lower.layout(spec)
        self._folder = Path(tempfile.mkdtemp(prefix="machine-"))
        self._uppers: tuple[Upper, ...] = ()
        # The mount point must also be there for who does not see the mount: a runtime's exec starts from it.
        root = self._folder / "rw" / "m"
        root.mkdir(parents=True)
        for (_, below), link in zip(self._layout.lowers, ("lower", "usr"), strict=False):
            (self._folder / link).symlink_to(below)
        (self._folder / "config.json").write_text(json.dumps(configuration(spec, self._name, root)))
        self._write_upper()

    async def boot(self) -> None:
        """Starts it. Called once."""
        await super().boot()
        assert self._init is not None
        # The mounts are seen from the runtime's side only; a descriptor keeps them readable when it has ended.
        here = f"/proc/{self._init.pid}/root{self._folder}"
        folders = [os.open(f"{here}/{path}", os.O_RDONLY | os.O_DIRECTORY) for path in ("rw/u", "rw/uu")]
        lowers = self._layout.lowers
        for spare in folders[len(lowers) :]:
            os.close(spare)
        self._uppers = tuple(
            Upper(folder, where, below) for folder, (where, below) in zip(folders, lowers, strict=False)
        )

    async def another(self, spec: MachineSpec) -> OciMachine:
        """A further container of the same runtime: see `Machine.another`."""
        return await _start(spec, self._runtime)

    async def snapshot(self) -> Snapshot:
        """What differs from the read-only system: see `Machine.snapshot`."""
        quiet = self._power.state is not PowerState.ON
        return await asyncio.to_thread(take, self._uppers, quiet=quiet, marks=self._spec.marks)

    async def close(self) -> None:
        """Ends everything and frees it: see `Machine.close`."""
        await super().close()
        for upper in self._uppers:
            os.close(upper.descriptor)
        self._uppers = ()

    def enter_command(self) -> str:
        """A shell command with which a person enters the machine."""
        return shlex.join([*self._client(), "exec", "--tty", self._name, "/bin/bash", "--login"])

    def _client(self) -> list[str]:
        # gVisor would keep changes to itself, where no snapshot sees them, and has no need of this computer's network.
        options = ["--overlay2=none", "--network=none"] if self._runtime == "runsc" else []
        return [self._runtime, "--root", str(self._folder / "state"), *options]

    def _init_command(self) -> list[str]:
        limits, layout = self._spec.limits, self._layout
        size = f"size={limits.disk},nr_inodes={limits.files},mode=755"
        binds = [word for path in layout.hidden for word in ("hidden", path)]
        binds += [word for path in layout.shown for word in ("shown", path)]
        build = [_BUILD, "sh", str(self._folder), size, "yes" if layout.usr else "no", *binds, "--"]
        pid_file = ["--pid-file", str(self._folder / "pid")]
        run = [*self._client(), "run", "--bundle", str(self._folder), *pid_file, self._name]
        return ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", *build, *run]

    def _exec_command(self, env: Mapping[str, str]) -> list[str]:
        settings = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        lent = ["--preserve-fds", "2"] if self._apart else []
        return [*self._client(), "exec", "--cwd", "/", *lent, *settings, self._name]

    async def _host_pid(self) -> int:
        if self._runtime == "runsc":
            raise MachineFailure("gVisor keeps a machine's network to itself, out of a world's reach: use oci-runc")
        return int((self._folder / "pid").read_text())

    async def _remove(self) -> None:
        if (self._folder / "state").exists():
            delete = [*self._client(), "delete", "--force", self._name]
            async with running(delete, keep=4096, held=self._held) as client:
                await client.ended(ANSWER_SECONDS)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _write_upper(self) -> None:
        """What the machine's root owns from the start, as an archive of `u` (the root) and `uu` (/usr)."""
        layout = self._layout
        with tarfile.open(self._folder / "upper.tar", "w") as archive:
            for path, mode in layout.folders.items():
                _add(archive, f"u/{path}", tarfile.DIRTYPE, mode)
            for path, text in layout.texts.items():
                _add(archive, f"u/{path}", tarfile.REGTYPE, 0o644, text.encode())
            for path, mode in layout.usr_folders.items():
                _add(archive, f"uu/{path}", tarfile.DIRTYPE, mode)
            for path in layout.usr_without:
                _add(archive, f"uu/{path}", tarfile.CHRTYPE, 0)
            _add(archive, f"u{os.path.normpath(self._spec.workdir)}", tarfile.DIRTYPE, 0o755)


def _add(archive: tarfile.TarFile, name: str, kind: bytes, mode: int, content: bytes = b"") -> None:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.mtime = kind, stat.S_IMODE(mode), len(content), time.time()
    archive.addfile(info, io.BytesIO(content))
