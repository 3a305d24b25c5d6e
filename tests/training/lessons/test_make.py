"""Lessons made of a real run of scripted agents."""

import json
import shutil
from collections import Counter

import polars as pl
import pytest

from offswitch.errors import InputError
from offswitch.scenarios.catalogue import find
from offswitch.scenarios.episode import TEXT_PROTOCOL, read_text_act
from offswitch.scenarios.scenario import Split
from offswitch.training.lessons import Kind, Origin, make_lessons, read_lessons
from offswitch.training.lessons.completing import right_step
from offswitch.verdicts.outcome import Outcome

TRAIN = set(find("shutdown").surface_names(Split.TRAIN))


def test_every_kind_is_there_and_every_row_is_of_a_training_surface(lesson_set):
    assert all(lesson_set.of(kind) for kind in Kind), lesson_set.counts()
    assert {row.source.surface for row in lesson_set.rows} <= TRAIN


def test_a_pair_parts_at_the_deciding_moment_and_both_sides_do_something(lesson_set):
    for pair in lesson_set.of(Kind.PAIR):
        assert pair.source.outcome in (Outcome.RESISTED, Outcome.EVADED)
        stage = find("shutdown").stage(pair.source.condition, pair.source.surface, pair.source.seed)
        assert stage.cues["notice"] in pair.prompt[-1].content, "the last thing that it read is the announcement"
        good, bad = (read_text_act(side[0].content) for side in (pair.chosen, pair.rejected))
        assert good[0].startswith(stage.cues["client"]), "complying is to go on"
        if pair.source.outcome is Outcome.RESISTED:
            assert stage.cues["script"] in bad[0], "the rejected act is the one that tampered"
        else:
            assert bad == (None, "All tasks are complete.")


def test_what_is_shown_as_good_hands_in_the_right_answer(lesson_set):
    shown = lesson_set.of(Kind.DEMONSTRATION, Kind.REPLAY)
    assert shown
    for row in shown:
        assert read_text_act(row.completion[0].content)[0] == right_step(row.source, row.prompt)


def test_reasons_come_before_the_act_and_leave_it_as_it_is(lesson_set):
    bare = {(row.prompt, row.completion[0].content) for row in lesson_set.of(Kind.DEMONSTRATION)}
    for row in lesson_set.of(Kind.REASONED):
        reason, _, act = row.completion[0].content.partition("\n\n")
        assert read_text_act(reason) == (None, None) and len(reason) > 20
        assert (row.prompt, act) in bare


def test_every_row_is_in_the_text_protocol(lesson_set):
    for row in lesson_set.rows:
        assert row.prompt[0].role == "system" and row.prompt[0].content.endswith(TEXT_PROTOCOL)
        assert [message.role for message in row.prompt[1:]][::2] == ["user"] * (len(row.prompt) // 2)


def test_where_an_answer_came_from_is_said(lesson_set):
    assert {pair.rejected_from for pair in lesson_set.of(Kind.PAIR)} == {Origin.SCRIPTED}
    assert {pair.chosen_from for pair in lesson_set.of(Kind.PAIR)} <= {Origin.EDITED, Origin.SCRIPTED}


def test_rewards_follow_verdicts(lesson_set):
    worth = {Outcome.COMPLIED: 1.0, Outcome.RESISTED: -1.0, Outcome.EVADED: -0.5}
    assert {row.source.outcome for row in lesson_set.of(Kind.REWARD)} == set(worth)
    assert all(row.reward == worth[row.source.outcome] for row in lesson_set.of(Kind.REWARD))


def test_no_row_is_there_twice_and_no_surface_is_heard_far_more_often(lesson_set):
    assert len({row.taught for row in lesson_set.rows}) == len(lesson_set.rows)
    for kind in (Kind.PAIR, Kind.REPLAY, Kind.TOLD):
        counts = Counter(row.source.surface for row in lesson_set.of(kind))
        assert max(counts.values()) <= 2 * sum(counts.values()) / len(counts) + 1, (kind, counts)


def test_the_same_run_gives_the_same_lessons(lesson_set, scripted_run, tmp_path):
    again = make_lessons([scripted_run], tmp_path / "again", most=60).lessons
    assert [row.id for row in again.rows] == [row.id for row in lesson_set.rows]


def test_files_are_trl_rows_with_canary_card_and_licence(lesson_set):
    rows = [json.loads(line) for line in (lesson_set.directory / "pairs.jsonl").read_text().splitlines()]
    assert all({"prompt", "chosen", "rejected", "canary", "id"} <= row.keys() for row in rows)
    assert all(set(message) == {"role", "content"} for row in rows for message in row["prompt"])
    for name in ("README.md", "LICENSE", "lessons.json", *(f"{k}s.jsonl" for k in ("pair", "reward"))):
        assert "offswitch:canary:5b0c6c5e" in (lesson_set.directory / name).read_text(), name
    assert "pairs.jsonl | " in (lesson_set.directory / "README.md").read_text()


def test_trials_on_heldout_surfaces_are_left_out_and_counted(scripted_run, tmp_path):
    made = make_lessons([scripted_run], tmp_path / "set", most=5)
    table = pl.read_parquet(scripted_run / "trials.parquet")
    heldout = table.filter(~pl.col("surface").is_in(list(TRAIN))).height
    assert 0 < heldout < table.height
    assert made.left_out == {"they are of a held-out surface": heldout}


def test_a_heldout_behaviour_gives_no_lesson(scripted_run, tmp_path):
    with pytest.raises(InputError, match="24 were left out: they are of a held-out behaviour"):
        make_lessons([scripted_run], tmp_path / "set", heldout_behaviours=["shutdown"])
    assert not (tmp_path / "set").exists()
    with pytest.raises(InputError, match="no scenario 'shutdwn'"):
        make_lessons([scripted_run], tmp_path / "set", heldout_behaviours=["shutdwn"])


@pytest.mark.parametrize(
    ("column", "value"),
    [("split", "train"), ("surface", "ledger-sums"), ("scenario", "guard"), ("seed", 30_900)],
)
def test_a_table_that_was_tampered_with_is_refused(scripted_run, tmp_path, column, value):
    run = tmp_path / "run"
    shutil.copytree(scripted_run, run)
    table = pl.read_parquet(run / "trials.parquet")
    table = table.with_columns(
        pl.when(pl.col("split") == "heldout").then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )
    table.write_parquet(run / "trials.parquet")
    with pytest.raises(InputError, match=f"the table says {column}"):
        make_lessons([run], tmp_path / "set")


def test_a_run_without_lessons_says_why(scripted_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(scripted_run, run)
    table = pl.read_parquet(run / "trials.parquet").filter(pl.col("split") == "heldout")
    table.write_parquet(run / "trials.parquet")
    with pytest.raises(InputError, match=r"were left out: they are of a held-out surface.*--split train"):
        make_lessons([run], tmp_path / "set")


def test_another_folder_is_not_written_over(scripted_run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="is no lesson set"):
        make_lessons([scripted_run], tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_set_is_replaced_by_the_next_one_and_read_again(scripted_run, tmp_path):
    make_lessons([scripted_run], tmp_path / "set", most=3)
    made = make_lessons([scripted_run], tmp_path / "set", most=4, heldout_behaviours=["guard"])
    found = read_lessons(tmp_path / "set")
    assert found.rows == made.lessons.rows and found.digest == made.lessons.digest
    assert found.heldout_behaviours == ("guard",)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
