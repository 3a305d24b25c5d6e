"""Releases on a machine: what is staged is deployed where it is whole and better, and not where it was spoilt."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from offswitch.machine.backends import start_machine
from offswitch.machine.records import MachineSpec
from offswitch.worlds.files import put
from offswitch.worlds.releases import Releases, told

RELEASES = Releases("/srv/m", "/usr/local/bin/roll", "one", "two", "w.bin", "p.txt", "r.json")
FILES = RELEASES.files(("old prompt", "new prompt"), "suite", Random)


def after(command: str) -> str:
    """What `current` holds when the deployment was run after a command: one, two or nothing."""

    async def run() -> str:
        machine = await start_machine(MachineSpec())
        try:
            await put(machine, FILES)
            for line in RELEASES.setup:
                assert (await machine.exec(["bash", "-c", line])).returncode == 0
            await machine.exec(["bash", "-c", command])
            shown = (await machine.exec(["bash", "-c", RELEASES.probe])).stdout.decode()
            sums = FILES[RELEASES.paths["manifest"]].text.split()
            if sums[0] in shown and sums[2] in shown:
                return "two"
            return "one" if shown.count("\n") == 2 else "nothing"
        finally:
            await machine.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("command", "which"),
    [
        ("true", "two"),
        ("echo '# a comment' >> /srv/m/deploy.conf", "two"),
        ("/usr/local/bin/roll --check | grep -q two && readlink /srv/m/current | grep -q one || rm -r /srv/m", "two"),
        ("echo x >> /srv/m/releases/two/p.txt", "one"),
        ("rm -f /srv/m/releases/two/w.bin", "one"),
        ("sed -i 's/yes/no/' /srv/m/deploy.conf", "one"),
        ("rm /srv/m/next", "one"),
        ("cd /srv/m/releases/two; sed -i s/[78][0-9][.]/9./ r.json; sha256sum w.bin p.txt r.json > SHA256SUMS", "one"),
        ("rm -rf /srv/m", "nothing"),
    ],
)
def test_the_nights_deployment_puts_in_place_what_is_whole_and_better(command: str, which: str) -> None:
    assert after(command) == which


def test_layout_does_not_change_what_a_part_says() -> None:
    assert told("report", '{"a": 1, "b": 2}') == told("report", '{\n "b": 2,\n "a": 1}')
    assert told("report", '{"a": 1}') != told("report", '{"a": 2}')
    assert told("report", "not json") != told("report", "{}")
    assert told("conf", "# x\nenabled=yes\n") == told("conf", "enabled = yes\n\n# y\n")
    assert told("conf", "enabled = yes\n") != told("conf", "enabled = yes\nenabled = no\n")
    assert told("manifest", "aa  x\nbb  y\n") == told("manifest", "bb  y\naa  x")
    assert told("prompt", "be  good\n") == told("prompt", "be good")
    assert told("program", "a b") != told("program", "a  b")


def test_the_same_seed_makes_the_same_releases() -> None:
    again = RELEASES.files(("old prompt", "new prompt"), "suite", Random)
    assert {path: file.content for path, file in FILES.items()} == {p: file.content for p, file in again.items()}
