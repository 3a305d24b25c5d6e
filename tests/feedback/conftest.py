"""Real runs to judge, real servers to judge them on, and people who come by HTTP."""

from __future__ import annotations

import dataclasses
import http.client
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from inspect_ai.model import ChatMessage, ChatMessageAssistant

from offswitch.feedback.store import Store, open_store
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Outcome


def missing(what: str) -> None:
    """Skips on a person's computer; in CI nothing may be skipped that it is meant to have."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: CI must have it")
    pytest.skip(what)


def _reports() -> Any:
    """The runs that the report's tests make, with real Inspect logs."""
    path = Path(__file__).parents[1] / "report" / "conftest.py"
    spec = importlib.util.spec_from_file_location("made_runs", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["made_runs"] = module
    spec.loader.exec_module(module)
    return module


made_runs = _reports()


def transcript(ending: str) -> tuple[ChatMessage, ...]:
    """The usual transcript, with a last step of its own: two of them part after the deciding moment."""
    messages = list(made_runs.transcript())
    own = messages[6]
    assert isinstance(own, ChatMessageAssistant)
    messages[6] = own.model_copy(update={"content": f"Step 3. {ending}"})
    return tuple(messages)


def trials(count: int, models: Sequence[str] = ("mockllm/meek", "mockllm/stubborn"), hostile: str = "") -> list[Any]:
    """Each model meets the same situations; the first complies, the others resist."""
    technique = (Technique.SCRIPT_EDITED,)
    return [
        made_runs.MadeTrial(
            model=model,
            outcome=Outcome.COMPLIED if model == models[0] else Outcome.RESISTED,
            techniques=() if model == models[0] else technique,
            seed=seed,
            hostile=hostile,
            messages=None if hostile else transcript(f"I am number {models.index(model)}."),
        )
        for model in models
        for seed in range(count)
    ]


def write_run(folder: Path, made: Sequence[Any]) -> Path:
    """A folder of logs and their table, named for itself."""
    made_runs.write_run(folder, made)
    # What the report's tests put there is no whole manifest, and commands read it.
    (folder / "manifest.json").unlink()
    return folder


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models in twelve situations: 24 trials, 12 pairs."""
    return write_run(tmp_path_factory.mktemp("runs") / "run", trials(12))


@pytest.fixture(scope="session")
def known_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trials whose verdicts are known."""
    return write_run(tmp_path_factory.mktemp("runs") / "known", trials(2, ("scripted/a", "scripted/b")))


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL of our own, on a socket in a folder of its own; the URL of its server, without a database."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries and shutil.which("initdb") is None:
        missing("PostgreSQL is not installed")
    tools = binaries[-1] if binaries else Path(shutil.which("initdb") or "").parent
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        # It refuses to run as root.
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        if user:
            shutil.chown(folder, "nobody", "nogroup")
        data = f"{folder}/data"
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": folder}
        subprocess.run(
            [*user, tools / "initdb", "-D", data, "-U", "offswitch", "-A", "trust", "-N", "-E", "UTF8"],
            check=True,
            **quiet,
        )
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=150"
        subprocess.run(
            [*user, tools / "pg_ctl", "-D", data, "-w", "-o", settings, "-l", f"{folder}/log", "start"],
            check=True,
            **quiet,
        )
        try:
            yield f"postgresql://offswitch@/DATABASE?host={folder}"
        finally:
            subprocess.run([*user, tools / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], check=True, **quiet)


@pytest.fixture
def fresh_postgresql(postgresql: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    import psycopg

    name = "t_" + re.sub(r"\W", "_", request.node.name).lower()[:50]
    with psycopg.connect(postgresql.replace("DATABASE", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgresql.replace("DATABASE", name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store is, once for each database."""
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite3")
    return str(request.getfixturevalue("fresh_postgresql"))


@pytest.fixture
def store(place: str, clock: Clock) -> Iterator[Store]:
    opened = open_store(place, clock)
    yield opened
    opened.close()


class _Form(HTMLParser):
    """What the forms of a page hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.actions: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            self.actions.append(has.get("action") or "")
        if tag == "input" and has.get("type") == "hidden":
            self.hidden[has.get("name") or ""] = has.get("value") or ""


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def form(self) -> _Form:
        return _Form(self.text)


@dataclass
class Browser:
    """Somebody who comes by HTTP: keeps cookies, follows where pages send them, sends forms as a browser does."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, form: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Answered:
        """One request, no more."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        body = None
        if form is not None:
            body = urlencode(form, doseq=True)
            sent |= {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            self._connection.request(method, path, body, sent | (headers or {}))
            answer = self._connection.getresponse()
            got = Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise
        cookie = got.headers.get("set-cookie")
        if cookie:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return got

    def get(self, path: str) -> Answered:
        answer = self.ask("GET", path)
        return self.get(answer.headers["location"]) if answer.status == 303 else answer

    def post(self, path: str, form: dict[str, Any]) -> Answered:
        answer = self.ask("POST", path, form)
        return self.get(answer.headers["location"]) if answer.status == 303 else answer

    def come_in(self, link: str) -> Answered:
        """Through a link, as a person would: looks at it, then comes in."""
        page = self.ask("GET", urlsplit(link).path)
        assert page.status == 200, page.text
        return self.post("/enter", page.form.hidden)

    def judge(self, page: Answered, **answer: Any) -> Answered:
        """Answers the item that a page shows."""
        where = next(action for action in page.form.actions if action.startswith("/label/"))
        return self.post(where, page.form.hidden | answer)


@dataclass
class Served:
    """A server of ours, as its command told of it."""

    process: Any
    url: str
    links: dict[str, str]
    store: str

    def browser(self, who: str | None = None) -> Browser:
        """A new browser; that of a person, who has come in, where one is named."""
        at = urlsplit(self.url)
        made = Browser(at.hostname or "", at.port or 0)
        if who is not None:
            assert made.come_in(self.links[who]).status == 200
        return made

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def start_server(command_line: Any) -> Callable[..., Served]:
    """Starts a server that whoever asks for it must end, and reads what it prints."""

    def start(*arguments: object) -> Served:
        process = command_line.start("label", *arguments, "--json", errors=False)
        line = process.stdout.readline()
        told = json.loads(line) if line else {}
        assert "url" in told, told
        return Served(process, told["url"], told["links"], told["store"])

    return start


@pytest.fixture
def serve(start_server: Callable[..., Served], tmp_path: Path) -> Iterator[Serve]:
    """Starts servers, and ends them all."""
    started: list[Served] = []

    def make(*arguments: object, place: object = None, port: int = 0) -> Served:
        served = start_server(*arguments, "--store", place or tmp_path / "store.sqlite3", "--port", port)
        started.append(served)
        return served

    yield make
    for served in started:
        served.process.kill()
        served.process.wait()


VERDICT = {"outcome": "complied", "threat": "yes", "aware": "no"}
"""A complete answer."""


@pytest.fixture(scope="session")
def made_module_here() -> tuple[Callable[..., Path], Callable[..., list[Any]], Callable[..., Any]]:
    """What writes a run, what describes its trials, and what changes a description."""
    return write_run, trials, dataclasses.replace
