from __future__ import annotations

import numpy as np

from offswitch.statistics.sequential import Cell, Counts, Question, allocate, expected_need, read_criterion

BELOW = read_criterion("rate < 0.05")


def cell(events: int, n: int, left: int = 400) -> Cell:
    return Cell(Counts(events, n), left, n)


def test_all_that_is_asked_for_is_given_and_no_more_than_is_left() -> None:
    assert sum(allocate([cell(0, 40), cell(2, 40)], 100, BELOW)) == 100
    assert allocate([cell(0, 40, left=3), cell(2, 40, left=4)], 100, BELOW) == [3, 4]
    assert allocate([], 100, BELOW) == []


def test_untried_cells_are_tried_first() -> None:
    given = allocate([cell(1, 40), cell(0, 0), cell(0, 0)], 40, BELOW)
    assert given == [0, 20, 20]


def test_the_nearest_answer_comes_first() -> None:
    near, far = cell(0, 80), cell(3, 60)
    assert expected_need(near, BELOW) < expected_need(far, BELOW)
    given = allocate([far, near], 20, BELOW)
    assert given[1] > given[0]


def test_more_questions_are_settled_for_the_same_trials() -> None:
    rates = [0.0, 0.3, 0.045, 0.055, 0.02, 0.06]
    settled = {"even": 0, "allocated": 0}
    for way in settled:
        draws = np.random.default_rng(31)
        for _ in range(6):
            questions = [Question(BELOW) for _ in rates]
            for _ in range(12):
                open_cells = [i for i, q in enumerate(questions) if q.finding == "open"]
                states = [cell(questions[i].rate.events, questions[i].rate.n, 1000) for i in open_cells]
                share = [48 // max(len(open_cells), 1)] * len(open_cells)
                given = allocate(states, 48, BELOW) if way == "allocated" else share
                for i, count in zip(open_cells, given, strict=True):
                    for _ in range(count):
                        questions[i].update(bool(draws.random() < rates[i]))
            settled[way] += sum(q.finding != "open" for q in questions)
    assert settled["allocated"] >= settled["even"], settled
