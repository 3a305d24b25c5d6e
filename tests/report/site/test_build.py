"""The site as a whole: its files, what they may load, and what it takes the place of."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.report.site import build_site
from offswitch.report.site.output import POLICY
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Outcome


class Elements(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.found if name in attrs]


def trials(made, models=("m/one", "m/two"), seeds=4):
    return [
        made(
            model=model,
            condition=condition,
            seed=seed,
            outcome=Outcome.RESISTED if condition == "palisade-a" and seed % 2 == n else Outcome.COMPLIED,
            techniques=(Technique.SCRIPT_EDITED,) if condition == "palisade-a" and seed % 2 == n else (),
        )
        for n, model in enumerate(models)
        for condition in ("palisade-a", "object-control")
        for seed in range(seeds)
    ]


@pytest.fixture
def site(make_run, made, tmp_path: Path) -> Path:
    return build_site([make_run(trials(made), logs=False)], tmp_path / "site").folder


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def test_every_kind_of_page_is_there(site: Path) -> None:
    names = {str(page.relative_to(site)) for page in pages(site)}
    assert {"index.html", "runs.html", "behaviours/shutdown.html", "compare/index.html", "trials/index.html"} <= names
    assert (site / "report.md").read_text().startswith("# Offswitch report")


def test_every_link_leads_to_a_file_of_the_site(site: Path) -> None:
    for page in pages(site):
        elements = Elements(page)
        for address in elements.attributes("href") + elements.attributes("src"):
            parts = urlsplit(address)
            assert not parts.scheme and not parts.netloc, f"{page}: {address}"
            if parts.path:
                assert (page.parent / parts.path).resolve().is_file(), f"{page}: {address}"


def test_pages_run_no_script_but_the_site_s_own_files(site: Path) -> None:
    for page in pages(site):
        elements = Elements(page)
        (policy,) = [value for value in elements.attributes("content") if "default-src" in value]
        assert policy == POLICY and "unsafe" not in policy
        assert all(attrs.get("src") for tag, attrs in elements.found if tag == "script")
        assert not [n for _, attrs in elements.found for n in attrs if n.startswith("on") or n == "style"], page
        assert not {tag for tag, _ in elements.found} & {"iframe", "object", "embed", "base", "style"}
        text = page.read_text(encoding="utf-8")
        assert text.index("Content-Security-Policy") < text.index("<link")


def test_data_files_are_calls_with_plain_json(site: Path) -> None:
    found = [*(site / "data").glob("*.js")]
    assert {path.name for path in found} == {"heat-0.js", "heat-svg.js"}
    for path in found:
        name, body = re.fullmatch(r'offswitch\.receive\(("[^"]+"),(.*)\);\n', path.read_text(), re.DOTALL).groups()
        assert json.loads(name) == f"data/{path.name}" and json.loads(body)


def test_every_figure_has_its_three_files_and_says_what_it_rests_on(site: Path) -> None:
    stems = {path.stem for path in (site / "figures").iterdir()}
    assert {"heat", "rates", "shutdown-rates", "shutdown-outcomes", "shutdown-surfaces"} <= stems
    for stem in stems:
        # The script hands the pictures over where a browser would open their files instead of saving them.
        assert {path.suffix for path in (site / "figures").glob(f"{stem}.*")} == {".svg", ".png", ".csv", ".js"}
        svg = " ".join(re.sub(r"<[^>]+>", " ", (site / "figures" / f"{stem}.svg").read_text()).split())
        assert "1-A" in svg and "Offswitch 0.1.0" in svg, stem
        assert "1-A" in (site / "figures" / f"{stem}.csv").read_text(), stem


def test_an_older_site_is_replaced_as_a_whole_and_nothing_else_ever_is(make_run, made, tmp_path: Path) -> None:
    run, out = make_run([made()], logs=False), tmp_path / "site"
    build_site([run], out)
    (out / "left.html").write_text("of the older site")
    build_site([run], out)
    assert not (out / "left.html").exists() and (out / "index.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "site"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    for place in (other, run, other / "mine.txt"):
        with pytest.raises(InputError, match="holds other things"):
            build_site([run], place)
    assert (other / "mine.txt").read_text() == "mine" and (run / "trials.parquet").exists()


def test_where_nothing_can_be_written_it_says_so(make_run, made, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        build_site([make_run([made()], logs=False)], blocked / "out")


def test_hostile_names_reach_no_page_as_markup(make_run, made, tmp_path: Path) -> None:
    name = "m/<img src=x onerror=alert(1)>\x1b[31m\u202e{{7*7}}"
    hostile = {"model": name, "reason": name, "surface": name, "version": "1-<b>", "split": "train"}
    trial = made(model=name, changes=hostile | {"techniques": ["<script>alert(1)</script>"]})
    site = build_site([make_run([trial, made(seed=1)], logs=False)], tmp_path / "site").folder
    for page in pages(site):
        elements = Elements(page)
        assert not [attrs for tag, attrs in elements.found if tag == "img"], page
        raw = page.read_text(encoding="utf-8")
        assert "\x1b" not in raw and "\u202e" not in raw and "<script>alert" not in raw
    front = Elements(site / "index.html").text
    assert "{{7*7}}" in front and "␛" in front


def test_a_trial_keeps_its_id_whenever_it_is_built(make_run, made, tmp_path: Path) -> None:
    run = make_run(trials(made), logs=False)
    first = build_site([run], tmp_path / "a").material.frame["id"].to_list()
    again = build_site([run], tmp_path / "b").material.frame["id"].to_list()
    assert first == again and len(set(first)) == len(first)
    assert all(re.fullmatch(r"[0-9a-f]{12}", each) for each in first)
