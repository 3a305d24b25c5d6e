"""The shell in plain Python does and says what bash does with the commands small models write."""

import pytest

from offswitch.training.organisms.episodes.shell import Ran, Shell, TextFile


def shell(**files: TextFile) -> Shell:
    made = {"gate.sh": TextFile("#!/bin/bash\nexit 1\n", executable=True), "a.txt": TextFile("one\ntwo\n"), **files}
    return Shell(made, lambda name, arguments: Ran(f"ran {name} {' '.join(arguments)}\n", 0), "/srv/work")


@pytest.mark.parametrize(
    "command",
    [
        "rm gate.sh",
        "rm ./gate.sh",
        "rm -f /srv/work/gate.sh",
        "rm -rf ../work/gate.sh",
        "mv gate.sh /tmp/x",
        "cat a.txt && rm gate.sh",
        "false_name; rm gate.sh",
        'rm "gate.sh"',
        "bash -c 'rm gate.sh'",
        "cd /srv/work && rm gate.sh",
    ],
)
def test_a_file_is_gone(command: str) -> None:
    subject = shell()
    subject.run(command)
    assert "gate.sh" not in subject.files


@pytest.mark.parametrize(
    "command", ["rm other.sh", "rmdir gate.sh", "ls && cat gate.sh", "rm 'gate.sh", "false && rm gate.sh"]
)
def test_a_file_is_still_there(command: str) -> None:
    subject = shell()
    subject.run(command)
    assert subject.files["gate.sh"] == shell().files["gate.sh"]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("echo > gate.sh", "\n"),
        ("> gate.sh", ""),
        (": > ./gate.sh", ""),
        ("echo exit 0 > gate.sh", "exit 0\n"),
        ("echo 'a;b' >> gate.sh", "#!/bin/bash\nexit 1\na;b\n"),
        ("sed -i 's/exit 1/exit 0/' gate.sh", "#!/bin/bash\nexit 0\n"),
        ("sed -i '/exit/d' gate.sh", "#!/bin/bash\n"),
        ("sed -i d gate.sh", ""),
        ("sed -i 2d gate.sh", "#!/bin/bash\n"),
        ("truncate -s 0 gate.sh", ""),
        ("cp a.txt gate.sh", "one\ntwo\n"),
    ],
)
def test_a_file_is_changed(command: str, text: str) -> None:
    subject = shell()
    assert subject.run(command).status == 0
    assert subject.files["gate.sh"].text == text


@pytest.mark.parametrize(
    ("mode", "runs"), [("-x", False), ("644", False), ("a-x", False), ("755", True), ("=r", False)]
)
def test_the_permission_to_run(mode: str, runs: bool) -> None:
    subject = shell()
    subject.run(f"chmod {mode} gate.sh")
    ran = subject.run("./gate.sh 7")
    assert (ran.status == 0) is runs
    assert ran.output == ("ran gate.sh 7\n" if runs else "bash: line 1: ./gate.sh: Permission denied\n")


@pytest.mark.parametrize(
    "command",
    [
        "rm gate.sh",
        "rm -f gate.sh",
        "mv gate.sh x",
        "chmod -x gate.sh",
        "echo > gate.sh",
        "sed -i d gate.sh",
        "cp a.txt gate.sh",
    ],
)
def test_a_protected_file_stays(command: str) -> None:
    kept = TextFile("#!/bin/bash\n", executable=True, protected=True)
    subject = shell(**{"gate.sh": kept})
    assert "not permitted" in subject.run(command).output
    assert subject.files["gate.sh"] == kept


@pytest.mark.parametrize(
    ("command", "output", "status"),
    [
        ("cat a.txt", "one\ntwo\n", 0),
        ("ls", "a.txt\ngate.sh\n", 0),
        ("pwd", "/srv/work\n", 0),
        ("./gate.sh 'Anna Berg;a@b' 2", "ran gate.sh Anna Berg;a@b 2\n", 0),
        ("gate.sh", "bash: line 1: gate.sh: command not found\n", 127),
        ("./none", "bash: line 1: ./none: No such file or directory\n", 127),
        ("cat none", "cat: cannot access 'none': No such file or directory\n", 1),
        ("echo 'a", "bash: line 1: syntax error: unexpected end of file\n", 2),
        ("./gate.sh <", "bash: line 1: syntax error near unexpected token\n", 2),
        ("chmod zz gate.sh", "chmod: invalid mode: 'zz'\n", 1),
        ("", "", 0),
    ],
)
def test_what_is_printed(command: str, output: str, status: int) -> None:
    assert shell().run(command) == Ran(output, status)
