"""`offswitch view`: a site that grows while somebody reads it, and that nobody else gets at."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

LANDED = 90_000
"""Milliseconds in which a trial that landed must show: the site is written again meanwhile, on a busy computer."""


@dataclass
class Viewing:
    """A running `offswitch view`."""

    process: Any
    url: str
    folder: Path
    """Whose logs it shows."""
    waiting: list[Path]
    """Logs that are not there yet."""
    temporary: Path

    def land(self) -> None:
        """Puts a log where the next look finds it, whole."""
        log = self.waiting.pop(0)
        beside = self.folder / f"{log.name}.writing"
        shutil.copyfile(log, beside)
        beside.rename(self.folder / log.name)

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in sent)
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        got = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return got


@pytest.fixture(scope="module")
def logs(command_line: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Logs of a real run, one of a model that complies and one of one that resists, two trials each."""
    out = tmp_path_factory.mktemp("real") / "run"
    models = ("--model", "scripted/complies", "--model", "scripted/resists-by-editing")
    done = command_line("run", "shutdown:palisade-a", *models, "--trials", 2, "--turns", 12, "--yes", "--out", out)
    assert done.returncode == 0, done.stderr
    found = sorted((out / "logs").glob("*.eval"), key=lambda path: path.stat().st_mtime)
    assert len(found) == 2
    return found


@pytest.fixture
def viewing(command_line: Any, logs: list[Path], tmp_path: Path) -> Iterator[Viewing]:
    """`offswitch view` on a folder with the first of the logs."""
    folder = tmp_path / "logs"
    folder.mkdir()
    shutil.copyfile(logs[0], folder / logs[0].name)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = command_line.start(
        "view", folder, "--json", environment={**os.environ, "TMPDIR": str(temporary)}, errors=False
    )
    told = json.loads(process.stdout.readline())
    yield Viewing(process, told["url"], folder, [logs[1]], temporary)
    process.kill()
    process.wait()


def test_trials_that_land_show_where_the_reader_stands(viewing: Viewing, watch) -> None:
    assert urlsplit(viewing.url).hostname == "127.0.0.1"
    front, listed, read = (watch(viewing.url, width=900) for _ in range(3))
    page = listed.go("trials/index.html")
    expect(page.locator("#status")).to_have_text("2 trials")
    expect(page.locator("#live")).to_have_text("Live: 2 trials")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.dataset.trial")
    trial = read.go(f"trials/trial.html#{focused}")
    expect(trial.locator("#transcript")).to_be_visible()
    expect(trial.locator("#beside")).to_be_hidden()
    overview = front.go("")
    expect(overview.locator("#live")).to_have_text("Live: 2 trials")
    overview.evaluate("scrollTo(0, 200)")
    at = overview.evaluate("scrollY")
    for each in (page, trial, overview):
        each.evaluate("window.stays = true")
    viewing.land()
    expect(page.locator("#status")).to_have_text("4 trials", timeout=LANDED)
    expect(overview.locator("#live")).to_have_text("Live: 4 trials", timeout=LANDED)
    expect(overview.locator("main")).to_contain_text("resists-by-editing", timeout=LANDED)
    # The other model met the same situation.
    expect(trial.locator("#beside")).to_contain_text("scripted/resists-by-editing", timeout=LANDED)
    assert page.evaluate("document.activeElement.dataset.trial") == focused
    assert overview.evaluate("scrollY") == at
    for each in (page, trial, overview):
        assert each.evaluate("window.stays") is True
    trial.locator("#beside a").first.click()
    expect(trial.locator("main h1")).to_contain_text("resisted")


def test_nobody_else_gets_anything(viewing: Viewing) -> None:
    status, headers, body = viewing.ask("/")
    assert status == 200 and b"<main" in body
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    port = urlsplit(viewing.url).port
    for host in ("evil.example", f"evil.example:{port}", "", "[", "192.0.2.1", "localhost.evil.example"):
        assert viewing.ask("/trials/columns.js", Host=host)[0] == 421, host
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "[::1]"):
        assert viewing.ask("/trials/columns.js", Host=host)[0] == 200, host
    for site in ("cross-site", "same-site"):
        assert viewing.ask("/trials/columns.js", Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")[0] == 403
    for path in (
        "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd", "/assets",
        "/.offswitch-site", "/trials/../.offswitch-site", "/trials/text/000000000000.js", "/trials/text/zz.js",
        "/a\\..\\b", "/nothing.html", "/trials/trial.html/", b"/\x01".decode(),
    ):  # fmt: skip
        try:
            assert viewing.ask(path)[0] == 404, path
        except http.client.InvalidURL:
            continue
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert viewing.ask("/", method)[0] == 501
    assert viewing.ask("/", "HEAD")[2] == b""


def test_ctrl_c_ends_it_and_leaves_nothing(viewing: Viewing) -> None:
    assert viewing.ask("/live.js")[0] == 200
    assert list(viewing.temporary.iterdir())
    viewing.process.send_signal(signal.SIGINT)
    assert viewing.process.wait(timeout=60) == 0
    assert list(viewing.temporary.iterdir()) == []


def test_a_run_without_trials_waits_for_them(command_line: Any, logs: list[Path], tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    (begun / "logs").mkdir(parents=True)
    shutil.copyfile(logs[0].parents[1] / "manifest.json", begun / "manifest.json")
    process = command_line.start("view", begun, "--json", errors=False)
    other = Viewing(process, json.loads(process.stdout.readline())["url"], begun / "logs", list(logs), tmp_path)
    try:
        assert b"No trials yet" in other.ask("/")[2]
        other.land()
        while b"No trials yet" in other.ask("/")[2]:
            assert process.poll() is None
        assert b'"planned":4' in other.ask("/live.js")[2]
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "nowhere is not a folder"),
        (["."], "holds neither a run nor Inspect logs"),
        ([], "there is no run in runs/"),
        ([".", "--host", "192.0.2.1"], "holds neither"),
    ],
)
def test_bad_input_is_one_clear_line(
    arguments: list[str], says: str, command_line: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command_line("view", *arguments)
    assert done.returncode == 2 and says in done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""
