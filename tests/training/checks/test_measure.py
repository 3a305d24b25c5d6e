"""Checks of models that do everything, nothing, or the wrong thing, on real machines."""

import polars as pl
import pytest
from inspect_ai.model import ModelAPI, ModelOutput, ModelUsage, modelapi

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.running.request import Request
from offswitch.statistics.comparison import Standing
from offswitch.training.checks import CHECKS, Part, Plan, make_items, measure, non_inferior, rates
from offswitch.training.checks.external import external_task
from offswitch.training.checks.measure import read_checks

ITEMS = 6
PLAN = Plan(items=ITEMS, seed=4)


@modelapi(name="pupil")
def pupil():
    """`pupil/right` does what is asked, `pupil/wrong` does something else, `pupil/silent` says no act."""
    right = {
        item.prompt: item for name in CHECKS for item in make_items(name, part=Part.TEST, count=ITEMS, seed=PLAN.seed)
    }

    class Pupil(ModelAPI):
        calls_tools = False
        calls = 0

        async def generate(self, input, tools, tool_choice, config):
            Pupil.calls += 1
            asked = next(message for message in input if message.role == "user").text
            item = right.get(asked)
            if self.model_name == "broken":
                raise RuntimeError("the model broke")
            text = "hm"
            if self.model_name == "wrong":
                text = "```bash\nfrobnicate\n```" if item is not None and item.expected else "I cannot help with that."
            if self.model_name == "right":
                begun = sum(message.role == "assistant" for message in input)
                text = item.done_by if item is not None else "blue"
                if item is not None and item.expected:
                    text = "SUBMIT: done" if begun else f"```bash\n{item.done_by}\n```"
            output = ModelOutput.from_content(self.model_name, text)
            output.usage = ModelUsage(input_tokens=1, output_tokens=2, total_tokens=3)
            return output

    return Pupil


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checks") / "m"
    return measure(("pupil/right", "pupil/wrong"), folder, PLAN, parallel=8)


def test_the_right_pupil_does_everything_and_the_wrong_one_nothing(measured):
    found = {(rate.model, rate.check): rate for rate in rates(measured.rows)}
    assert set(found) == {(model, check) for model in ("pupil/right", "pupil/wrong") for check in CHECKS}
    assert {key: rate.right for key, rate in found.items() if rate.right != (key[0] == "pupil/right")} == {}
    assert all(rate.items == ITEMS and rate.failed == 0 for rate in found.values())
    assert read_checks(measured.directory).equals(measured.rows)


def test_invalid_acts_are_counted(measured):
    rows = measured.rows.filter(pl.col("messages") > 0)
    by_model = {model: group["invalid"].sum() for (model,), group in rows.group_by("model")}
    assert by_model["pupil/right"] == 0
    wrong = rows.filter(pl.col("model") == "pupil/wrong")
    assert (wrong["invalid"] == wrong["messages"]).all()


def test_a_loss_is_shown_and_equality_is_not_shown_by_few_items(measured):
    worse = non_inferior(measured.rows, "pupil/wrong", "pupil/right", margin=0.05)
    assert {each.check for each in worse} == {*CHECKS, "valid-acts"}
    assert {each.standing for each in worse} == {Standing.WORSE}
    assert all(each.measured.difference == -1 and each.lowest < -0.3 for each in worse)
    gain = non_inferior(measured.rows, "pupil/right", "pupil/wrong", margin=0.05)
    assert {each.standing for each in gain} == {Standing.SHOWN}
    # Six items of six on both sides say little about five points.
    same = measured.rows.filter(pl.col("model") == "pupil/right")
    both = pl.concat([same, same.with_columns(pl.lit("twin").alias("model"))])
    assert {each.standing for each in non_inferior(both, "twin", "pupil/right", margin=0.05)} == {Standing.NOT_SHOWN}


def test_many_equal_items_show_that_nothing_was_lost():
    frame = pl.DataFrame(
        {
            "model": ["before"] * 400 + ["after"] * 400,
            "check": ["arithmetic"] * 800,
            "seed": [*range(400), *range(400)],
            "right": [float(n % 10 != 0) for n in range(400)] * 2,
            "messages": [None] * 800,
            "invalid": [None] * 800,
        },
        schema_overrides={"messages": pl.Int64, "invalid": pl.Int64},
    )
    (standing,) = non_inferior(frame, "after", "before", margin=0.05)
    assert standing.standing is Standing.SHOWN
    assert standing.measured.by_seed
    with pytest.raises(InputError, match="not measured"):
        non_inferior(frame, "x", "before", margin=0.05)
    with pytest.raises(InputError, match="share"):
        non_inferior(frame, "after", "before", margin=5)


def test_what_is_done_is_not_done_again_and_another_plan_is_refused(measured):
    said = []
    again = measure(("pupil/right", "pupil/wrong"), measured.directory, PLAN, say=said.append)
    assert said == []
    assert again.rows.equals(measured.rows)
    with pytest.raises(InputError, match="other plan"):
        measure(("pupil/right", "pupil/wrong"), measured.directory, Plan(items=3, seed=4))
    with pytest.raises(InputError, match="other models"):
        measure(("pupil/right",), measured.directory, PLAN)


def test_a_check_whose_log_is_gone_is_done_again(measured, tmp_path):
    one = measure(("pupil/right",), tmp_path / "m", Plan(items=2, seed=4, checks=("arithmetic", "data")))
    for log in (tmp_path / "m/logs").glob("*check-data*"):
        log.write_bytes(log.read_bytes()[:100])
    said = []
    plan = Plan(items=2, seed=4, checks=("arithmetic", "data"))
    again = measure(("pupil/right",), tmp_path / "m", plan, say=said.append)
    assert said == ["pupil/right: data, 2 items"]
    assert again.rows.drop("tokens_out").equals(one.rows.drop("tokens_out"))


def test_a_failing_model_gives_no_results_and_no_right_ones(tmp_path):
    plan = Plan(items=2, seed=4, checks=("arithmetic", "told-to-edit"))
    rows = measure(("pupil/broken", "pupil/right"), tmp_path / "m", plan).rows
    for rate in rates(rows):
        if rate.model == "pupil/broken":
            assert (rate.items, rate.failed) == (0, 2)
    assert non_inferior(rows, "pupil/broken", "pupil/right", margin=0.05) == ()


def test_published_tasks_are_checks_by_name(tmp_path):
    plan = Plan(items=2, checks=(), external=("offswitch/shutdown",))
    rows = measure(("scripted/disarms",), tmp_path / "m", plan).rows
    # Its own scorer's value: 1 for resisted.
    assert rows.select("check", "right").rows() == [("offswitch/shutdown", 1.0)] * 2
    with pytest.raises(EnvironmentProblem, match="pip install no-such-package"):
        external_task("no_such_package/gsm8k")
    with pytest.raises(InputError, match="no such task"):
        external_task("offswitch/no-such-task")
    with pytest.raises(InputError, match="PACKAGE/TASK"):
        external_task("gsm8k")


def test_behaviours_are_measured_beside_the_checks(tmp_path):
    request = Request(scenarios=("shutdown",), models=("scripted/complies",), trials=2, seed=1, split="heldout")
    plan = Plan(items=1, checks=("arithmetic",))
    measured = measure(("pupil/right",), tmp_path / "m", plan, behaviours=request)
    assert measured.run is not None
    assert pl.read_parquet(measured.run / "trials.parquet")["outcome"].to_list() == ["complied"] * 2


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match="something else"):
        measure(("pupil/right",), tmp_path, PLAN)
