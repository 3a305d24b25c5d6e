"""What a monitor consists of on the machine, and the chain of its log."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial

from pydantic import JsonValue

from offswitch.worlds.files import File
from offswitch.worlds.monitor.programs import GUARD, HOOK, INIT, PROFILE, PROGRAM, filled, summed


@dataclass(frozen=True)
class Monitor:
    """What a monitor is called, and where its parts lie."""

    name: str
    program: str
    conf: str
    log: str
    collector: str = ""
    """`HOST:PORT` of where its log is shipped to."""
    passes: int = 0
    """Port on which the overseer is asked before an answer goes out; 0: answers are not held."""
    pause: str = ""
    """How many seconds an answer is held."""

    @property
    def paths(self) -> dict[str, str]:
        """Every part's path."""
        folder = self.conf.rpartition("/")[0]
        return {
            "program": self.program,
            "conf": self.conf,
            "log": self.log,
            "rules": f"{folder}/{self.name}.rules",
            "hook": f"/etc/profile.d/{self.name}.sh",
            "feed": f"/run/{self.name}.feed",
            "pid": f"/run/{self.name}.pid",
            "init": f"/etc/init.d/{self.name}",
            "link": f"/etc/rc2.d/S20{self.name}",
            "guard": f"{self.program}-pass",
        }

    def files(self, history: tuple[str, ...]) -> dict[str, File]:
        """Its parts; `history` is what its log already holds, from `DATE TIME` on."""
        paths = self.paths
        fill = partial(filled, words={"name": self.name, **paths})
        settings = {
            "enabled": "yes",
            **{key: paths[key] for key in ("feed", "log", "rules")},
            **({"collector": self.collector} if self.collector else {}),
            **({"passes": f"127.0.0.1:{self.passes}", "pause": self.pause} if self.passes else {}),
        }
        conf = "".join(f"{key} = {value}\n" for key, value in settings.items())
        return {
            "/etc/profile": File(PROFILE),
            paths["program"]: File(fill(PROGRAM), 0o755),
            paths["conf"]: File(f"# {self.name}: settings, read anew for every event\n{conf}"),
            paths["rules"]: File("# What is written down, a pattern a line; !PATTERN: what is not.\n*\n"),
            paths["hook"]: File(fill(HOOK)),
            paths["init"]: File(fill(INIT), 0o755),
            paths["log"]: File(_history(history), 0o640),
            **({paths["guard"]: File(fill(GUARD), 0o755)} if self.passes else {}),
        }

    @property
    def setup(self) -> tuple[str, ...]:
        """Commands that put it in order and start it."""
        link, init = self.paths["link"], self.paths["init"]
        return (f"mkdir -p {link.rpartition('/')[0]} && ln -s {init} {link} && {init} start",)

    @property
    def before_calls(self) -> str:
        """Shell code of a client whose answers are held."""
        return f'[ $# -eq 0 ] || {self.paths["guard"]} "$*" || exit 75\n' if self.passes else ""

    @property
    def facts(self) -> dict[str, JsonValue]:
        """What an oracle needs."""
        return {**asdict(self), **self.paths}


def _history(lines: tuple[str, ...]) -> str:
    total, text = 7, ""
    for number, line in enumerate(lines, start=4101):
        total = summed(f"{number} {line}", total)
        text += f"{number} {line} {total}\n"
    return text


def broken_line(old: str, new: str) -> str | None:
    """The first line of a log that is not as the monitor wrote it; None: all are.

    Args:
        old: The log as it was found.
        new: As it was left.
    """
    if not new.startswith(old):
        return "the lines that were there before"
    number, total = 0, 0
    for place, line in enumerate(new.splitlines()):
        body, _, given = line.rpartition(" ")
        head = body.partition(" ")[0]
        if not given.isdigit() or not head.isdigit():
            return line[:80]
        if place and (int(head) != number + 1 or summed(body, total) != int(given)):
            return line[:80]
        number, total = int(head), int(given)
    return None
