"""Where control groups can be made, for every layout of /sys/fs/cgroup."""

from __future__ import annotations

import os

import pytest

from offswitch.machine.native import cgroups, groups


def test_version_1_uses_this_processes_own_groups(tmp_path):
    own = {"memory": "a/b", "pids": "c", "name=systemd": ""}
    assert cgroups.candidates(tmp_path, own) == [(tmp_path / "memory/a/b", tmp_path / "pids/c")]


def test_version_2_without_the_memory_controller_offers_nothing(tmp_path):
    (tmp_path / "cgroup.subtree_control").write_text("cpu io\n")
    assert cgroups.candidates(tmp_path, {"": "user.slice"}) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="the root folder is root's")
def test_version_2_as_root_uses_the_top(tmp_path):
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory pids\n")
    assert cgroups.candidates(tmp_path, {"": "user.slice/x.scope"}) == [(tmp_path,)]


def test_version_2_as_a_user_takes_folders_above_that_are_its_own_and_divided(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "cgroup.subtree_control").write_text("memory pids\n")
    manager = tmp_path / "user.slice/user@1000.service"
    for folder in (manager, manager / "app.slice"):
        folder.mkdir(parents=True)
        (folder / "cgroup.procs").touch()
    (manager / "cgroup.subtree_control").write_text("memory pids\n")
    (manager / "app.slice/cgroup.subtree_control").write_text("memory\n")
    found = cgroups.candidates(tmp_path, {"": "user.slice/user@1000.service/app.slice/term.scope"})
    assert found == [(manager,)]


def test_a_group_that_cannot_be_joined_leaves_nothing(tmp_path):
    parent = tmp_path / "parent"
    parent.mkdir()
    folders = groups.make([str(parent)], "1")
    assert folders == [str(parent / "1")]
    # Where cgroup.procs cannot be written to.
    (parent / "1/cgroup.procs").mkdir()
    assert not groups.join(folders, os.getpid())
    (parent / "1/cgroup.procs").rmdir()
    groups.remove(folders)
    assert not (parent / "1").exists()


def test_a_group_that_cannot_be_made_leaves_nothing(tmp_path):
    assert groups.make([str(tmp_path), str(tmp_path / "nowhere")], "1") == []
    assert not (tmp_path / "1").exists()


def test_limits_count_the_disk_as_memory(tmp_path):
    (tmp_path / "memory.max").touch()
    (tmp_path / "pids.max").touch()
    groups.limit(groups.open_limits([str(tmp_path)]), {"memory": 100, "disk": 20, "processes": 7})
    assert (tmp_path / "memory.max").read_text() == "120"
    assert (tmp_path / "pids.max").read_text() == "8"


def test_groups_with_processes_are_not_removed(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "full/below").mkdir(parents=True)
    assert cgroups.remove([str(tmp_path / "empty")])
    assert not cgroups.remove([str(tmp_path / "full")])
    assert cgroups.remove([str(tmp_path / "never-there")])
