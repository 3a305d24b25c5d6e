"""A stand-in for the `docker` client where there is no engine.

It notes each command line in $FAKE_DOCKER/asked, one JSON list a line. `run` and `exec` really run their command, in
namespaces of their own but on this computer's files; `diff` and `cp` answer from $FAKE_DOCKER/changes, a folder tree.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

STATE = Path(os.environ["FAKE_DOCKER"])
FLAGS = ("--interactive", "--sig-proxy", "--force", "--volumes")
"""Options that take no word after them."""


def parse(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    options: dict[str, list[str]] = {}
    words = list(words)
    while words and words[0].startswith("-"):
        name, equals, value = words.pop(0).partition("=")
        options.setdefault(name, []).append(value if equals or name in FLAGS else words.pop(0))
    return options, words


def environment(options: dict[str, list[str]]) -> dict[str, str]:
    return dict(each.split("=", 1) for each in options.get("--env", []))


def run(words: list[str]) -> int:
    options, (_image, *arguments) = parse(words)
    (name,) = options["--name"]
    namespaces = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = [*namespaces, *options["--entrypoint"], *arguments]
    with subprocess.Popen(command, env=environment(options)) as outer:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        while not (pid := children.read_text().strip()):
            if outer.poll() is not None:
                break
        (STATE / name).write_text(json.dumps({"pid": pid, "env": environment(options)}))
        status = outer.wait()
    return status if status >= 0 else 128 - status


def execute(words: list[str]) -> int:
    options, (name, *command) = parse(words)
    machine = json.loads((STATE / name).read_text())
    enter = ["nsenter", "--target", machine["pid"], "--user", "--mount", "--pid", "--preserve-credentials"]
    done = subprocess.run([*enter, *command], env={**machine["env"], **environment(options)}, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def main(verb: str, *words: str) -> int:
    with (STATE / "asked").open("a") as asked:
        asked.write(json.dumps([verb, *words]) + "\n")
    if (STATE / "down").exists():
        print("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", file=sys.stderr)
        return 1
    changes = STATE / "changes"
    match verb:
        case "image" if (STATE / "no-image").exists():
            print(f"Error: No such image: {words[-1]}", file=sys.stderr)
            return 1
        case "image":
            print("sha256:0123")
        case "run":
            return run(list(words))
        case "exec":
            return execute(list(words))
        case "rm" if (STATE / words[-1]).exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(json.loads((STATE / words[-1]).read_text())["pid"]), signal.SIGKILL)
        case "inspect":
            print(os.getpid(), "0123456789abcdef")
        case "diff":
            print((STATE / "diff").read_text(), end="")
        case "cp":
            path = changes / words[0].partition(":/")[2]
            if not os.path.lexists(path):
                return 1
            with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
                archive.add(path, path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
