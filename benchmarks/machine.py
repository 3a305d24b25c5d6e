"""How fast and how small a machine is, beside `unshare` and `runc` in the same run.

Every time is a median; what is compared alternates, so that a busy computer slows both alike. Run it by `make bench`,
or alone: `python benchmarks/machine.py`. A row it prints:

    start a machine                              6.1 ms   (at most 10 ms)
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offswitch.machine import Machine, MachineOff, MachineSpec, PowerState, start_machine

ROUNDS = 40
ALIVE = 300
COMMANDS = 200
SHELL = ["bash", "-c", "true"]
UNSHARE = ["unshare", "-Urmpnuif", "-C", "--mount-proc", *SHELL]


class Times:
    """Milliseconds by name."""

    def __init__(self) -> None:
        self._found: dict[str, list[float]] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Notes how long the block takes."""
        began = time.perf_counter()
        yield
        self.note(name, time.perf_counter() - began)

    def note(self, name: str, seconds: float) -> None:
        """Adds one run."""
        self._found.setdefault(name, []).append(seconds * 1e3)

    def __getitem__(self, name: str) -> float:
        return statistics.median(self._found[name])


async def main() -> None:
    load = os.getloadavg()[0]
    print(f"{ROUNDS} rounds on {os.cpu_count()} processors, load before {load:.1f}, event log on\n")
    await (await start_machine(MachineSpec())).close()
    times = Times()
    with runc_bundle() as runc:
        for number in range(ROUNDS):
            await one_round(times)
            if runc is not None:
                one_runc_round(times, runc, f"bench-{os.getpid()}-{number}")
    row("start a machine", times["start"], 10)
    row("a command in it (bash -c true)", times["command"], 4)
    row("off noticed", times["off"], 20)
    row("snapshot of a fresh machine", times["snapshot"])
    row("close", times["close"])
    row("unshare … bash -c true", times["unshare"])
    if runc is None:
        print("runc is not here: `apt-get install -y runc` as root, then run this again")
    else:
        row("runc: start a container", times["runc start"])
        row("runc: a command in it", times["runc command"])
    print()
    ratio("command / bare unshare", times["command"] / times["unshare"], "at most 2")
    ratio("start and command / bare unshare", (times["start"] + times["command"]) / times["unshare"], "")
    if runc is not None:
        ratio("runc start / start", times["runc start"] / times["start"], "at least 5")
        ratio("runc command / command", times["runc command"] / times["command"], "at least 5")
    print()
    await cpu_of_a_command()
    await many_at_once()


def row(name: str, milliseconds: float, limit: float | None = None) -> None:
    print(f"{name:<40} {milliseconds:8.2f} ms" + (f"   (at most {limit:g} ms)" if limit else ""))


def ratio(name: str, value: float, limit: str) -> None:
    print(f"{name:<40} {value:8.2f} times" + (f"   ({limit})" if limit else ""))


async def one_round(times: Times) -> None:
    with times.timed("start"):
        machine = await start_machine(MachineSpec())
    await machine.exec(SHELL)
    for _ in range(3):
        with times.timed("command"):
            await machine.exec(SHELL)
        with times.timed("unshare"):
            subprocess.run(UNSHARE, check=True)
    with times.timed("snapshot"):
        await machine.snapshot()
    await switch_off(machine, times)
    with times.timed("close"):
        await machine.close()


async def switch_off(machine: Machine, times: Times) -> None:
    """From the moment before the kill inside, by the clock that both sides share, to the news here."""
    try:
        await machine.exec(["bash", "-c", "echo $EPOCHREALTIME > /root/at; kill 1; sleep 60"])
    except MachineOff as off:
        noticed = time.time()
        assert off.power.state is PowerState.OFF, off.power
        sent = (await machine.snapshot()).entries["/root/at"].content
        times.note("off", noticed - float(sent or b"nan"))


@contextmanager
def runc_bundle() -> Iterator[Path | None]:
    """A folder that runc can run: the host's /usr, read-only, and a process that waits."""
    if shutil.which("runc") is None or os.geteuid() != 0:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder)
        subprocess.run(["runc", "spec", "-b", folder], check=True)
        root = bundle / "rootfs"
        for name in ("usr", "proc", "dev", "sys", "tmp", "etc"):
            (root / name).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            if Path("/", name).is_symlink():
                (root / name).symlink_to(Path("/", name).readlink())
        shutil.copy("/etc/ld.so.cache", root / "etc")
        config = json.loads((bundle / "config.json").read_text())
        config["process"].update(args=["sleep", "infinity"], terminal=False)
        config["mounts"].append({"destination": "/usr", "type": "bind", "source": "/usr", "options": ["bind", "ro"]})
        (bundle / "config.json").write_text(json.dumps(config))
        yield bundle


def one_runc_round(times: Times, bundle: Path, name: str) -> None:
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "check": True}
    with times.timed("runc start"):
        subprocess.run(["runc", "run", "-d", "-b", str(bundle), name], **quiet)  # type: ignore[call-overload]
    try:
        with times.timed("runc command"):
            subprocess.run(["runc", "exec", name, *SHELL], **quiet)  # type: ignore[call-overload]
    finally:
        subprocess.run(["runc", "delete", "-f", name], **quiet)  # type: ignore[call-overload]


async def cpu_of_a_command() -> None:
    """Processor time of everything that takes part, the command's own included."""
    machine = await start_machine(MachineSpec())
    await machine.exec(SHELL)
    inside, here = cpu_of_descendants(), time.process_time()
    for _ in range(COMMANDS):
        await machine.exec(SHELL)
    here = time.process_time() - here
    inside = cpu_of_descendants() - inside
    row("CPU of a command: this process", here / COMMANDS * 1e3)
    row("CPU of a command: inside, with auditor", inside / COMMANDS * 1e3)
    began = os.times()
    for _ in range(COMMANDS):
        subprocess.run(SHELL, check=True)
    ended = os.times()
    bare = ended.children_user + ended.children_system - began.children_user - began.children_system
    row("CPU of the same command outside", bare / COMMANDS * 1e3)
    await machine.close()


def descendants() -> dict[int, list[bytes]]:
    """Fields of /proc/PID/stat, from the state on, of every process below this one."""
    fields = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields[int(folder.name)] = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
    found: dict[int, list[bytes]] = {}
    todo = [os.getpid()]
    while todo:
        parent = todo.pop()
        below = {pid: each for pid, each in fields.items() if int(each[1]) == parent}
        found |= below
        todo += below
    return found


def cpu_of_descendants() -> float:
    ticks = sum(int(value) for fields in descendants().values() for value in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


async def many_at_once() -> None:
    before = available()
    began = time.perf_counter()
    machines = await asyncio.gather(*(start_machine(MachineSpec(hostname=f"h{n}")) for n in range(ALIVE)))
    seconds = time.perf_counter() - began
    answers = await asyncio.gather(*(machine.exec(["hostname"]) for machine in machines))
    assert [answer.stdout.decode().strip() for answer in answers] == [f"h{n}" for n in range(ALIVE)]
    megabytes = (before - available()) / ALIVE
    shares = [proportional_share(pid) for pid in descendants()]
    await asyncio.gather(*(machine.close() for machine in machines))
    print(f"\n{ALIVE} machines alive at once, started in {seconds:.1f} s")
    print(f"{'memory each, by MemAvailable':<40} {megabytes:8.2f} MB   (at most 3 MB)")
    print(f"{'memory each, by proportional share':<40} {sum(shares) / ALIVE:8.2f} MB")


def available() -> float:
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    return int(line.split()[1]) / 1024


def proportional_share(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
