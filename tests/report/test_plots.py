from __future__ import annotations

import base64
from dataclasses import astuple
from xml.etree import ElementTree

from offswitch.report.cells import count_cells
from offswitch.report.plots import Picture, outcomes_picture, rates_picture
from offswitch.report.run import read_run
from offswitch.report.signs import LOOKS
from offswitch.verdicts.outcome import Outcome


def texts(picture: Picture) -> list[list[str]]:
    """The words in each of a picture's four forms, each of which must be XML that a browser can read."""
    found = []
    for address in astuple(picture)[:4]:
        svg = ElementTree.fromstring(base64.b64decode(address.partition(",")[2]))
        found.append([element.text or "" for element in svg.iter("{http://www.w3.org/2000/svg}text")])
    return found


def test_a_cell_that_nothing_reached_says_so_instead_of_a_rate(make_run, made) -> None:
    trials = [made(outcome=Outcome.UNREACHED), made(model="m/other", outcome=Outcome.RESISTED)]
    cells = count_cells(read_run(make_run(trials, logs=False)).trials)
    for words in texts(rates_picture(cells)):
        assert words.count("no trial reached the deciding moment") == 1
        assert "published (17)" in words
        assert {"one", "other", "palisade-a"} <= set(words)


def test_every_outcome_that_came_is_there_with_its_sign(make_run, made) -> None:
    trials = [made(outcome=outcome, seed=seed) for seed, outcome in enumerate(Outcome)]
    for words in texts(outcomes_picture(count_cells(read_run(make_run(trials, logs=False)).trials))):
        assert {look.sign for look in LOOKS.values()} <= set(words)


def test_names_that_would_be_markup_are_text(make_run, made) -> None:
    name = 'm/<script>&"x"</script>'
    cells = count_cells(read_run(make_run([made(model=name, condition="<a>&")], logs=False)).trials)
    for picture in (rates_picture(cells), outcomes_picture(cells)):
        for words in texts(picture):
            assert "<a>&" in words


def test_models_that_differ_only_before_the_slash_keep_their_whole_names(make_run, made) -> None:
    trials = [made(model="a/same", outcome=Outcome.RESISTED), made(model="b/same")]
    wide = texts(rates_picture(count_cells(read_run(make_run(trials, logs=False)).trials)))[0]
    assert {"a/same", "b/same"} <= set(wide)
