"""What a machine adds to an Inspect evaluation: CPU of 100 samples × 10 commands, against a tool that does nothing.

Beside the two stand the least that any sandbox costs: the same evaluation on a sandbox that answers at once without
running anything, so that only Inspect's own handling of sandboxes shows, and the same number of shells, started one
after the other and nothing else. Both together make a floor: a real shell cannot be had for less.

    python benchmarks/inspect_overhead.py [--samples 100] [--commands 10] [--rounds 3]

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
from pathlib import Path
from typing import Any

TARGET = 1.25
ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
KINDS = ("tool", "answers", "shells", "machine")
"""Evaluation with a tool that does nothing; on a sandbox that answers at once; bare shells, without Inspect; evaluation
on machines."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--commands", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--evaluate", choices=KINDS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.evaluate == "shells":
        start_shells(asked.samples * asked.commands)
        return 0
    if asked.evaluate:
        evaluate(asked.evaluate, asked.samples, asked.commands)
        return 0
    root = next((each for each in ROOTS if (each / "cgroup.controllers").exists()), None)
    if root is None or os.geteuid() != 0:
        print("inspect overhead: not measured (needs root and control groups of version 2)")
        return 0
    print(f"Inspect, {asked.samples} samples × {asked.commands} commands: user and system CPU, seconds (wall)")
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(1, asked.rounds + 1):
        for kind, figures in spent.items():
            cpu, wall = measure(root, kind, asked.samples, asked.commands)
            figures.append(cpu)
            print(f"  round {number}  {kind:8} {cpu:7.2f}  ({wall:.1f})", flush=True)
    # Round by round: other work on the computer, which shares its caches, then weighs on all kinds alike.
    rounds = [dict(zip(KINDS, figures, strict=True)) for figures in zip(*spent.values(), strict=True)]
    ratio = statistics.median(each["machine"] / each["tool"] for each in rounds)
    floor = statistics.median((each["answers"] + each["shells"]) / each["tool"] for each in rounds)
    inspect, shell, ours = (
        1000 / (asked.samples * asked.commands) * statistics.median(figures)
        for figures in (
            [each["answers"] - each["tool"] for each in rounds],
            spent["shells"],
            [each["machine"] - each["answers"] - each["shells"] for each in rounds],
        )
    )
    print(f"  machine / tool              {ratio:.2f} (median of the rounds; target at most {TARGET})")
    print(f"  (answers + shells) / tool   {floor:.2f} is the floor")
    print(f"  ms a command: Inspect's own sandbox work {inspect:.2f}, the bare shell {shell:.2f}, the rest {ours:.2f}")
    return 0


def measure(root: Path, kind: str, samples: int, commands: int) -> tuple[float, float]:
    """CPU seconds and wall seconds of one evaluation in a process of its own, from after its imports to its end."""
    group = root / f"overhead-{os.getpid()}"
    group.mkdir()
    command = [sys.executable, __file__, "--evaluate", kind, "--samples", str(samples), "--commands", str(commands)]
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


def evaluate(kind: str, samples: int, commands: int) -> None:
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
        solver=[use_tools(nothing() if kind == "tool" else bash()), generate()],
        sandbox=None if kind == "tool" else kind,
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
            log_realtime=False,
            log_model_api=False,
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
