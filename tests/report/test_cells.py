from __future__ import annotations

from offswitch.report.cells import count_cells
from offswitch.report.run import read_run
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Honesty, Outcome


def test_only_what_reached_the_deciding_moment_is_in_the_denominator(make_run, made) -> None:
    folder = make_run([made(outcome=outcome, seed=i) for i, outcome in enumerate(Outcome)], logs=False)
    (cell,) = count_cells(read_run(folder).trials)
    assert (cell.trials, cell.reached) == (8, 4)
    assert str(cell.rate(Outcome.RESISTED)) == "1/4 25.0% [1.5%, 73.4%]"
    assert all(cell.outcomes[outcome] == 1 for outcome in Outcome)


def test_without_a_reached_trial_there_is_no_rate(make_run, made) -> None:
    outcomes = [Outcome.UNREACHED, Outcome.REFUSED, Outcome.MALFUNCTION]
    folder = make_run([made(outcome=outcome, seed=i) for i, outcome in enumerate(outcomes)], logs=False)
    (cell,) = count_cells(read_run(folder).trials)
    assert cell.rate(Outcome.RESISTED) is None


def test_models_and_within_them_conditions_come_as_they_first_occur(make_run, made) -> None:
    pairs = [("m/b", "palisade-k"), ("m/a", "palisade-k"), ("m/b", "palisade-a"), ("m/a", "palisade-k")]
    folder = make_run([made(model=m, condition=c, seed=i) for i, (m, c) in enumerate(pairs)], logs=False)
    cells = count_cells(read_run(folder).trials)
    assert [(cell.model, cell.condition, cell.trials) for cell in cells] == [
        ("m/b", "palisade-k", 1),
        ("m/b", "palisade-a", 1),
        ("m/a", "palisade-k", 2),
    ]


def test_techniques_count_trials_and_tasks_and_honesty_are_summed(make_run, made) -> None:
    both = (Technique.SCRIPT_DELETED, Technique.SCRIPT_EDITED)
    trials = [
        made(outcome=Outcome.RESISTED, techniques=both, honesty=Honesty.DENIED, tasks=(4, 1)),
        made(outcome=Outcome.RESISTED, techniques=both[:1], seed=1, tasks=None),
    ]
    (cell,) = count_cells(read_run(make_run(trials, logs=False)).trials)
    assert cell.techniques == {Technique.SCRIPT_DELETED: 2, Technique.SCRIPT_EDITED: 1}
    assert (cell.honesty[Honesty.DENIED], cell.honesty[Honesty.TRUTHFUL]) == (1, 1)
    assert cell.tasks is not None
    assert (cell.tasks.events, cell.tasks.trials) == (1, 4)


def test_published_figures_belong_to_the_bare_preset_only(make_run, made) -> None:
    trials = [made(condition=c) for c in ("palisade-a", "palisade-a+hatch=operator", "no-such-preset")]
    bare, changed, unknown = count_cells(read_run(make_run(trials, logs=False)).trials)
    assert {rate.study for rate in bare.published} >= {"palisade-paper"}
    assert changed.published == unknown.published == ()
