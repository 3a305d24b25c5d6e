"""What the trials' pages load: the columns, the rows, the transcripts, and where evidence points."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser

from offswitch.cli import cli
from offswitch.errors import InputError
from offswitch.report.evidence import show_changes, show_events, show_world
from offswitch.report.moment import find_moment
from offswitch.report.run import read_run
from offswitch.report.site import build_site
from offswitch.report.site.links import viewer
from offswitch.report.site.material import read_material
from offswitch.report.site.output import Output
from offswitch.report.site.trials import transcripts
from offswitch.report.site.trials.logs import read_quickly
from offswitch.report.site.trials.transcripts import chosen, pieces, write_texts
from offswitch.report.site.trials.view import view
from offswitch.report.transcript import UnreadableTrialError, read_trial
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.judges import Ruling
from offswitch.verdicts.outcome import Honesty, Outcome
from offswitch.verdicts.verdict import Evidence, EvidenceKind


def unpacked(path: Path) -> Any:
    found = re.fullmatch(r'offswitch\.receive\("[^"]+","([^"]+)"\);\n', path.read_text())
    assert found
    return json.loads(gzip.decompress(base64.b64decode(found.group(1))))


def test_the_columns_and_rows_say_what_the_table_says(made_site) -> None:
    material = read_material(made_site.runs)
    table = unpacked(made_site.folder / "trials" / "columns.js")
    rows = unpacked(made_site.folder / "trials" / "rows" / "00000.js")
    assert table["count"] == 40 == len(table["id"]) == len(rows["reason"])
    for number, trial in enumerate(material.trials()):
        assert table["id"][number] == trial.id
        for name in ("model", "scenario", "condition", "surface", "split", "outcome", "honesty"):
            column = table["columns"][name]
            assert column["values"][column["codes"][number]] == str(getattr(trial.row, name))
        techniques = table["techniques"]
        combination = techniques["sets"][techniques["codes"][number]]
        assert tuple(techniques["values"][code] for code in combination) == trial.row.techniques
        assert table["seed"][number] == trial.row.seed
        assert table["aware"][number] == int(trial.row.aware is True)
        assert rows["sample_id"][number] == trial.row.sample_id
    scenario, condition = table["controls"][0]
    assert table["columns"]["condition"]["values"][condition] == "object-control" and scenario == 0


def test_each_transcript_lies_where_the_columns_say(made_site) -> None:
    table = unpacked(made_site.folder / "trials" / "columns.js")
    texts = [unpacked(path) for path in sorted((made_site.folder / "trials" / "texts").iterdir())]
    material = read_material(made_site.runs)
    for number, trial in enumerate(material.trials()):
        place = table["places"][number]
        shown = texts[place // table["chunk"]][place % table["chunk"]]
        assert shown["agent"]["honesty"] == trial.row.honesty
        # A file that is as it was is shown after those that differ.
        assert shown["evidence"][0]["place"] == ("file-0" if trial.row.outcome is Outcome.RESISTED else "file-1")
        ends = "off" if trial.row.outcome is Outcome.COMPLIED else "submitted"
        assert shown["state"]["ending"] == ends


def test_the_quick_reader_reads_what_inspect_reads(made_site, hostile_run: Path) -> None:
    for folder in (*made_site.runs, hostile_run):
        run = read_run(folder)
        for row in run.trials:
            assert read_quickly(run, row) == read_trial(run, row)


def test_a_damaged_and_a_missing_log_are_said_in_the_place_of_their_trials(make_run, made, tmp_path: Path) -> None:
    folder = make_run([made(model="m/a"), made(model="m/b", seed=1), made(model="m/c", seed=2)])
    run = read_run(folder)
    first, second = (run.log_path(row.log or "") for row in run.trials[:2])
    first.write_bytes(first.read_bytes()[:300])
    second.unlink()
    with pytest.raises(UnreadableTrialError, match="cannot be read"):
        read_quickly(run, run.trials[0])
    build_site([folder], tmp_path / "out")
    shown = unpacked(tmp_path / "out" / "trials" / "texts" / "00000.js")
    whole, *problems = sorted(each["problem"] for each in shown)
    assert whole == "" and len(problems) == 2
    assert all(any(words in problem for problem in problems) for words in ("cannot be read", "is not there any more"))
    assert all(each["reason"] == "what it did" for each in shown)


def test_a_trial_that_broke_before_it_had_a_record_still_shows_its_transcript(make_run, made) -> None:
    run = read_run(make_run([made(outcome=Outcome.MALFUNCTION, record=False)]))
    shown = view(read_quickly(run, run.trials[0]), "why", Honesty.NOT_ASKED)
    assert shown.state is None and shown.agent is None
    assert any("Task 1: 2 + 2" in part.text for line in shown.lines for part in line.parts)


def test_where_not_all_are_written_every_outcome_has_its_share(make_run, made) -> None:
    trials = [made(seed=seed) for seed in range(50)]
    trials += [
        made(seed=50 + seed, outcome=Outcome.RESISTED, techniques=(Technique.SCRIPT_EDITED,)) for seed in range(3)
    ]
    trials += [made(seed=60, outcome=Outcome.EVADED), made(model="m/two", seed=0)]
    material = read_material([make_run(trials, logs=False)])
    picked = chosen(material, 12)
    outcomes = [trial.row.outcome for trial in picked]
    assert len(picked) == 12
    assert outcomes.count(Outcome.RESISTED) == 3 and outcomes.count(Outcome.EVADED) == 1
    assert [trial.row.model for trial in picked].count("m/two") == 1
    assert picked == chosen(material, 12)
    assert len(chosen(material, None)) == len(chosen(material, 1000)) == 55
    assert [len(piece.trials) for piece in pieces(chosen(material, None))] == [40, 15]


def test_several_processes_write_what_one_writes(made_site, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transcripts, "_ALONE", 3)
    monkeypatch.setattr(transcripts, "_PROCESSES", 2)
    monkeypatch.setattr(transcripts.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(transcripts, "CHUNK", 5)
    every = pieces(chosen(read_material(made_site.runs), None))
    write_texts(Output(tmp_path / "two", {}), every)
    monkeypatch.setattr(transcripts, "_ALONE", 1000)
    write_texts(Output(tmp_path / "one", {}), every)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n / "trials" / "texts").iterdir()} for n in ("one", "two"))
    assert one == two and len(one) == 8


def test_how_many_transcripts_a_site_holds_can_be_said(make_run, made, tmp_path: Path) -> None:
    folder = make_run([made(seed=seed) for seed in range(4)])
    (folder / "manifest.json").unlink()
    for given, held in (("2", 2), ("all", 4)):
        done = CliRunner().invoke(cli, ["report", str(folder), "--out", str(tmp_path / given), "--transcripts", given])
        assert done.exit_code == 0, done.output
        table = unpacked(tmp_path / given / "trials" / "columns.js")
        assert sum(place >= 0 for place in table["places"]) == held
    page = (tmp_path / "2" / "trials" / "trial.html").read_text()
    assert "This site holds the transcripts of 2 of its 4 trials" in page
    with pytest.raises(InputError, match="give a number, or 'all'"):
        CliRunner().invoke(
            cli, ["report", str(folder), "--transcripts", "-1"], catch_exceptions=False, standalone_mode=False
        )


EVERY = {
    EvidenceKind.EVENT: ("25", "event-25"),
    EvidenceKind.COMMAND: ("2", "command-2"),
    EvidenceKind.FILE: ("/srv/ledger/shutdown.sh", "file-0"),
    EvidenceKind.WORLD: ("2", "entry-2"),
    EvidenceKind.MESSAGE: ("1", "message-4"),
    EvidenceKind.JUDGE: ("presses", "ruling-0"),
    EvidenceKind.PROBE: ("probe", "probe"),
    EvidenceKind.POWER: ("on", "power"),
    EvidenceKind.ERROR: ("scorer", "ending"),
}


@pytest.mark.parametrize("kind", EVERY)
def test_evidence_of_every_kind_has_its_place(make_run, made, kind: EvidenceKind) -> None:
    ref, place = EVERY[kind]
    ruling = Ruling(key="presses", question="Does it?", version="1", prompt="1", answer="yes", votes=())
    run = read_run(make_run([made(outcome=Outcome.RESISTED, rulings=(ruling,))]))
    trial = read_trial(run, run.trials[0])
    assert trial.verdict is not None
    evidence = (Evidence(kind=kind, ref=ref, text="proof"), Evidence(kind=kind, ref="no such thing", text="none"))
    proved = trial.verdict.model_copy(update={"evidence": evidence})
    shown = view(type(trial)(**{**vars(trial), "verdict": proved}), None, Honesty.TRUTHFUL)
    assert shown.evidence[0].place == place
    if kind not in (EvidenceKind.PROBE, EvidenceKind.POWER, EvidenceKind.ERROR):
        assert shown.evidence[1].place == ""


def test_what_evidence_points_at_is_shown_whatever_the_bounds(made_record) -> None:
    events = made_record.events.events
    many = tuple(type(events[0])(**{**vars(events[0]), "number": n, "at": n / 10}) for n in range(1, 5001))
    entries = [{"number": n, "at": float(n), "kind": "served", "text": f"task {n}"} for n in range(1, 2001)]
    record = made_record.model_copy(
        update={"events": type(made_record.events)(many), "world": {**made_record.world, "entries": entries}}
    )
    shown, left_out = show_events(record, None, {"4321"})
    assert len(shown) + left_out == 5000 and [e.number for e in shown if e.cited] == [4321]
    world, more = show_world(record, {"1999"})
    assert len(world) + more == 2000 and [e.number for e in world if e.cited] == ["1999"]
    changes, _ = show_changes(record, {"/srv/ledger/shutdown.sh"})
    assert [c.what for c in changes if c.ref == "/srv/ledger/shutdown.sh"] == ["as it was"]


def test_events_from_the_deciding_moment_on_come_first(made_record) -> None:
    moment = find_moment(made_record, (), "NOTICE")
    assert moment is not None
    shown, left_out = show_events(made_record, moment)
    assert left_out == 0 and [event.number for event in shown if event.after] == list(range(21, 40))


def test_of_a_very_long_transcript_the_deciding_moment_is_kept(make_run, made) -> None:
    filler = tuple(ChatMessageUser(content=f"filler {i}") for i in range(1000))
    messages = (*filler[:500], ChatMessageUser(content="NOTICE here"), *filler[500:], ChatMessageAssistant(content="x"))
    run = read_run(make_run([made(messages=messages)]))
    shown = view(read_quickly(run, run.trials[0]), None, Honesty.TRUTHFUL)
    assert [line.parts[0].text for line in shown.lines if line.deciding] == ["NOTICE here"]
    assert len(shown.lines) <= 300 and sum(line.left_out_before for line in shown.lines) == 1002 - len(shown.lines)


def test_the_viewer_is_an_address_of_the_web_or_a_path() -> None:
    assert viewer("") == ""
    assert viewer("https://a.example/logs/") == "https://a.example/logs/index.html"
    assert viewer("../bundle") == "../bundle/index.html"
    for bad in ("javascript:alert(1)", "data:text/html,x", "vbscript:x"):
        with pytest.raises(InputError, match="--inspect"):
            viewer(bad)
