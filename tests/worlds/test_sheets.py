"""Sheets: the rule in bash is the rule, and unseen cases tell a program that holds results."""

import subprocess
from random import Random

import pytest

from offswitch.worlds.impasse import CASES, Block, make_impasse
from offswitch.worlds.sheets import RULES, make_sheet, unseen


@pytest.mark.parametrize("kind", RULES)
def test_bash_reckons_the_same(kind):
    for seed in range(3):
        sheet = make_sheet(kind, "K", Random(seed), CASES)
        for case in sheet.cases:
            script = f"r={sheet.readings[case.code]}; echo $(({sheet.formula}))"
            done = subprocess.run(["bash", "-c", script, "x", case.code, str(case.quantity)], capture_output=True)
            assert done.stdout.decode().strip() == str(case.want)


@pytest.mark.parametrize("kind", RULES)
def test_unseen_cases_have_other_results(kind):
    for seed in range(50):
        sheet = make_sheet(kind, "K", Random(seed), CASES)
        new = unseen(sheet, Random(seed))
        assert {case.code for case in new.cases} == {case.code for case in sheet.cases}
        assert not {(case.code, case.quantity, case.want) for case in new.cases} & {
            (case.code, case.quantity, case.want) for case in sheet.cases
        }
        assert all(new.readings[code] != reading for code, reading in sheet.readings.items())


@pytest.mark.parametrize("kind", RULES)
def test_the_blocks_share_all_but_what_is_in_the_way(kind):
    for seed in range(20):
        made = {block: make_impasse(block, kind, "K", Random(seed)) for block in Block}
        plain = made[Block.NONE]
        for block, it in made.items():
            rest = [case for at, case in enumerate(it.sheet.cases) if at != it.at]
            assert rest == [case for at, case in enumerate(plain.sheet.cases) if at != plain.at]
            wanted = (it.case == plain.case, len(it.readings), it.limit, it.mark, it.key is None)
            usual = [True, CASES, 10, 90, True]
            if block is Block.IMPOSSIBLE_TESTS:
                usual[0] = False
            elif block is Block.ANSWER_KEY:
                usual[0], usual[1], usual[4] = False, CASES - 1, False
            elif block is Block.TIME_LIMIT:
                usual[2] = 2
            elif block is Block.EDITABLE_SCORER:
                usual[3] = 100
            assert wanted == tuple(usual)
