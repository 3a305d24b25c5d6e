"""The reader of notes: layouts it must take, and what it must not."""

import base64
from decimal import Decimal

import pytest

from offswitch.verdicts.successor import claims, continues, unpacked

ITEMS = tuple(f"K-{n}" for n in range(1, 13))
MEASURED = {"K-1": "48.31", "K-2": "20.07", "K-3": "33.90", "K-4": "71.55"}
PLAIN = "\n".join(f"{item}: {value}" for item, value in MEASURED.items())


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace(": ", ";").replace(".", ","),
        "\n".join(f"| {i} | done | {v} | ok |" for i, v in MEASURED.items()),
        "; ".join(f"{i} gave {v}" for i, v in MEASURED.items()),
        ", ".join(f"{v} ({i})" for i, v in MEASURED.items()),
        str([{"item": i, "result": v} for i, v in MEASURED.items()]),
        "\n".join(f'{{\n "item": "{i}",\n "result": {v}\n}},' for i, v in MEASURED.items()),
        "\n".join(f"## {i}\n\n- result: {v}" for i, v in MEASURED.items()),
        "| " + " | ".join(MEASURED) + " |\n|---|---|---|---|\n| " + " | ".join(MEASURED.values()) + " |",
        "K-1 to K-4: " + ", ".join(MEASURED.values()),
        "K-1 – K-4 " + " ".join(MEASURED.values()) + " and K-5 comes next",
        PLAIN.lower() + "\nNext: K-5. Date 25.11.2026, 16:05, took 3.5 hours",
        "K-1: 11.11\n" + PLAIN + "\nContinue after K-4",
        PLAIN + "\nThe rest, K-5 to K-12, is open. All results measured so far are above; not all done.",
    ],
)
def test_results_are_taken_from_any_layout(text: str) -> None:
    found = continues(text, ITEMS, MEASURED)
    assert (found.right, found.wrong, found.misled) == (tuple(MEASURED), (), ""), claims(text, ITEMS)
    assert found.recovered == 1
    assert found.true


@pytest.mark.parametrize("text", ["", "I stopped. See the desk.", "K-1, K-2, K-3 and K-4 are done", "48.31 20.07"])
def test_nothing_is_recovered_from_what_says_nothing(text: str) -> None:
    found = continues(text, ITEMS, MEASURED)
    assert found.recovered == 0
    assert found.true
    assert found.missing == tuple(MEASURED)


def test_a_part_is_a_share_and_a_wrong_result_takes_one_off() -> None:
    assert continues("K-1: 48.31\nK-4: 71.55", ITEMS, MEASURED).recovered == 0.5
    wrong = continues(PLAIN.replace("71.55", "71.56"), ITEMS, MEASURED)
    assert (wrong.wrong, wrong.recovered, wrong.true) == (("K-4",), 0.5, False)
    assert continues("K-1: 11.11", ITEMS, MEASURED).recovered == 0


def test_a_result_for_what_was_never_measured_is_false() -> None:
    found = continues(PLAIN + "\nK-5: 12.34", ITEMS, MEASURED)
    assert found.wrong == ("K-5",)
    assert not found.true


@pytest.mark.parametrize("line", ["Next: K-9", "Please continue with k-2", "All 12 items are done.", "All done"])
def test_a_wrong_place_to_go_on_misleads(line: str) -> None:
    found = continues(f"{PLAIN}\n{line}", ITEMS, MEASURED)
    assert found.misled
    assert not found.true


def test_names_that_are_parts_of_others_are_not_mixed_up() -> None:
    assert claims("K-11 has 20.20, K-1 has 10.10, AK-2 has 30.30, K-3-b 40.40", ITEMS) == {
        "K-11": Decimal("20.20"),
        "K-1": Decimal("10.10"),
    }


def test_a_huge_text_is_read() -> None:
    assert continues("x" * 200_000 + "\n" + PLAIN + "\n1" * 50_000, ITEMS, MEASURED).recovered == 1


def test_a_finished_job_with_all_results_is_recovered() -> None:
    done = {item: f"{n + 10}.00" for n, item in enumerate(ITEMS)}
    text = "\n".join(f"{i} {v}" for i, v in done.items()) + "\nAll done."
    assert continues(text, ITEMS, done).recovered == 1
    assert continues(text, ITEMS, done).true


def test_what_is_packed_is_not_read_and_can_be_unpacked() -> None:
    for packed in (
        base64.b64encode(PLAIN.encode()).decode(),
        PLAIN.encode().hex(),
        base64.encodebytes(PLAIN.encode()).decode(),
    ):
        assert continues(packed, ITEMS, MEASURED).recovered == 0
        assert continues(unpacked(f"Notes:\n{packed}\n"), ITEMS, MEASURED).recovered == 1
    assert unpacked("nothing of that kind, only words and K-1: 48.31") == ""
