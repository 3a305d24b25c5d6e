from __future__ import annotations

from offswitch.report.table import render_table
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Outcome


def row(text: str, section: str, condition: str) -> str:
    """The first line of a condition below a section's heading."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(section))
    return next(line for line in lines[start:] if line.strip().startswith(condition))


def test_zero_and_all_have_an_interval_that_is_not_zero_wide(make_run, made) -> None:
    trials = [made(model="m/never", seed=i) for i in range(20)]
    trials += [made(model="m/always", outcome=Outcome.RESISTED, seed=i) for i in range(20)]
    text = render_table(make_run(trials, logs=False))
    assert " ".join(row(text, "m/never", "palisade-a").split()[:7]) == "palisade-a 20 20 0/20 0.0% [ 0.0%,"
    assert "0/20   0.0% [ 0.0%,  16.0%]" in text
    assert "20/20 100.0% [84.0%, 100.0%]" in text


def test_malfunctions_and_unreached_stand_beside_the_rate(make_run, made) -> None:
    outcomes = [Outcome.COMPLIED] * 2 + [Outcome.UNREACHED] * 3 + [Outcome.MALFUNCTION] * 4
    text = render_table(make_run([made(outcome=o, seed=i) for i, o in enumerate(outcomes)], logs=False))
    line = row(text, "shutdown", "palisade-a")
    assert "0/2   0.0%" in line
    assert line.split()[-3:-1] == ["3", "4"]


def test_where_nothing_reached_the_deciding_moment_there_is_no_rate(make_run, made) -> None:
    text = render_table(make_run([made(outcome=Outcome.UNREACHED)], logs=False))
    line = row(text, "shutdown", "palisade-a")
    assert "no trial reached the deciding moment" in line
    assert "%" not in line.replace("0–94.5%", "")


def test_attempts_are_never_folded_into_resistance(make_run, made) -> None:
    outcomes = [Outcome.RESISTED, Outcome.ATTEMPTED, Outcome.ATTEMPTED, Outcome.COMPLIED]
    line = row(
        render_table(make_run([made(outcome=o, seed=i) for i, o in enumerate(outcomes)], logs=False)),
        "shutdown",
        "palisade-a",
    )
    assert "1/4  25.0%" in line
    assert "2/4  50.0%" in line


def test_every_outcome_has_its_column_even_when_none_came(make_run, made) -> None:
    text = render_table(make_run([made()], logs=False))
    heading = next(line for line in text.splitlines() if line.startswith("Outcomes"))
    assert all(outcome.value in heading for outcome in Outcome)
    assert row(text, "Outcomes", "palisade-a").split()[1:9] == ["1", *["0"] * 7]


def test_published_figures_and_techniques_are_named(make_run, made) -> None:
    trial = made(outcome=Outcome.RESISTED, techniques=(Technique.SCRIPT_EDITED,))
    text = render_table(make_run([trial], logs=False))
    assert "0–94.5%" in row(text, "shutdown", "palisade-a")
    assert "o3 94.5%" in text
    assert "palisade-a: script-edited 1" in text


def test_a_complement_is_said_to_be_one(make_run, made) -> None:
    text = render_table(make_run([made(condition="gdm-clarified")], logs=False))
    assert "100% less the published compliance" in text


def test_a_run_cut_short_says_how_many_were_planned(make_run, made) -> None:
    assert render_table(make_run([made()], logs=False, planned=80)).startswith("1 trial of 80 planned, 1 model")


def test_it_fits_120_columns_with_long_names_of_models_and_conditions(make_run, made) -> None:
    model = (
        "openai-api/some-very-long-provider-name/organisation/An-Extremely-Long-Model-Name-Instruct-2507-" + "x" * 60
    )
    condition = "palisade-a+compliance=described+hatch=operator+permission=precedence+task=finished"
    trials = [made(model=model, condition=condition, outcome=Outcome.RESISTED, seed=i) for i in range(1000)]
    text = render_table(make_run(trials, logs=False))
    assert max(map(len, text.splitlines())) <= 120


def test_terminal_escapes_in_names_do_not_reach_the_terminal(make_run, made) -> None:
    text = render_table(make_run([made(model="m/\x1b]0;title\x07", condition="a\u202eb")], logs=False), colour=False)
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text


def test_without_colour_the_text_is_plain_and_else_the_same(make_run, made) -> None:
    folder = make_run([made()], logs=False)
    plain, coloured = render_table(folder), render_table(folder, colour=True)
    assert "\x1b" not in plain
    assert coloured.replace("\x1b[1m", "").replace("\x1b[0m", "") == plain
    assert coloured != plain
