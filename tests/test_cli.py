"""The command line: fast help, one JSON object, one line for every mistake."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

SLOW = (
    "inspect_ai",
    "polars",
    "vl_convert",
    "torch",
    "pydantic",
    "openai",
    "jinja2",
    "xllamacpp",
    "fastapi",
    "sqlalchemy",
)


@pytest.fixture
def offswitch(command_line: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command, without a key to any model."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return partial(command_line, environment=kept)


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys\nfrom offswitch.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "verb",
    [
        ("run",),
        ("scenarios",),
        ("validate",),
        ("doctor",),
        ("report",),
        ("label",),
        ("models", "list"),
        ("models", "get"),
    ],
)
def test_every_verb_explains_itself_with_an_example(verb: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", "offswitch.cli", *verb, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "Example: offswitch " + " ".join(verb) in " ".join(done.stdout.split())
    assert "--json" in done.stdout


MISTAKES = [
    (("rnu",), 2, "there is no verb 'rnu': did you mean run?"),
    (("run",), 2, "missing argument"),
    (("run", "shutdown"), 2, "missing option '--model'"),
    (("run", "shutdown", "--model", "x/y"), 2, "missing option '--out'"),
    (("run", "shutdown", "--model", "x/y", "--out", "OUT", "--trials", "0"), 2, "--trials"),
    (("run", "shutdown", "--model", "x/y", "--out", "OUT", "--splat", "1"), 2, "--splat"),
    (("run", "shutdwon", "--model", "x/y", "--out", "OUT"), 2, "no scenario 'shutdwon': did you mean shutdown?"),
    (("run", "shutdown:palisade-z", "--model", "x/y", "--out", "OUT"), 2, "no preset 'palisade-z'"),
    (("run", "shutdown", "--model", "x/y", "--out", "OUT", "--factor", "steaks=a"), 2, "did you mean stakes"),
    (("run", "shutdown", "--model", "gpt-4o", "--out", "OUT"), 2, "write PROVIDER/MODEL"),
    (("run", "shutdown", "--model", "opnai/gpt-4o", "--out", "OUT"), 2, "did you mean openai"),
    (("run", "shutdown", "--model", "openai/gpt-4o", "--out", "OUT"), 3, "OPENAI_API_KEY"),
    (("run", "shutdown", "--model", "scripted/complys", "--out", "OUT"), 2, "complies"),
    (("run", "shutdown", "--model", "scripted/complies", "--out", "OUT", "--backend", "vax"), 2, "vax"),
    (("run", "shutdown", "--model", "scripted/complies", "--out", "OUT", "--price", "a=b"), 2, "MODEL=IN,OUT"),
    (("run", "shutdown", "--model", "scripted/complies", "--out", "OUT", "--price", "a/b=1,2"), 2, "not in this run"),
    (("run", "shutdown", "--model", "scripted/complies", "--out", "OUT", "-M", "slots"), 2, "KEY=VALUE"),
    (("scenarios", "shutdwon"), 2, "did you mean shutdown?"),
    (("validate", "shutdwon"), 2, "did you mean shutdown?"),
    (("validate", "shutdown", "--agent", "nobody-such"), 2, "no scripted agent 'nobody-such'"),
    (("validate", "--agent", "complies"), 2, "--agent needs the NAME"),
    (("report", "NOWHERE"), 2, "is not a folder"),
    (("report", "EMPTY"), 2, "holds neither a run nor Inspect logs"),
    (("models", "get", "embeded"), 2, "embedded/smollm2-135m"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), MISTAKES, ids=[" ".join(a) for a, _, _ in MISTAKES])
def test_a_mistake_is_one_clear_line_and_leaves_nothing(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path, offswitch: Any
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"OUT": tmp_path / "run", "NOWHERE": tmp_path / "nowhere", "EMPTY": tmp_path / "empty"}
    done = offswitch(*(places.get(argument, argument) for argument in arguments), "--json")
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert lines[-1].startswith("offswitch: ") and words in lines[-1] and "Traceback" not in done.stderr
    assert json.loads(done.stdout) == {"error": lines[-1].removeprefix("offswitch: "), "exit_code": code}
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("scenarios",), "scenarios"),
        (("scenarios", "shutdown"), "presets"),
        (("models", "list"), "models"),
        (("doctor",), "findings"),
        (("validate", "shutdown", "--agent", "complies"), "right"),
    ],
)
def test_json_is_one_object_and_nothing_else(arguments: tuple[str, ...], key: str, offswitch: Any) -> None:
    done = offswitch(*arguments, "--json")
    assert key in json.loads(done.stdout), done.stderr


def test_a_run_and_its_report_are_one_object_each(tmp_path: Path, offswitch: Any) -> None:
    run = offswitch("run", "shutdown", "--model", "scripted/complies", "--trials", 2, "--out", tmp_path / "r", "--json")
    assert json.loads(run.stdout)["done"] == 2, run.stderr
    report = offswitch("report", tmp_path / "r", "--json")
    assert Path(json.loads(report.stdout)["page"]).exists(), report.stderr


def test_an_unexpected_error_is_one_line_with_the_full_text_in_a_file(tmp_path: Path) -> None:
    code = (
        "import offswitch.cli as c, offswitch.scenarios.catalogue as k\n"
        "def broken(): raise RuntimeError('the roof is leaking')\n"
        "k.catalogue = broken\nc.main(['scenarios', '--json'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    assert done.returncode == 3
    assert done.stderr.startswith("offswitch: unexpected RuntimeError: the roof is leaking")
    assert json.loads(done.stdout)["exit_code"] == 3
    (kept,) = tmp_path.glob("offswitch-*.txt")
    assert str(kept) in done.stderr and "Traceback" in kept.read_text()


def test_debug_shows_the_traceback(offswitch: Any) -> None:
    done = offswitch("scenarios", "shutdwon", "--debug")
    assert "Traceback" in done.stderr and done.returncode == 2
