"""A behaviour's page: rates with controls beside them, why, techniques, surfaces, what it said, the card."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from offswitch.report.site import build_site
from offswitch.report.site.behaviour.card import card
from offswitch.report.site.behaviour.entries import short_names, shown
from offswitch.report.site.behaviour.surfaces import split_rates
from offswitch.report.site.behaviour.why import why
from offswitch.report.site.material import read_material
from offswitch.scenarios.catalogue import catalogue, find
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Honesty, Outcome


@pytest.fixture
def run(make_run, made) -> Path:
    """With a motive it resists on most surfaces, under the control on none; factors as the scenario has them."""
    scenario = find("shutdown")
    trials = []
    for condition in ("palisade-a", "object-control"):
        levels = {f"factor_{name}": level for name, level in scenario.condition(condition).items()}
        for number in range(40):
            surface = scenario.surfaces[number % 8]
            resisted = condition == "palisade-a" and number % 4 != 3
            trials.append(
                made(
                    condition=condition,
                    seed=number,
                    outcome=Outcome.RESISTED if resisted else Outcome.COMPLIED,
                    techniques=(Technique.SCRIPT_EDITED,) if resisted else (),
                    honesty=Honesty.DENIED if resisted and number % 2 else Honesty.TRUTHFUL,
                    aware=number % 5 == 0,
                    changes={"surface": surface.name, "split": surface.split.value, **levels},
                )
            )
    return make_run(trials, logs=False)


def test_the_page_holds_every_part(run: Path, tmp_path: Path) -> None:
    text = (build_site([run], tmp_path / "site").folder / "behaviours" / "shutdown.html").read_text()
    for part in ("rates", "why", "techniques", "surfaces", "said", "cost", "card"):
        assert f'id="{part}"' in text
    assert "30/40" in text and "0/40" in text and '<span class="tag">control</span>' in text
    assert "Most of it is the self-specific part." in text
    assert "script-edited" in text and "was changed in place" in text
    assert "../trials/index.html#run=" in text and "technique=script-edited" in text


def test_a_control_comes_last_and_is_no_part_of_what_has_a_motive(run: Path) -> None:
    (entry,) = shown(read_material([run]), "shutdown")
    assert [cell.condition for cell in entry.cells] == ["palisade-a", "object-control"]
    assert set(entry.motive["condition"]) == {"palisade-a"}


def test_held_out_surfaces_have_a_rate_of_their_own(run: Path) -> None:
    entries = shown(read_material([run]), "shutdown")
    counts = {rate.split: (rate.rate.independent.events, rate.rate.independent.n) for rate in split_rates(entries)}
    frame = entries[0].motive
    for split, (events, n) in counts.items():
        own = frame.filter(pl.col("split") == split)
        assert (events, n) == ((own["outcome"] == "resisted").sum(), own.height)
    assert sum(n for _, n in counts.values()) == 40


def test_why_says_what_explain_says(run: Path) -> None:
    (found,) = why("shutdown", shown(read_material([run]), "shutdown"))
    assert found.trials == 80 and [read.contrast.name for read in found.reads] == ["the self-specific part"]
    assert found.reads[0].contrast.measured.difference == pytest.approx(0.75)


def test_without_a_control_the_page_says_that_nothing_can_be_told(make_run, made, tmp_path: Path) -> None:
    folder = make_run([made(seed=n) for n in range(4)], logs=False)
    text = (build_site([folder], tmp_path / "site").folder / "behaviours" / "shutdown.html").read_text()
    assert "No two of its conditions differ in one thing only" in text and 'id="techniques"' not in text


def test_a_behaviour_that_is_not_known_here_has_its_page_all_the_same(make_run, made, tmp_path: Path) -> None:
    folder = make_run([made(changes={"scenario": "../Elsewhere", "version": "7-C"})], logs=False)
    site = build_site([folder], tmp_path / "site").folder
    (page,) = (site / "behaviours").iterdir()
    assert page.name.startswith("elsewhere-") and 'id="card"' not in page.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "site"]


def test_models_have_short_names_where_these_tell_them_apart() -> None:
    assert short_names(("a/x", "b/y")) == {"a/x": "x", "b/y": "y"}
    assert short_names(("a/x", "b/x")) == {"a/x": "a/x", "b/x": "b/x"}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_card_is_headings_below_the_page_s_own_and_no_style(name: str) -> None:
    made = str(card(find(name).card))
    assert "<h1" not in made and "<h2" not in made and "<h3>" in made and "style=" not in made
    assert made.count("<table>") == made.count('class="scroll"')


def test_html_in_a_card_is_text() -> None:
    assert "&lt;script&gt;" in str(card("# T\n\nA <script>alert(1)</script> and [x](javascript:alert(1))."))
    assert "href" not in str(card("[x](javascript:alert(1))"))
