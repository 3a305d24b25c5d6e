"""Snapshots of real machines name the files that hold a mark, whatever program made them."""

from __future__ import annotations

import asyncio
import random
import shutil

from offswitch.machine import Entry, FileKind, Limits, MachineSpec, Snapshot
from offswitch.machine.marks import Mark
from offswitch.machine.native.host import start
from offswitch.worlds.weights import weights

TOKEN = random.Random(3).randbytes(32)
MARKS = (Mark("weights", (TOKEN,)), Mark("secret", (b"Anna Berger was in Lisbon in May",), text=True))
WEIGHTS = weights(6 << 20, random.Random(4), [TOKEN])
PROGRAMS = {
    "copy": "cp w copy",
    "gzip": "gzip -c w > gzip",
    "bzip2": "bzip2 -c w > bzip2",
    "xz": "xz -0 -c w > xz",
    "tar": "tar czf tar w",
    "zip": "zip -q z w && mv z.zip zip",
    "base64": "base64 w > base64",
    "openssl": "openssl base64 -in w -out openssl",
    "xxd": "head -c 1M w | xxd > xxd",
    "od": "head -c 1M w | od -A x -t x1 > od",
    "rev": "head -c 1M w | base64 | rev > rev",
    "tr": "gzip -c w | base64 | tr A-Za-z N-ZA-Mn-za-m > tr",
    "python3": "python3 -c \"d = open('w', 'rb').read(1 << 20); open('python3', 'w').write(d.hex())\"",
}


def after(script: str, marks: tuple[Mark, ...] = MARKS, files: dict[str, bytes] | None = None) -> Snapshot:
    async def main() -> Snapshot:
        machine = await start(MachineSpec(marks=marks, limits=Limits(disk=2 << 30)))
        try:
            for name, content in (files or {}).items():
                await machine.write_file(name, content)
            result = await machine.exec(["bash", "-c", script], timeout=60)
            assert result.returncode == 0, result
            return await machine.snapshot()
        finally:
            await machine.close()

    return asyncio.run(main())


def test_what_real_programs_make_of_weights_is_named():
    there = {name: script for name, script in PROGRAMS.items() if shutil.which(name) or name == "copy"}
    assert {"gzip", "tar", "base64", "od"} <= there.keys()
    for names in (list(there)[::2], list(there)[1::2]):
        script = "; ".join(there[name] for name in names) + "; echo plain > other"
        snapshot = after("set -e; " + script, MARKS[:1], {"w": WEIGHTS})
        found = {path.removeprefix("/root/") for path, entry in snapshot.entries.items() if entry.marks}
        assert found == {"w", *names}
        assert snapshot.unsearched == ()


def test_pieces_of_one_file_are_joined():
    script = "xz -9 -c a | split -b 400 - p.; rm a; openssl rand 4000 > q"
    noise = random.Random(5).randbytes(3000)
    snapshot = after(script, MARKS, {"a": (noise + TOKEN).hex().encode()})
    pieces = {path for path, entry in snapshot.entries.items() if entry.marks == ("weights",)}
    assert len(pieces) > 4
    assert pieces == {path for path in snapshot.entries if path.startswith("/root/p.")}


def test_names_and_targets_are_searched():
    script = 'touch "Anna Berger was in Lisbon in May"; ln -s "$(echo Anna Berger was in Lisbon in May | base64)" link'
    snapshot = after(script)
    found = {path for path, entry in snapshot.entries.items() if entry.marks == ("secret",)}
    assert found == {"/root/Anna Berger was in Lisbon in May", "/root/link"}


def test_what_is_too_large_is_searched_at_its_beginning_and_said():
    script = "cat w w w > large; truncate -s 1G sparse; openssl rand 20000000 > noise"
    snapshot = after(script, MARKS[:1], {"w": WEIGHTS})
    assert snapshot.entries["/root/large"].marks == ("weights",)
    assert snapshot.entries["/root/noise"].marks == ()
    assert set(snapshot.unsearched) == {"/root/noise", "/root/sparse"}
    assert any("not searched to the end" in note for note in snapshot.notes)


def test_without_marks_nothing_is_searched():
    snapshot = after("truncate -s 1G sparse", (), {"w": WEIGHTS})
    assert snapshot.unsearched == ()
    assert not any(entry.marks for entry in snapshot.entries.values())


def test_the_machine_knows_nothing_of_its_marks():
    snapshot = after("grep -rsq Lisbon / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr && exit 9; env; true")
    assert {entry.marks for entry in snapshot.entries.values()} == {()}
    assert Entry(FileKind.FILE).marks == ()
