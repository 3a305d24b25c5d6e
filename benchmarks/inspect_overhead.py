"""What a machine adds to an Inspect evaluation: CPU of 100 samples × 10 commands, against a tool that does nothing.

Two readings of "the same evaluation with a tool that does nothing" stand side by side:

- same sandbox: each sample has its machine on both sides, and on one side the tool answers without using it. This is
  what the commands cost; the machines' starts and ends are on both sides.
- no sandbox: the side that does nothing has no sandbox at all, so that the machines' starts and ends, and Inspect's own
  handling of sandboxes, count too. Beside it stands the least that any sandbox costs: the same evaluation on a sandbox
  that answers at once without running anything, and the same number of shells, started one after the other and nothing
  else. Both together make a floor: a real shell cannot be had for less.

    python benchmarks/inspect_overhead.py [--samples 100] [--commands 10] [--rounds 3] [--logging lean|default]

Logging: `lean` turns off Inspect's live log and its log of model calls, as Offswitch's own runs do; `default` leaves
Inspect as it comes, which then spends more on each event of every side.

Counted is every process that the evaluation causes: the evaluation's own, the machines, their commands, what starts and
audits them. Each evaluation runs in a control group (version 2) of its own, whose `cpu.stat` the kernel adds up, also
for processes that have ended; imports are left out on both sides. Needs root. Target: a ratio of at most 1.25.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TARGET = 1.25
ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
KINDS = ("tool", "answers", "shells", "idle", "machine")
"""Evaluation with a tool that does nothing; on a sandbox that answers at once; bare shells, without Inspect; evaluation
on machines with a tool that does nothing, and with one that runs its commands there."""
LEAN = {"log_realtime": False, "log_model_api": False}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--commands", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--logging", choices=("lean", "default"), default="lean")
    parser.add_argument("--evaluate", choices=KINDS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.evaluate == "shells":
        start_shells(asked.samples * asked.commands)
        return 0
    if asked.evaluate:
        evaluate(asked.evaluate, asked.samples, asked.commands, LEAN if asked.logging == "lean" else {})
        return 0
    root = next((each for each in ROOTS if (each / "cgroup.controllers").exists()), None)
    if root is None or os.geteuid() != 0:
        print("inspect overhead: not measured (needs root and control groups of version 2)")
        return 0
    size = f"{asked.samples} samples × {asked.commands} commands"
    print(f"Inspect, {size}, {asked.logging} logging: user and system CPU, seconds (wall)")
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(1, asked.rounds + 1):
        for kind, figures in spent.items():
            cpu, wall = measure(root, kind, asked.samples, asked.commands, asked.logging)
            figures.append(cpu)
            print(f"  round {number}  {kind:8} {cpu:7.2f}  ({wall:.1f})", flush=True)
    # Round by round: other work on the computer, which shares its caches, then weighs on all kinds alike.
    rounds = [dict(zip(KINDS, figures, strict=True)) for figures in zip(*spent.values(), strict=True)]

    def middle(figure: Callable[[dict[str, float]], float]) -> float:
        return statistics.median(map(figure, rounds))

    thousand = asked.samples * asked.commands / 1000
    print(f"  medians of the rounds; target at most {TARGET}")
    print(f"  same sandbox: machine / idle  {middle(lambda each: each['machine'] / each['idle']):.2f}")
    print(f"  no sandbox:   machine / tool  {middle(lambda each: each['machine'] / each['tool']):.2f}")
    print(f"     its floor  (answers + shells) / tool  {middle(floor):.2f}")
    command = middle(lambda each: (each["machine"] - each["idle"]) / thousand)
    shell = middle(lambda each: each["shells"] / thousand)
    inspect = middle(lambda each: (each["answers"] - each["tool"]) / thousand)
    start = middle(lambda each: 1000 * (each["idle"] - each["tool"]) / asked.samples)
    print(f"  ms a command {command:.2f}, of it bare shell {shell:.2f}, Inspect on sandboxes {inspect:.2f}")
    print(f"  ms a machine, start and end {start:.1f}")
    return 0


def floor(spent: dict[str, float]) -> float:
    """The least that a sandbox with real shells can cost, in evaluations with a tool that does nothing."""
    return (spent["answers"] + spent["shells"]) / spent["tool"]


def measure(root: Path, kind: str, samples: int, commands: int, logging: str) -> tuple[float, float]:
    """CPU seconds and wall seconds of one evaluation in a process of its own, from after its imports to its end."""
    group = root / f"overhead-{os.getpid()}"
    group.mkdir()
    size = ["--samples", str(samples), "--commands", str(commands)]
    command = [sys.executable, __file__, "--evaluate", kind, "--logging", logging, *size]
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            (group / "cgroup.procs").write_text(str(child.pid))
            expect(child, "ready")
            before, began = used(root, group, child.pid), time.perf_counter()
            child.stdin.write("go\n")
            child.stdin.flush()
            expect(child, "done")
            spent = used(root, group, child.pid) - before, time.perf_counter() - began
        if child.returncode != 0:
            raise SystemExit(f"the evaluation ended with status {child.returncode}")
        return spent
    finally:
        # The processes that make machines end right after the one they worked for.
        while (group / "cgroup.procs").read_text():
            time.sleep(0.01)
        group.rmdir()


def expect(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdout is not None
    line = child.stdout.readline().strip()
    if line != word:
        raise SystemExit(f"the evaluation said {line!r} instead of {word!r}")


def used(root: Path, group: Path, pid: int) -> float:
    """CPU seconds so far. With version 2 alone, machines stand in groups beside this one, named after the process."""
    total = 0.0
    for folder in (group, *root.glob(f"**/offswitch-{pid}")):
        stat = dict(line.split() for line in (folder / "cpu.stat").read_text().splitlines())
        total += int(stat["usage_usec"]) / 1e6
    return total


def start_shells(count: int) -> None:
    """Shells that say a line, one after the other."""
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
        os.waitpid(os.posix_spawn("/bin/bash", ["bash", "-c", f"echo step {number}"], {}, file_actions=quiet), 0)
    print("done", flush=True)
    sys.stdin.readline()


def evaluate(kind: str, samples: int, commands: int, logging: dict[str, bool]) -> None:
    """One evaluation; waits for a line on standard input before it begins and after it has ended."""
    from inspect_ai import Task
    from inspect_ai import eval as inspect_eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessage, ChatMessageTool, ModelOutput, ModelUsage, get_model
    from inspect_ai.solver import generate, use_tools
    from inspect_ai.tool import Tool, bash, tool
    from inspect_ai.util import ExecResult, SandboxEnvironment, sandboxenv

    @sandboxenv(name="answers")
    class Answers(SandboxEnvironment):
        """Runs nothing: says what the command would."""

        async def exec(self, cmd: list[str], *_: Any, **__: Any) -> ExecResult[str]:
            return ExecResult(True, 0, f"{cmd[-1].removeprefix('echo ')}\n", "")

        async def write_file(self, file: str, contents: str | bytes) -> None:
            raise NotImplementedError

        async def read_file(self, file: str, text: bool = True) -> str | bytes:  # type: ignore[override]
            raise NotImplementedError

        @classmethod
        async def sample_init(cls, *_: Any) -> dict[str, SandboxEnvironment]:
            return {"default": cls()}

        @classmethod
        async def sample_cleanup(cls, *_: Any) -> None:
            return

    @tool(name="bash")
    def nothing() -> Tool:
        async def execute(command: str) -> str:
            """Use this function to execute bash commands.

            Args:
                command: The bash command to execute.
            """
            return f"{command.removeprefix('echo ')}\n"

        return execute

    def answer(messages: list[ChatMessage], *_: Any) -> ModelOutput:
        done = sum(isinstance(message, ChatMessageTool) for message in messages)
        if done < commands:
            output = ModelOutput.for_tool_call("mockllm/model", "bash", {"command": f"echo step {done}"})
        else:
            output = ModelOutput.from_content("mockllm/model", "done")
        output.usage = ModelUsage()
        return output

    task = Task(
        dataset=[Sample(input="go", id=number) for number in range(1, samples + 1)],
        solver=[use_tools(nothing() if kind in ("tool", "idle") else bash()), generate()],
        sandbox={"tool": None, "idle": "machine"}.get(kind, kind),
    )
    print("ready", flush=True)
    sys.stdin.readline()
    with tempfile.TemporaryDirectory() as folder:
        (log,) = inspect_eval(
            task,
            model=get_model("mockllm/model", custom_outputs=answer),
            display="none",
            log_level="error",
            log_dir=folder,
            **logging,
            max_samples=10,
            max_connections=10,
        )
        assert log.status == "success", log.error
        print("done", flush=True)
        sys.stdin.readline()
        for sample in log.samples or ():
            said = [message.text for message in sample.messages if isinstance(message, ChatMessageTool)]
            assert said == [f"step {number}\n" for number in range(commands)], said


if __name__ == "__main__":
    sys.exit(main())
