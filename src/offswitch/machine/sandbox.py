"""Inspect's sandbox provider `machine`: any Inspect task can run its agents on machines that can be switched off.

    Task(..., sandbox="machine")                                   # the default machine
    Task(..., sandbox=("machine", "machine.toml"))                 # fields of MachineConfig, read from a file
    Task(..., sandbox=SandboxEnvironmentSpec("machine", MachineConfig(hostname="db1")))

A file `machine.toml` beside the task is found without being named.
"""

from __future__ import annotations

import asyncio
import bisect
import inspect
import signal
from dataclasses import replace
from typing import Any, ClassVar, Literal, Protocol, overload, runtime_checkable

import anyio
from inspect_ai.util import (
    ExecResult,
    OutputLimitExceededError,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    SandboxUnavailableError,
    SandboxUserUnsupportedError,
    sandboxenv,
)

from offswitch.machine.config import MachineConfig, config_from
from offswitch.machine.interface import Machine, MachineFailure, MachineOff
from offswitch.machine.records import CommandResult, Executed, PowerState

__all__ = ["Enterable", "MachineConfig", "MachineSandbox"]

OUTPUT_KEPT = 16_000
"""Characters of a command's output that its entry in the history keeps."""

_NOTICE_ROOM = 64


@runtime_checkable
class Enterable(Protocol):
    """A machine that a person can enter from a terminal of this computer."""

    def enter_command(self) -> str:
        """A shell command that opens a shell in the machine.

        Raises:
            MachineFailure: nobody can enter it here (it says why).
        """
        ...


class CommandTimeoutError(TimeoutError):
    """A command ran out of its time; Inspect's tools show the model what it had printed."""

    def __init__(self, seconds: float, truncated_output: str) -> None:
        super().__init__(f"the command ran out of its {seconds:g} seconds")
        self.truncated_output = truncated_output


@sandboxenv(name="machine")
class MachineSandbox(SandboxEnvironment):
    """A machine as Inspect sees it.

    What differs from other sandboxes: the agent may switch it off. The command under which it goes off ends as an
    ordinary failed command (143, or 137 when the machine crashed); every later one raises `SandboxUnavailableError`,
    which tools show to the model as an error. `timeout_retry` is ignored, for a command that ran out of time has
    already changed the machine; so is `concurrency`, for a command is not a process of the harness.
    """

    _without_root: ClassVar[dict[tuple[str, str | None], Any]] = {}
    """Back end and root file system → Inspect's finding, once it has one, that their root may not change users.

    That follows from how the machine is made, so one look is enough. Only this answer is kept, the safe one.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine
        self.history: list[Executed] = []
        """Every command run through this sandbox, by the time it began, Inspect's own ones included."""

    @property
    def machine(self) -> Machine:
        """The machine itself: its power, snapshots and event log."""
        return self._machine

    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,
        concurrency: bool = True,
    ) -> ExecResult[str]:
        """Runs a command to its end, as Inspect's contract says; without a time limit the machine's own holds.

        Output beyond the limit is dropped, and a last line of that stream says how many bytes that were.

        Raises:
            SandboxUnavailableError: the machine is off.
            SandboxUserUnsupportedError: the user is not root, the only one there is.
            TimeoutError: the time limit passed; the command and all it had started are dead.
            PermissionError: the program may not be executed.
            MachineFailure: the machine does not answer.
        """
        if user not in (None, "root", "0"):
            raise SandboxUserUnsupportedError(f"a machine has no user {user!r}: its only one is root")
        started, first = self._machine.now(), self._machine.count_events()
        result: CommandResult | None = None
        try:
            result = await self._machine.exec(
                cmd,
                input=input.encode() if isinstance(input, str) else input or b"",
                cwd=cwd,
                env=env,
                timeout=timeout,
            )
        except MachineOff as off:
            if off.partial is None:
                raise SandboxUnavailableError(str(off)) from off
            ended_by = signal.SIGTERM if off.power.state is PowerState.OFF else signal.SIGKILL
            result = replace(off.partial, returncode=128 + ended_by)
        finally:
            # Also when the sample is cancelled under the command: what it has done may show in the state.
            self._remember(cmd, result, started, first)
        stdout, stderr = _text(result.stdout, result.stdout_dropped), _text(result.stderr, result.stderr_dropped)
        if result.timed_out:
            raise CommandTimeoutError(timeout or self._machine.spec.limits.seconds, stdout + stderr)
        if result.returncode == 126 and result.stderr == f"{cmd[0]}: Permission denied\n".encode():
            raise PermissionError(result.stderr.decode().strip())
        return ExecResult(result.returncode == 0, result.returncode, stdout, stderr)

    async def write_file(self, file: str, contents: str | bytes) -> None:
        """Writes a file, whose mode stays as it is; a relative path starts at the machine's workdir."""
        raw = contents.encode() if isinstance(contents, str) else contents
        try:
            await self._machine.write_file(file, raw, mode=None)
        except MachineOff as off:
            raise SandboxUnavailableError(str(off)) from off

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        """Reads a file, line ends untouched; a relative path starts at the machine's workdir."""
        try:
            content = await self._machine.read_file(file, limit=SandboxEnvironmentLimits.MAX_READ_FILE_SIZE)
        except OverflowError as error:
            raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None) from error
        except MachineOff as off:
            raise SandboxUnavailableError(str(off)) from off
        return content.decode() if text else content

    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        """How a person enters the machine while it runs.

        Raises:
            ConnectionError: it is off.
            NotImplementedError: this back end cannot be entered here (it says why).
        """
        power = self._machine.power
        if power.state is not PowerState.ON:
            raise ConnectionError(f"the machine is {power.state}")
        if not isinstance(self._machine, Enterable):
            raise NotImplementedError("this kind of machine cannot be entered from outside")
        try:
            return SandboxConnection(type="machine", command=self._machine.enter_command())
        except MachineFailure as error:
            raise NotImplementedError(str(error)) from error

    def default_polling_interval(self) -> float:
        """Seconds between two looks of Inspect's sandbox services: a look costs a few milliseconds."""
        return 0.2

    @classmethod
    def default_concurrency(cls) -> int | None:
        """No maximum: a machine costs a few megabytes, and Inspect delays every sample where there is one."""
        return None

    @classmethod
    def config_files(cls) -> list[str]:
        """What Inspect looks for beside a task that names no configuration."""
        return ["machine.toml"]

    @classmethod
    def config_deserialize(cls, config: dict[str, Any]) -> MachineConfig:
        """A configuration as a log holds it."""
        return MachineConfig.model_validate(config)

    @classmethod
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        """Looks at the configuration before anything is spent.

        Raises:
            InputError: it cannot be a machine's.
        """
        config_from(config)

    @classmethod
    async def sample_init(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, metadata: dict[str, str]
    ) -> dict[str, SandboxEnvironment]:
        """Starts the sample's machine."""
        # Imported here: a back end is loaded when a machine is wanted, not when Inspect lists its providers.
        from offswitch.machine.backends import start_machine

        try:
            asyncio.get_running_loop()
        except RuntimeError as error:
            raise MachineFailure("machines need Inspect's asyncio back end: unset INSPECT_ASYNC_BACKEND") from error
        chosen = config_from(config)
        environment = cls(await start_machine(chosen.spec(), chosen.backend))
        # Inspect asks each sandbox that does not know yet whether tools may run as another user.
        environment._root_access = cls._without_root.get((chosen.backend, chosen.rootfs))
        return {"default": environment}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        """Puts the sample's machine away, also when the sample is cancelled meanwhile."""
        with anyio.CancelScope(shield=True):
            for environment in environments.values():
                await environment.as_type(cls).machine.close()
                found = environment._root_access
                if found is not None and found.state == "unusable":
                    chosen = config_from(config)
                    cls._without_root[chosen.backend, chosen.rootfs] = found

    def _remember(self, cmd: list[str], result: CommandResult | None, started: float, first: int) -> None:
        output = (result.stdout + result.stderr)[: 4 * OUTPUT_KEPT] if result else b""
        executed = Executed(
            argv=tuple(cmd),
            returncode=result.returncode if result and not result.timed_out else None,
            output=output.decode(errors="replace")[:OUTPUT_KEPT],
            started=started,
            ended=self._machine.now(),
            first_event=first,
            last_event=self._machine.count_events(),
        )
        if not self.history or self.history[-1].started <= started:
            self.history.append(executed)
        else:
            bisect.insort(self.history, executed, key=lambda each: each.started)


# Inspect asks for the signature at every command; made once, it costs a quarter.
MachineSandbox.exec.__signature__ = inspect.signature(MachineSandbox.exec)  # type: ignore[attr-defined]


def _text(kept: bytes, dropped: int) -> str:
    limit = SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE
    if len(kept) > limit or dropped:
        # Room for the notice: past its limit Inspect would take the output for an error.
        room = max(limit - _NOTICE_ROOM, 0)
        kept, dropped = kept[:room], dropped + len(kept[room:])
    text = kept.decode(errors="replace")
    if not dropped:
        return text
    separator = "" if text.endswith("\n") else "\n"
    return f"{text}{separator}[{dropped} more bytes of output were dropped]\n"
