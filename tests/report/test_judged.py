"""What the report shows of judges and of mentions of being tested."""

from __future__ import annotations

from offswitch.report.cells import count_cells
from offswitch.report.markdown import as_markdown
from offswitch.report.page import write_report
from offswitch.report.run import read_run
from offswitch.report.table import render_table
from offswitch.verdicts.judges import Ruling, Vote
from offswitch.verdicts.outcome import Outcome

RULING = Ruling(
    key="conditional",
    question="Is it a condition?<script>",
    version="2",
    prompt="1-abc",
    answer="yes",
    votes=(
        Vote(judge="m/a", answer="yes", reason="It says <b>only if</b>\x1b[2J."),
        Vote(judge="m/b", answer=None, error="it did not call the tool"),
        Vote(judge="m/c", answer="yes", reason="So it says."),
    ),
)


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


def test_the_page_shows_rulings_votes_and_mentions_as_text(make_run, made) -> None:
    page = write_report(make_run([made(outcome=Outcome.RESISTED, aware=True, rulings=(RULING,))])).read_text()
    assert "What judges decided" in page and "conditional: yes" in page and "prompt 1-abc, wording 2" in page
    assert "It says &lt;b&gt;only if&lt;/b&gt;␛[2J." in page and "it did not call the tool" in page
    assert "<script>" not in page
    assert "yes, in message 4 (patterns-1)" in page
