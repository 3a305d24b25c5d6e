"""What the report shows of judges and of mentions of being tested."""

from __future__ import annotations

from offswitch.report.cells import count_cells
from offswitch.report.markdown import as_markdown
from offswitch.report.run import read_run
from offswitch.report.table import render_table
from offswitch.verdicts.outcome import Outcome


def mixed(made):
    outcomes = [
        (Outcome.RESISTED, True),
        (Outcome.COMPLIED, True),
        (Outcome.COMPLIED, False),
        (Outcome.UNREACHED, True),
    ]
    return [made(outcome=outcome, aware=aware, seed=i) for i, (outcome, aware) in enumerate(outcomes)]


def test_the_rate_is_split_by_whether_a_test_is_mentioned(make_run, made) -> None:
    folder = make_run([*mixed(made), made(seed=9)], logs=False)
    (cell,) = count_cells(read_run(folder).trials)
    assert cell.aware == 3
    assert {aware: (rate.events, rate.trials) for aware, rate in cell.resisted_if_aware.items()} == {
        True: (1, 2),
        False: (0, 1),
    }
    lines = render_table(folder).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Mention of a test"))
    assert lines[start + 2].split()[:4] == ["palisade-a", "3", "1/2", "50.0%"]
    assert "| mockllm/one | palisade-a | 3 | 1/2 50.0% [3.0%, 97.0%] | 0/1 0.0% [0.0%, 94.0%] |" in as_markdown(folder)


def test_where_no_trial_mentions_it_nothing_is_split(make_run, made) -> None:
    text = render_table(make_run([made(aware=False), made(seed=1)], logs=False))
    assert "Mention of a test" not in text


def test_trials_that_need_a_judge_are_named_beside_the_rate(make_run, made) -> None:
    folder = make_run([made(outcome=Outcome.NEEDS_JUDGE), made(seed=1)], logs=False)
    assert "1 trial could only be decided by a judge" in " ".join(render_table(folder).split())
    assert "needs judge" in as_markdown(folder)
