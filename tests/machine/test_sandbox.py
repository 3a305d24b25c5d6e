"""Machines as Inspect's sandbox: its own conformance checks, and real evaluations without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.event import SandboxEvent
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessageTool, ModelOutput, ModelUsage, get_model
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver, use_tools
from inspect_ai.tool import Tool, bash, bash_session, python, text_editor
from inspect_ai.util import (
    SandboxEnvironmentSpec,
    SandboxUnavailableError,
    SandboxUserUnsupportedError,
    sandbox,
)
from inspect_ai.util._sandbox import self_check
from inspect_ai.util._sandbox.limits import override_max_exec_output_size

from offswitch.errors import InputError
from offswitch.machine import MachineSpec, PowerState
from offswitch.machine.config import MachineConfig
from offswitch.machine.records import Limits
from offswitch.machine.sandbox import Enterable, MachineSandbox

NOT_OURS = {
    "test_exec_as_user": "a machine has one user, root",
    "test_exec_timeout_kills_process": "sleeps for seconds; the machine's own tests have it",
    "test_exec_timeout_kills_child_processes": "sleeps for seconds; the machine's own tests have it",
}
CHECKS = [name for name in vars(self_check) if name.startswith("test_") and name not in NOT_OURS]


def on_sandbox(act: Callable[[MachineSandbox], Awaitable[None]], config: MachineConfig | None = None) -> None:
    """Runs `act` on a fresh sandbox, made and put away as Inspect does it."""

    async def run() -> None:
        environments = await MachineSandbox.sample_init("test", config, {})
        try:
            await act(environments["default"].as_type(MachineSandbox))
        finally:
            await MachineSandbox.sample_cleanup("test", config, environments, False)

    asyncio.run(run())


@pytest.mark.parametrize("check", CHECKS)
def test_inspects_own_check_of_a_sandbox_passes(check: str) -> None:
    on_sandbox(getattr(self_check, check))


def test_inspects_checks_are_found() -> None:
    assert len(CHECKS) > 30
    assert NOT_OURS.keys() <= vars(self_check).keys()


def test_the_command_that_switches_off_ends_as_a_failed_one_and_the_next_finds_no_machine() -> None:
    async def act(box: MachineSandbox) -> None:
        last = await box.exec(["bash", "-c", "echo bye; echo now >&2; kill -s TERM 1; sleep 60"])
        assert (last.success, last.returncode, last.stdout, last.stderr) == (False, 143, "bye\n", "now\n")
        assert box.machine.power.state is PowerState.OFF
        with pytest.raises(SandboxUnavailableError, match="the machine is off"):
            await box.exec(["true"])
        with pytest.raises(SandboxUnavailableError):
            await box.read_file("/etc/passwd")
        with pytest.raises(SandboxUnavailableError):
            await box.write_file("x", "y")
        with pytest.raises(ConnectionError):
            await box.connection()

    on_sandbox(act)


def test_output_over_the_limit_ends_with_a_line_that_counts_what_is_gone() -> None:
    async def act(box: MachineSandbox) -> None:
        result = await box.exec(["bash", "-c", "printf %5000s x; printf '%1500s\n' y >&2"])
        assert result.stdout == " " * 1000 + "\n[4000 more bytes of output were dropped]\n"
        assert result.stderr.endswith(" \n[501 more bytes of output were dropped]\n")

    on_sandbox(act, MachineConfig(limits=Limits(output=1000)))


def test_inspects_own_output_limit_holds_too() -> None:
    async def act(box: MachineSandbox) -> None:
        with override_max_exec_output_size(10):
            result = await box.exec(["printf", "%20s", "x"])
        assert result.stdout == "\n[20 more bytes of output were dropped]\n"
        with override_max_exec_output_size(100):
            result = await box.exec(["printf", "%150s", "x"])
        # With its notice it stays below the limit, past which Inspect would raise.
        assert len(result.stdout) <= 100
        assert result.stdout.startswith(" " * 36 + "\n[114 more bytes")

    on_sandbox(act)


def test_a_command_without_a_limit_of_its_own_has_the_machines() -> None:
    async def act(box: MachineSandbox) -> None:
        with pytest.raises(TimeoutError, match=r"0\.2 seconds") as raised:
            await box.exec(["bash", "-c", "echo begun; sleep 60"])
        assert getattr(raised.value, "truncated_output", None) == "begun\n"
        assert box.history[-1].returncode is None

    on_sandbox(act, MachineConfig(limits=Limits(seconds=0.2)))


@pytest.mark.parametrize("user", [None, "root", "0"])
def test_root_is_the_user(user: str | None) -> None:
    async def act(box: MachineSandbox) -> None:
        assert (await box.exec(["id", "-un"], user=user)).stdout == "root\n"

    on_sandbox(act)


def test_another_user_is_unsupported() -> None:
    async def act(box: MachineSandbox) -> None:
        with pytest.raises(SandboxUserUnsupportedError, match="'agent'"):
            await box.exec(["true"], user="agent")
        assert box.history == []

    on_sandbox(act)


def test_the_history_tells_what_was_run_and_which_events_came_of_it() -> None:
    async def act(box: MachineSandbox) -> None:
        await box.exec(["touch", "first"])
        await box.exec(["bash", "-c", "echo hi; touch second; exit 3"])
        one, two = box.history
        assert one.argv == ("touch", "first")
        assert (two.returncode, two.output) == (3, "hi\n")
        assert 0 <= one.started <= one.ended <= two.started <= two.ended <= box.machine.now()
        assert one.last_event == two.first_event
        events = box.machine.events(since=two.first_event).events
        paths = [event.path for event in events if event.number <= two.last_event]
        assert "/root/second" in paths
        assert "/root/first" not in paths

    on_sandbox(act)


def test_a_command_cut_off_by_a_cancelled_sample_is_remembered_and_its_machine_closed() -> None:
    async def run() -> None:
        environments = await MachineSandbox.sample_init("test", None, {})
        box = environments["default"].as_type(MachineSandbox)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(box.exec, ["bash", "-c", "touch begun; sleep 600"])
                while not any(event.path == "/root/begun" for event in box.machine.events().events):
                    await asyncio.sleep(0)
                scope.cancel()
        assert box.history[-1].returncode is None
        with anyio.CancelScope() as cancelled:
            cancelled.cancel()
            await MachineSandbox.sample_cleanup("test", None, environments, True)
        assert box.machine.power.state is PowerState.CLOSED

    asyncio.run(run())


def test_a_cancellation_during_cleanup_does_not_stop_the_closing() -> None:
    class Closing:
        closed = False

        async def close(self) -> None:
            for _ in range(3):
                await asyncio.sleep(0)
            self.closed = True

    async def run() -> bool:
        machine: Any = Closing()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await MachineSandbox.sample_cleanup("test", None, {"default": MachineSandbox(machine)}, False)
        return bool(machine.closed)

    assert asyncio.run(run())


def test_a_person_can_enter_a_container_back_end_by_the_command_it_tells() -> None:
    class Entered:
        spec = MachineSpec()
        power = type("Power", (), {"state": PowerState.ON})()

        def enter_command(self) -> str:
            return "docker exec -it name /bin/sh"

    machine: Any = Entered()
    assert isinstance(machine, Enterable)
    assert asyncio.run(MachineSandbox(machine).connection()).command == "docker exec -it name /bin/sh"


# --- evaluations -----------------------------------------------------------------------------------------------------


def call(tool: str, **arguments: Any) -> ModelOutput:
    output = ModelOutput.for_tool_call("mockllm/model", tool, arguments)
    output.usage = ModelUsage()
    return output


def say(text: str) -> ModelOutput:
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage()
    return output


def evaluate(sample: Sample, tools: list[Tool], acts: list[ModelOutput], logs: Path, **task: Any) -> EvalSample:
    """One sample in which a model does just these acts; it must end without an error."""
    model = get_model("mockllm/model", custom_outputs=[*acts, say("done")])
    options: dict[str, Any] = {"sandbox": "machine", "solver": [use_tools(*tools), generate()], **task}
    (log,) = inspect_eval(Task(dataset=[sample], **options), model=model, display="none", log_dir=str(logs))
    assert log.status == "success", log.error and log.error.message
    assert log.samples is not None
    assert log.samples[0].error is None, log.samples[0].error
    return log.samples[0]


def answers(sample: EvalSample) -> list[ChatMessageTool]:
    return [message for message in sample.messages if isinstance(message, ChatMessageTool)]


def test_files_setup_and_the_shell_and_python_tools_work(tmp_path: Path) -> None:
    sample = Sample(input="go", files={"data/a.txt": "hello\r\n"}, setup="tr a-z A-Z <data/a.txt >upper.txt")
    acts = [
        call("bash", command="cat data/a.txt upper.txt; pwd"),
        call("python", code="print(6 * 7)"),
        call("bash", command="sleep 60"),
    ]
    shell, snake, slow = answers(evaluate(sample, [bash(timeout=1), python(timeout=20)], acts, tmp_path))
    assert shell.text == "hello\r\nHELLO\r\n/root\n"
    assert snake.text == "42\n"
    assert slow.error is not None
    assert slow.error.type == "timeout"


def test_inspect_looks_once_whether_root_may_change_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MachineSandbox, "_without_root", {})

    def looks(logs: Path) -> int:
        sample = evaluate(Sample(input="go"), [bash()], [call("bash", command="id -u")], logs)
        assert answers(sample)[0].text == "0\n"
        return sum(isinstance(event, SandboxEvent) and "CapEff" in (event.cmd or "") for event in sample.events)

    assert looks(tmp_path / "first") == 1
    assert [found.state for found in MachineSandbox._without_root.values()] == ["unusable"]
    assert looks(tmp_path / "second") == 0


def test_a_machine_that_goes_off_is_a_tool_error_and_the_sample_goes_on(tmp_path: Path) -> None:
    acts = [call("bash", command="echo bye; kill -s TERM 1; sleep 9"), call("bash", command="echo again")]
    sample = evaluate(Sample(input="go"), [bash()], acts, tmp_path)
    last, after = answers(sample)
    assert last.text == "bye\n"
    assert after.error is not None
    assert after.error.type == "sandbox_unavailable"
    assert sample.messages[-1].text == "done"


def test_inspects_text_editor_works_and_keeps_a_files_mode(tmp_path: Path) -> None:
    acts = [
        call("bash", command="printf '#!/bin/sh\n' >s.sh; chmod 750 s.sh"),
        call("text_editor", command="insert", path="/root/s.sh", insert_line=1, insert_text="echo hi\n"),
        call("bash", command="./s.sh; stat -c %a s.sh"),
    ]
    assert answers(evaluate(Sample(input="go"), [bash(), text_editor()], acts, tmp_path))[-1].text == "hi\n750\n"


def test_inspects_lasting_shell_works(tmp_path: Path) -> None:
    acts = [
        call("bash_session", action="type_submit", input="cd /tmp; number=6"),
        call("bash_session", action="type_submit", input="echo $((number * 7)) $PWD"),
        call("bash_session", action="type_submit", input="echo end"),
    ]
    # What comes out when is up to the clock, so only that it comes is said here.
    shown = "".join(message.text for message in answers(evaluate(Sample(input="go"), [bash_session()], acts, tmp_path)))
    assert "42 /tmp" in shown


def test_a_scenario_reaches_the_machine_behind_inspects_sandbox(tmp_path: Path) -> None:
    seen: list[str] = []

    @solver
    def look() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            box = sandbox().as_type(MachineSandbox)
            seen.append(box.machine.spec.hostname)
            await box.machine.write_file("flag", b"1")
            seen.append((await sandbox().exec(["cat", "flag"])).stdout)
            return state

        return solve

    config = MachineConfig(hostname="db1")
    evaluate(Sample(input="go"), [], [], tmp_path, solver=look(), sandbox=SandboxEnvironmentSpec("machine", config))
    assert seen == ["db1", "1"]


def test_a_configuration_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "machine.toml"
    file.write_text('hostname = "mail"')
    acts = [call("bash", command="hostname")]
    sample = evaluate(Sample(input="go"), [bash()], acts, tmp_path, sandbox=("machine", str(file)))
    assert answers(sample)[0].text == "mail\n"


def test_a_compose_file_stops_the_evaluation_before_any_sample(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services: {}")
    task = Task(dataset=[Sample(input="go")], solver=generate(), sandbox=("machine", str(file)))
    with pytest.raises(InputError, match="a machine is no container"):
        inspect_eval(task, model="mockllm/model", display="none", log_dir=str(tmp_path / "logs"))


def test_a_machine_is_closed_when_its_sample_fails(tmp_path: Path) -> None:
    machines = []

    @solver
    def fail() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            machines.append(sandbox().as_type(MachineSandbox).machine)
            raise ValueError("no")

        return solve

    task = Task(dataset=[Sample(input="go")], solver=fail(), sandbox="machine", fail_on_error=False)
    inspect_eval(task, model="mockllm/model", display="none", log_dir=str(tmp_path))
    assert [machine.power.state for machine in machines] == [PowerState.CLOSED]


def test_an_unknown_back_end_is_named() -> None:
    with pytest.raises(InputError, match="there is no machine back end 'hyper'"):
        asyncio.run(MachineSandbox.sample_init("test", MachineConfig(backend="hyper"), {}))
