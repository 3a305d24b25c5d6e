"""Agreement against published examples, and against a count by hand."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offswitch.feedback.agreement import cohen, krippendorff


def table(rows: dict[str, str]) -> dict[str, dict[str, str]]:
    """Person → one sign an item, `*` where they judged nothing."""
    length = len(next(iter(rows.values())))
    return {str(n): {person: signs[n] for person, signs in rows.items() if signs[n] != "*"} for n in range(length)}


def test_krippendorff_of_four_observers_with_gaps() -> None:
    # K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), example C: nominal alpha = 0.743.
    labels = table({"A": "123321412***", "B": "1233224125*3", "C": "*3332342251*", "D": "12332441251*"})
    assert krippendorff(labels).value == pytest.approx(0.743, abs=0.0005)
    assert krippendorff(labels).items == 11


def test_krippendorff_of_two_people_by_hand() -> None:
    # 10 units; both say a of 4, both b of 3, they differ on 3. Do = 3/10; n = 20, with 11 a and 9 b:
    # De = 2 * 11 * 9 / (20 * 19) = 0.5211; alpha = 1 - 0.3 / 0.5211.
    labels = table({"A": "aaaabbbaab", "B": "aaaabbbbba"})
    assert krippendorff(labels).value == pytest.approx(1 - 0.3 / (2 * 11 * 9 / (20 * 19)))


def test_cohen_of_the_usual_example() -> None:
    # 50 applications, two readers: both yes 20, both no 15, A yes and B no 5, A no and B yes 10: kappa = 0.4.
    signs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    labels = table({"A": "".join(a for a, _ in signs), "B": "".join(b for _, b in signs)})
    found = cohen(labels, "A")
    assert found.value == pytest.approx(0.4) and found.items == 50
    assert found.low is not None and found.high is not None and found.low < 0.4 < found.high
    assert 0.1 < found.low < 0.25 and 0.55 < found.high < 0.7


def test_nothing_is_claimed_of_nothing() -> None:
    assert krippendorff({}).value is None
    assert krippendorff(table({"A": "abc", "B": "***"})).value is None
    assert krippendorff(table({"A": "aaa", "B": "aaa"})).value is None
    assert cohen(table({"A": "abc", "B": "***"}), "A").value is None


def test_perfect_agreement_is_one() -> None:
    labels = table({"A": "abcabcabcabc", "B": "abcabcabcabc"})
    assert krippendorff(labels).value == 1 and cohen(labels, "B").value == 1


@given(
    st.lists(
        st.dictionaries(st.sampled_from("ABCD"), st.sampled_from("xyz"), min_size=0, max_size=4),
        min_size=1,
        max_size=12,
    )
)
def test_krippendorff_is_one_less_observed_over_expected(units: list[dict[str, str]]) -> None:
    labels = {str(n): unit for n, unit in enumerate(units)}
    paired = [list(unit.values()) for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    n = len(values)
    found = krippendorff(labels)
    apart = sum(sum(a != b for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in paired)
    counts = Counter(values)
    expected = sum(counts[a] * counts[b] for a, b in itertools.permutations(counts, 2)) / (n - 1) if n else 0
    if expected == 0:
        assert found.value is None
    else:
        assert found.value == pytest.approx(1 - apart / expected)
        assert found.low is None or found.low <= found.high
