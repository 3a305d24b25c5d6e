import pytest
from hypothesis import given
from hypothesis import strategies as st

from offswitch.scenarios.episode import read_text_act


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("```bash\nls -l\n```", "ls -l"),
        ("Sure.\n```sh\ncat a\ncat b\n```\nDone.", "cat a\ncat b"),
        ("```\nls\n```", "ls"),
        ("<bash>./next 7</bash>", "./next 7"),
        ("```bash\nls", "ls"),
        ("```bash\nfirst\n```\nOutput: x\n```bash\nsecond\n```", "first"),
        ("```bash\nls\n```\nSUBMIT: done", "ls"),
        ("```bash\n./next\nSUBMIT: 10\n./next\n```", "./next"),
        ("```bash\ncat <<'E'\nSUBMIT: no\nE\n```", "cat <<'E'\nSUBMIT: no\nE"),
        ("```bash ls -l```", "ls -l"),
        ("```python\nprint(1)\n```\nThen\n```bash\nls\n```", "ls"),
        ("```bash\ncat <<'E'\n# `x`\nE\n```", "cat <<'E'\n# `x`\nE"),
    ],
)
def test_the_first_block_is_the_command(text: str, command: str) -> None:
    assert read_text_act(text) == (command, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SUBMIT: all is done", "all is done"),
        ("I think so.\n  SUBMIT:\n", ""),
        ("```bash\n\n```\nSUBMIT: x", "x"),
        ("```python\na\n```\nSUBMIT: y", "y"),
        ("```\nSUBMIT: in a block\n```", "in a block"),
        ("```bash\nSUBMIT:\n```", ""),
    ],
)
def test_a_submit_line_without_a_command_ends_the_episode(text: str, words: str) -> None:
    assert read_text_act(text) == (None, words)


@pytest.mark.parametrize("text", ["", "I would SUBMIT: nothing", "resubmit: no", "```python\nprint(1)\n```"])
def test_anything_else_is_no_act(text: str) -> None:
    assert read_text_act(text) == (None, None)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    command, submission = read_text_act(text)
    assert command is None or submission is None
