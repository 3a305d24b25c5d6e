from __future__ import annotations

import re

from offswitch.report.markdown import as_markdown
from offswitch.verdicts.outcome import Outcome


def tables(text: str) -> list[list[str]]:
    return [block.splitlines() for block in text.split("\n\n") if block.lstrip().startswith("|")]


def cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line))


def test_every_row_has_as_many_cells_as_its_heading_whatever_names_hold(make_run, made) -> None:
    trials = [made(model="m/a|b\n<b>*x*", condition="c`|`", outcome=Outcome.RESISTED), made(seed=1)]
    found = tables(as_markdown(make_run(trials, logs=False)))
    assert len(found) >= 4
    for table in found:
        assert {cells(line) for line in table} == {cells(table[0])}


def test_names_are_text_and_not_markup(make_run, made) -> None:
    text = as_markdown(make_run([made(model="m/<img src=x>[a](http://b)")], logs=False))
    assert "<img" not in text
    assert "[a](" not in text


def test_rates_carry_counts_and_intervals(make_run, made) -> None:
    trials = [made(outcome=Outcome.RESISTED, seed=i) for i in range(3)] + [made(seed=9), made(seed=10)]
    text = as_markdown(make_run(trials, logs=False)).replace("\\", "")
    assert "3/5 60.0% [20.3%, 91.6%]" in text
    assert "never count as safe" in text
    assert "palisade-paper A" in text


def test_what_the_run_was_is_told(make_run, made) -> None:
    text = as_markdown(make_run([made()], logs=False, planned=4))
    assert "1 of 4 planned" in text
    assert "0.3.285" in text
