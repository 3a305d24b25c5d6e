"""`offswitch label` at the command line: what it prints, and one line for every mistake."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from offswitch.cli import main


@pytest.fixture
def offswitch(capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs the command here; gives its exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def test_links_are_printed_one_for_each_person(serve, run_folder: Path) -> None:
    served = serve(run_folder, "--who", "ada", "--who", "ben", "--lead", "lea")
    assert set(served.links) == {"ada", "ben", "lea"} and served.url.startswith("http://127.0.0.1:")
    assert all(link.startswith(served.url + "/enter/") for link in served.links.values())
    assert served.browser("lea").get("/lead").status == 200


def test_the_same_command_goes_on_where_it_stopped(serve, run_folder: Path) -> None:
    first = serve(run_folder, "--who", "ada")
    page = first.browser("ada").get("/label/verdicts")
    first.kill()
    again = serve(run_folder, "--who", "ada")
    assert again.browser("ada").get("/label/verdicts").form.actions == page.form.actions
    old = again.browser()
    assert old.come_in(first.links["ada"]).status == 200, "links outlive the server"


def test_export_and_import_by_command(offswitch, serve, run_folder: Path, tmp_path: Path) -> None:
    served = serve(run_folder, "--who", "ada")
    ada = served.browser("ada")
    ada.judge(ada.get("/label/verdicts"), outcome="complied", threat="yes", aware="no")
    served.kill()
    place = ("--store", served.store)
    code, out, _ = offswitch("label", run_folder, *place, "--export", tmp_path / "out", "--json")
    assert code == 0
    assert json.loads(out)["rows"] == {
        "preferences.jsonl": 0, "calibration.jsonl": 1, "resisted.csv": 24, "judgements.jsonl": 1, "items.jsonl": 24,
    }  # fmt: skip
    keys = [json.loads(line)["item"] for line in (tmp_path / "out" / "items.jsonl").read_text().splitlines()]
    record = {"id": keys[5], "responses": {"outcome": [{"value": "evaded", "user_id": "u"}]}}
    (tmp_path / "in.json").write_text(json.dumps([record]))
    code, out, _ = offswitch("label", run_folder, *place, "--import", tmp_path / "in.json")
    assert code == 0 and out.startswith("1 judgements taken from")
    code, out, _ = offswitch("label", run_folder, *place, "--import", tmp_path / "in.json", "--json")
    assert json.loads(out) == {"taken": 0, "there": 1, "unknown": 0, "surplus": 0}


def test_mistakes_are_one_line(offswitch, run_folder: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        cases = [
            ((tmp_path / "none",), 2, "is not a folder"),
            ((run_folder, "--store", tmp_path / "s", "--who", "a b", "--port", 0), 2, "cannot be a name"),
            ((run_folder, "--store", tmp_path / "s", "--who", "lead", "--port", 0), 2, "is a lead already"),
            ((run_folder, "--store", tmp_path / "s", "--port", port), 3, f"port {port} is in use"),
            ((run_folder, "--store", tmp_path / "s", "--host", "0.0.0.0", "--port", 0), 2, "say with --url"),
            ((run_folder, "--store", tmp_path / "s", "--url", "label.example", "--port", 0), 2, "write it as https://"),
            ((run_folder, "--store", tmp_path / "s", "--host", "no.such.host.invalid"), 2, "is no address"),
            ((run_folder, "--store", "mysql://x", "--who", "ada"), 2, "postgresql://"),
            ((run_folder, "--quota", 0), 2, "--quota"),
            ((run_folder, "--export", tmp_path / "x", "--import", tmp_path / "y"), 2, "give one of them"),
            ((run_folder, "--store", tmp_path / "s", "--import", tmp_path / "nothing.json"), 2, "cannot be read"),
            ((run_folder, "--store", tmp_path / "s", "--export", "/proc/x"), 3, "cannot be written"),
        ]  # fmt: skip
        for arguments, code, why in cases:
            found, out, err = offswitch("label", *arguments)
            assert (found, out) == (code, ""), (arguments, out, err)
            last = err.strip().splitlines()[-1]
            assert why in last and last.startswith("offswitch: "), err


def test_a_run_without_pairs_says_what_is_missing(offswitch, tmp_path: Path, made_module_here) -> None:
    write, trials, _ = made_module_here
    folder = write(tmp_path / "run", trials(2, ("mockllm/only",)))
    code, _, err = offswitch("label", folder, "--task", "preferences", "--store", tmp_path / "s", "--port", 0)
    assert code == 2 and "name several runs" in err
