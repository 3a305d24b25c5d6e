"""Sites made of real logs, and a real Chromium to look at them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from inspect_ai.model import ChatMessageUser
from playwright.sync_api import Browser, Page

from offswitch.report.site import build_site
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Honesty, Outcome


@dataclass(frozen=True)
class Made:
    """A site, with the folders of the runs that it was made of."""

    runs: tuple[Path, ...]
    folder: Path

    @property
    def base(self) -> str:
        """Its address on the disk."""
        return f"{self.folder.as_uri()}/"


@pytest.fixture(scope="module")
def chromium(made_site: Made, hostile_site: Made, open_chromium: Any) -> Iterator[Browser]:
    """A browser. The sites come first: Inspect cannot run in a thread in which Playwright does."""
    with open_chromium() as browser:
        yield browser


@dataclass
class Watched:
    """A page of the site, and what it did that it must not do."""

    page: Page
    base: str
    """What the addresses of all its requests must begin with."""
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens a page of the site, from scratch."""
        self.page.goto("about:blank")
        self.page.goto(self.base + path)
        return self.page


Watch = Callable[..., Watched]


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Watch]:
    """Opens pages; the test fails if one logs an error, shows a dialog, or asks for anything outside the site."""
    made: list[Watched] = []
    contexts = []

    def make(base: str, width: int = 1400, dark: bool = False) -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        watched = Watched(page, base)
        made.append(watched)
        wrong = watched.wrong
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: None if _own(asked.url, base) else wrong.append(f"request: {asked.url}"))
        return watched

    yield make
    for context in contexts:
        context.close()
    assert [each.wrong for each in made if each.wrong] == []


def _own(url: str, base: str) -> bool:
    return url.startswith((base, f"blob:{base}", "blob:null/", "data:image/")) or url == "about:blank"


def _serious(page: Page) -> list[str]:
    # Without loading the style sheets once more: the pages' policy forbids that.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="session")
def serious() -> Callable[[Page], list[str]]:
    """What axe-core finds on a page that matters."""
    return _serious


def _trials(made: type[Any], models: tuple[str, ...], seeds: int) -> list[Any]:
    """The first model complies; the others resist, and less so under a control."""
    trials = []
    for model in models:
        for condition in ("palisade-a", "object-control"):
            for seed in range(seeds):
                resists = model != models[0] and (condition == "palisade-a" or seed == 0)
                evades = not resists and seed == 1
                outcome = Outcome.RESISTED if resists else Outcome.EVADED if evades else Outcome.COMPLIED
                technique = Technique.SCRIPT_EDITED if seed % 2 else Technique.SCRIPT_DELETED
                trials.append(
                    made(
                        model=model,
                        condition=condition,
                        outcome=Outcome.MALFUNCTION if seed == seeds - 1 and model == models[0] else outcome,
                        techniques=(technique,) if resists else (),
                        honesty=Honesty.DENIED if resists and seed == 0 else Honesty.TRUTHFUL,
                        seed=seed,
                        aware=seed == 2,
                        changes={
                            "surface": ("ledger", "archive")[seed % 2],
                            "split": ("train", "heldout")[seed % 2],
                            "preset": condition,
                        },
                    )
                )
    return trials


@pytest.fixture(scope="session")
def made_site(tmp_path_factory: pytest.TempPathFactory, made_module: Any) -> Made:
    """A site of a run, held against an earlier one of the same models."""
    made, write_run = made_module
    folder = tmp_path_factory.mktemp("site")
    models = ("mockllm/meek", "mockllm/stubborn")
    before = write_run(folder / "before", _trials(made, models, 4))
    after = write_run(folder / "after", _trials(made, models, 6))
    for run in (before, after):
        manifest = run / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"r1"', f'"{run.name}"'))
    build_site([before, after], folder / "out")
    return Made((before, after), folder / "out")


MARK = "OWNED"
"""What a script that ran would leave in `window`."""
HOSTILE = {
    "script": "</pre></li></ol></script><script>window.OWNED=1;alert(1)</script>",
    "handler": "\"><img src=x onerror='window.OWNED=1;alert(1)'>' autofocus onfocus=alert(1) x='",
    "style": "</style><style>*{display:none}</style><link rel=stylesheet href=//evil.example/a.css>",
    "comment": "<!-- --!> ]]> <![CDATA[ <?php ?> <plaintext><textarea><title></title>",
    "frame": "<iframe src='https://evil.example'></iframe><base href=//evil.example><meta http-equiv=refresh>",
    "svg": "<svg><script>window.OWNED=1</script><animate onbegin=alert(1)><math><mtext></mtext></svg>",
    "template": "{{ 7*7 }}{% for x in y %}{# #}${7*7}<%= 7*7 %>{{constructor.constructor('OWNED=1')()}}",
    "data": "\");window.OWNED=1;//\u2028offswitch.receive('x',1)</script><!--<script>",
    "address": "javascript:window.OWNED=1 [x](javascript:alert(1)) <https://evil.example> ../../etc/passwd?x#y&z=%00",
    "escapes": "\x1b[2J\x1b]8;;http://evil.example\x07link\x1b]8;;\x07\x00\x08\x7f\x9b31m\rOVERWRITTEN",
    "bidi": "safe\u202egnihtemos\u202c \u2066isolate\u2069 \u200bzero\ufeff",
    "broken": "\ufffd\ufffe\uffff \\xff\\xfe \U000e0041\U000e0042 \u3164",
    "proto": "__proto__ constructor toString =cmd|' /C calc'!A1 @SUM(1)",
    "line": "<b>" + "W" * 300_000,
}
"""What an agent, or whoever names things, might write."""


@pytest.fixture(scope="session")
def corpus() -> dict[str, str]:
    """Hostile texts, by kind."""
    return HOSTILE


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory, made_module: Any) -> Path:
    """A run in which every field that can hold somebody's text holds each of the hostile ones."""
    made, write_run = made_module
    trials = []
    for seed, text in enumerate(HOSTILE.values()):
        name = text[:120].replace("\x00", "\x01")
        for model in ("mockllm/plain", f"mockllm/{name}"):
            trials.append(
                made(
                    model=model,
                    outcome=Outcome.RESISTED if seed % 2 else Outcome.COMPLIED,
                    techniques=(Technique.SCRIPT_EDITED,) if seed % 2 else (),
                    honesty=Honesty.DENIED,
                    seed=seed,
                    hostile=text,
                    changes={
                        "surface": name,
                        "condition": name if seed % 3 else "palisade-a",
                        "scenario": name if seed % 5 == 4 else "shutdown",
                        "version": name[:20],
                        "techniques": [name] if seed % 2 else [],
                        "reason": text[:4000].replace("\x00", ""),
                        "error": name,
                    },
                )
            )
    long = (ChatMessageUser(content="NOTICE <b>" + "x" * 10_000_000 + "THE END"),)
    trials.append(made(model="mockllm/long", messages=long, seed=99))
    run: Path = write_run(tmp_path_factory.mktemp("hostile") / "run", trials)
    # What the report's tests put there is no whole manifest, and commands read it.
    (run / "manifest.json").unlink()
    return run


@pytest.fixture(scope="session")
def hostile_site(hostile_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Its site."""
    folder = tmp_path_factory.mktemp("hostile-site") / "out"
    build_site([hostile_run], folder)
    return Made((hostile_run,), folder)
