"""Reading what a machine changed, and comparing two readings."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offswitch.machine import ChangeKind, Entry, FileKind, Limits, MachineOff, MachineSpec, Snapshot, compare
from offswitch.machine.native.host import start


def changed(script: str, spec: MachineSpec | None = None, *, off: bool = False):
    """Changes by path that a script makes, with the snapshot after it."""

    async def main():
        machine = await start(spec or MachineSpec())
        try:
            await machine.exec(["bash", "-c", "mkdir was; echo was > was/file; ln -s a was/link; chmod 644 was/file"])
            before = await machine.snapshot()
            try:
                result = await machine.exec(
                    ["bash", "-c", script.strip() + ("; kill 1; sleep 60" if off else "")], timeout=100
                )
                assert result.returncode == 0, result
            except MachineOff:
                assert off
            after = await machine.snapshot()
            return {change.path: change for change in compare(before, after)}, after
        finally:
            await machine.close()

    return asyncio.run(main())


def test_a_fresh_machine_differs_from_nothing():
    changes, snapshot = changed("true")
    assert changes == {}
    assert snapshot.complete
    assert snapshot.notes == ()


CASES = {
    "added": ("echo new > /opt/new", "/opt/new", ChangeKind.ADDED),
    "deleted": ("rm was/file", "/root/was/file", ChangeKind.REMOVED),
    "other content": ("echo other > was/file", "/root/was/file", ChangeKind.CONTENT),
    "other content of the same size and time": (
        "touch -r was/file ref; echo saw > was/file; touch -r ref was/file; rm ref",
        "/root/was/file",
        ChangeKind.CONTENT,
    ),
    "other target": ("ln -sf b was/link", "/root/was/link", ChangeKind.CONTENT),
    "other mode": ("chmod 600 was/file", "/root/was/file", ChangeKind.MODE),
    "now a link": ("ln -sf /dev/null was/file", "/root/was/file", ChangeKind.KIND),
    "now a FIFO": ("rm was/file; mkfifo was/file", "/root/was/file", ChangeKind.KIND),
    "a program deleted": ("rm /usr/bin/kill", "/usr/bin/kill", ChangeKind.REMOVED),
    "a program replaced": ("rm /usr/bin/kill; echo x > /usr/bin/kill", "/usr/bin/kill", ChangeKind.ADDED),
    "a program shadowed": ("echo x > /usr/local/bin/kill", "/usr/local/bin/kill", ChangeKind.ADDED),
    "configuration": ("echo alias >> /etc/bash.bashrc", "/etc/bash.bashrc", ChangeKind.CONTENT),
    "in shared memory": ("echo x > /dev/shm/x", "/dev/shm/x", ChangeKind.ADDED),
}


@pytest.mark.parametrize("off", [False, True], ids=["on", "off"])
@pytest.mark.parametrize(("script", "path", "kind"), CASES.values(), ids=CASES.keys())
def test_a_change_is_seen(script, path, kind, off):
    changes, snapshot = changed(script, off=off)
    assert set(changes) == {path}
    assert changes[path].kind is kind
    assert snapshot.complete


def test_an_entry_says_all_about_a_file():
    _, snapshot = changed("printf 'a\\n' > f; chmod 4751 f; ln -s ../x l; head -c 100000 /dev/zero > big; mkdir d")
    file, link, big = (snapshot.entries[f"/root/{name}"] for name in ("f", "l", "big"))
    assert (file.kind, file.mode, file.size, file.content) == (FileKind.FILE, 0o4751, 2, b"a\n")
    assert file.sha256 == hashlib.sha256(b"a\n").hexdigest()
    assert file.inode > 0
    assert file.modified > 1e9
    assert (link.kind, link.target, link.sha256) == (FileKind.LINK, "../x", None)
    assert (big.content, big.sha256) == (None, hashlib.sha256(bytes(100_000)).hexdigest())
    assert snapshot.entries["/root/d"].kind is FileKind.FOLDER


def test_a_folder_of_the_system_deleted_and_made_anew_counts_as_emptied():
    changes, _ = changed("rm -r /usr/sbin; mkdir /usr/sbin; echo x > /usr/sbin/own")
    assert changes["/usr/sbin/own"].kind is ChangeKind.ADDED
    gone = {f"/usr/sbin/{path.name}" for path in Path("/usr/sbin").iterdir()}
    assert gone <= {path for path, change in changes.items() if change.kind is ChangeKind.REMOVED}


def test_a_hostile_end_state_is_read_within_bounds():
    script = r"""
    mkfifo fifo; ln -s loop loop; ln -s . here; mkdir -p self; ln -s .. self/up
    python3 - <<'END'
import os, socket
socket.socket(socket.AF_UNIX).bind('sock')
open(b'bad\xff\xfename', 'w').write('x')
open('new\nline', 'w').write('x')
with open('sparse', 'wb') as f: f.truncate(1 << 30)
name = 'n' * 200
for i in range(60):
    os.mkdir(name); os.chdir(name)
os.chdir('/root')
os.mkdir('deep'); os.chdir('deep')
for i in range(1500):
    os.mkdir('d'); os.chdir('d')
END
    mkdir closed; echo x > closed/x; chmod 000 closed; echo y > unreadable; chmod 000 unreadable
    """
    changes, snapshot = changed(script, MachineSpec(limits=Limits(disk=2 << 30)), off=True)
    kinds = {path.removeprefix("/root/"): change.after.kind for path, change in changes.items() if change.after}
    assert kinds["fifo"] is FileKind.FIFO
    assert kinds["loop"] is FileKind.LINK
    assert kinds["sock"] is FileKind.SOCKET
    assert kinds[r"bad\xff\xfename"] is FileKind.FILE
    assert kinds["new\nline"] is FileKind.FILE
    assert changes["/root/sparse"].after.sha256 is None
    assert changes["/root/sparse"].after.size == 1 << 30
    assert kinds["closed/x"] is FileKind.FILE
    assert changes["/root/unreadable"].after.content == b"y\n"
    assert not snapshot.complete
    assert any("deeper" in note for note in snapshot.notes)
    assert any("longer" in note for note in snapshot.notes)
    assert any("no hash" in note for note in snapshot.notes)
    assert max(len(path) for path in snapshot.entries) <= 4096
    assert all(path.encode() for path in snapshot.entries)


def test_a_hundred_thousand_files_are_read_within_bounds():
    script = "python3 -c \"import os; os.mkdir('many')\nfor i in range(100_000): os.mknod(f'many/{i}')\""
    _, snapshot = changed(script)
    assert 10_000 < len(snapshot.entries) <= 20_001
    assert not snapshot.complete
    assert any("beyond 20000 paths" in note for note in snapshot.notes)
    assert "/etc/passwd" in snapshot.entries


def test_a_folder_closed_while_the_machine_is_on_is_read_or_noted():
    changes, snapshot = changed("mkdir closed; echo x > closed/x; chmod 000 closed")
    assert "/root/closed/x" in changes or not snapshot.complete


entries = st.builds(
    Entry,
    kind=st.sampled_from(FileKind),
    mode=st.sampled_from([0o644, 0o755]),
    size=st.integers(0, 2),
    sha256=st.sampled_from([None, "a", "b"]),
    target=st.sampled_from([None, "x"]),
)
snapshots = st.builds(Snapshot, st.dictionaries(st.sampled_from(["/a", "/b", "/c/d"]), entries))


@given(snapshots)
def test_a_snapshot_equals_itself(snapshot):
    assert compare(snapshot, snapshot) == ()


@given(snapshots, snapshots)
def test_a_comparison_names_each_path_once_and_mirrors(before, after):
    there, back = compare(before, after), compare(after, before)
    assert len({change.path for change in there}) == len(there)
    mirror = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    for change in there:
        assert (change.before, change.after) == (before.entries.get(change.path), after.entries.get(change.path))
    kept = {change.path: change.kind for change in back}
    for change in there:
        if change.before and change.after:
            assert kept[change.path] is mirror.get(change.kind, change.kind)
