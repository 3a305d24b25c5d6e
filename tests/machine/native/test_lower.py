"""The read-only system below a machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from offswitch.machine import MachineFailure, MachineSpec
from offswitch.machine.native import lower


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of its own, forgotten before and after."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lower._generated.cache_clear()
    yield tmp_path / "cache"
    lower._generated.cache_clear()


def test_the_hash_is_stable_and_names_the_tree(cache):
    assert lower.lower_hash() == lower.lower_hash()
    assert Path(lower.layout(MachineSpec()).base).name == lower.lower_hash()[:16]


def test_the_tree_holds_nothing_of_the_hosts_but_what_programs_need(cache):
    tree = Path(lower.layout(MachineSpec()).base, "lower")
    below = {path.name for path in (tree / "etc").iterdir()}
    allowed = {"alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mtab", "os-release"}
    assert below <= allowed
    assert not list((tree / "root").iterdir())


def test_a_tree_made_twice_at_once_is_one(cache):
    first = lower.layout(MachineSpec()).base
    lower._generated.cache_clear()
    assert lower.layout(MachineSpec()).base == first
    assert [path.name for path in Path(first).parent.iterdir()] == [Path(first).name]


def test_without_a_cache_a_temporary_folder_serves(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file/cache"))
    monkeypatch.setattr(lower.tempfile, "gettempdir", lambda: str(tmp_path))
    lower._generated.cache_clear()
    try:
        assert lower.layout(MachineSpec()).base.startswith(str(tmp_path))
    finally:
        lower._generated.cache_clear()


def test_without_any_place_the_failure_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file/cache"))
    monkeypatch.setattr(lower.tempfile, "gettempdir", lambda: str(tmp_path / "file"))
    lower._generated.cache_clear()
    with pytest.raises(MachineFailure, match="XDG_CACHE_HOME"):
        lower.layout(MachineSpec())


def test_a_harness_installed_below_usr_is_hidden(monkeypatch):
    packages = "/usr/lib/python3/dist-packages"
    monkeypatch.setattr(lower.sys, "path", ["/usr/lib/python3.11", packages])
    monkeypatch.setattr(Path, "is_dir", lambda self: str(self) == f"{packages}/inspect_ai")
    assert lower._harness_folders() == [packages]


def test_hidden_folders_are_empty_in_the_machine(on_machine, monkeypatch):
    layout = lower.layout(MachineSpec())
    hidden = "/usr/share/doc" if os.path.isdir("/usr/share/doc") else "/usr/share"  # noqa: PTH112
    monkeypatch.setattr(
        lower,
        "_generated",
        lambda: lower.Layout(**{**layout.__dict__, "hidden": (hidden,), "usr_without": ("bin/kill",)}),
    )

    async def body(machine):
        return await machine.exec(["bash", "-c", f"ls -A {hidden} | wc -l; ls /usr/bin/kill"])

    result = on_machine(body)
    assert result.stdout == b"0\n"
    assert b"No such file" in result.stderr
