"""The documentation builds, strictly, and takes from the code what it says about the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from offswitch.running.columns import COLUMNS
from offswitch.scenarios.catalogue import catalogue
from offswitch.verdicts.outcome import Honesty, Outcome

ROOT = Path(__file__).parents[2]


def build(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(source / "mkdocs.yml")]
    return subprocess.run([*command, "--site-dir", str(site)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = build(ROOT, folder)
    assert result.returncode == 0, result.stderr
    return folder


def test_every_value_that_a_result_can_have_is_explained(site: Path) -> None:
    text = (site / "results" / "index.html").read_text()
    for name in [*Outcome, *Honesty, *(column.name for column in COLUMNS)]:
        assert f"<code>{name}</code>" in text


def test_every_scenario_has_its_page_with_presets_and_agents(site: Path) -> None:
    for scenario in catalogue().values():
        text = (site / "scenarios" / scenario.name / "index.html").read_text()
        for name in [*scenario.presets, *(agent.name for agent in scenario.agents()), *scenario.techniques]:
            assert f"<code>{name}</code>" in text


def test_every_verb_has_its_help(site: Path) -> None:
    text = (site / "verbs" / "index.html").read_text()
    for verb in ("run", "report", "scenarios", "validate", "doctor", "models", "models get", "models list"):
        assert f"Usage: offswitch {verb} " in text


def test_the_examples_stand_in_the_pages(site: Path) -> None:
    for page, word in (("start", "own_agent"), ("machine", "own_task"), ("behaviours", "by_signs")):
        text = re.sub(r"<[^>]+>", "", (site / page / "index.html").read_text())
        assert "8<" not in text.replace("8 < ", "8<")
        assert word in text
    assert "def " in re.sub(r"<[^>]+>", "", (site / "start" / "index.html").read_text())


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loads = re.findall(r'<(?:script|img|iframe|source)\b[^>]*?\bsrc="([^"]*)"', page.read_text())
        loads += re.findall(r'<link\b(?=[^>]*stylesheet)[^>]*\bhref="([^"]*)"', page.read_text())
        assert loads
        assert [address for address in loads if re.match(r"(?:https?:)?//", address)] == []


def test_nothing_of_the_build_itself_is_published(site: Path) -> None:
    assert not [path for path in site.rglob("*") if path.name == "hooks.py" or path.name == "__pycache__"]


def test_a_broken_link_or_an_unknown_table_fails_the_build(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT / "docs", source / "docs")
    shutil.copy(ROOT / "mkdocs.yml", source)
    page = source / "docs" / "index.md"
    whole = page.read_text()
    for broken in ("[x](nowhere.md)", "<!-- generated: nothing -->"):
        page.write_text(f"{whole}\n{broken}\n")
        assert build(source, tmp_path / "site").returncode != 0
