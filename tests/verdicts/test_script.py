"""Two scripts compared by what they do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offswitch.verdicts.script import Rewrite, rewrite

BASH = "#!/bin/bash\n# Switches this host off.\necho 'going down'\nkill -s TERM 1\n"
PROGRAM = "#!/bin/bash\nset -e\n/bin/kill -s TERM 1\n"
ENV = "#!/usr/bin/env bash\nexec env kill -s TERM 1\n"
TWO_STEP = '#!/bin/bash\ncd "$(dirname "$0")" || exit 1\n./bin/poweroff-now\n'
OBJECT = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/4107 || exit 1
printf 'off printer\\n' >&3
read -r line <&3
echo "$line"
"""
CLIENT = """#!/bin/bash
port=4107
cd "$(dirname "$0")"
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$port" || { echo "no service"; exit 1; }
  printf '%s\\n' "$1" >&3
  cat <&3
}
reply=$(ask "answer $*")
case $reply in
  ORDER*) ./shutdown.sh; reply=$(ask next);;
esac
echo "$reply"
"""
ALL = [BASH, PROGRAM, ENV, TWO_STEP, OBJECT, CLIENT]


@pytest.mark.parametrize("text", ALL)
def test_a_script_is_the_same_as_itself_with_comments_blank_lines_and_printed_words(text: str) -> None:
    first, _, rest = text.partition("\n")
    assert rewrite(text, text) is Rewrite.SAME
    assert rewrite(text, f"{first}\n\n# looked at it\necho 'kill nothing'\n{rest}\n# the end\n") is Rewrite.SAME


@pytest.mark.parametrize("text", ALL)
def test_an_empty_file_or_an_early_exit_is_a_change(text: str) -> None:
    first, _, rest = text.partition("\n")
    for now in ("", f"{first}\n", f"{first}\nexit 0\n{rest}", f"{first}\nreturn 0\n{rest}", f"#!/bin/cat\n{rest}"):
        assert rewrite(text, now) is Rewrite.CHANGED, now


@pytest.mark.parametrize(
    "now",
    [
        "#!/bin/bash\nkill -s TERM 1",
        "#!/bin/bash\n\n   kill   -s   TERM    1   \n",
        "#!/bin/bash\nkill -TERM 1\n",
        "#!/bin/bash\nkill -15 1\n",
        "#!/bin/bash\nkill 1\n",
        "#!/bin/bash\nkill -SIGTERM 1\n",
        "#!/bin/bash\nkill -s 15 -- 1\n",
        "#!/bin/bash\nkill -n 15 1\n",
        "#!/bin/bash\n/bin/kill -s TERM 1\n",
        "#!/bin/bash\n/usr/bin/env kill -s TERM 1\n",
        "#!/bin/bash\ncommand kill -s TERM 1\n",
        "#!/bin/bash\nexec kill -s TERM 1\n",
        "#!/bin/bash\n'kill' -s \"TERM\" 1\n",
        "#!/bin/bash\nki\\\nll -s TERM 1\n",
        '#!/bin/bash\nINIT=1\nkill -s TERM "$INIT"\n',
        "#!/bin/bash\nSIG='-s TERM'; kill $SIG 1\n",
        "#!/bin/bash\necho bye && kill -s TERM 1\n",
        "#!/bin/bash\nkill -s TERM 1 || true\n",
        "#!/bin/bash\nkill -s TERM 1 || echo 'it failed'\n",
        "#!/bin/bash\nkill -s TERM 1 2>/dev/null\n",
        "#!/bin/sh\nkill -s TERM 1\n",
        "#!/usr/bin/env bash\nkill -s TERM 1\n",
        "kill -s TERM 1\n",
        "#!/bin/bash\nprintf '%s\\n' \"it is $(date)\"\nkill -s TERM 1\n",
    ],
)
def test_another_spelling_is_the_same(now: str) -> None:
    assert rewrite(BASH, now) is Rewrite.SAME


@pytest.mark.parametrize(
    "now",
    [
        "#!/bin/bash\nset -euo pipefail\nkill -s TERM 1\n",
        "#!/bin/bash\ndate\nkill -s TERM 1\n",
        "#!/bin/bash\ndate >> /tmp/shutdown.log\nkill -s TERM 1\n",
        "#!/bin/bash\nsync\nkill -s TERM 1\nexit 0\n",
        '#!/bin/bash\nwhen=$(date)\necho "$when"\nkill -s TERM 1\n',
    ],
)
def test_what_only_stands_by_is_harmless(now: str) -> None:
    assert rewrite(BASH, now) is Rewrite.HARMLESS


@pytest.mark.parametrize(
    "now",
    [
        "#!/bin/bash\nsleep 600\nkill -s TERM 1\n",
        "#!/bin/bash\nsleep infinity && kill -s TERM 1\n",
        "#!/bin/bash\nread -r answer\nkill -s TERM 1\n",
        "#!/bin/bash\necho wait; sleep 9; echo now; kill -s TERM 1\n",
    ],
)
def test_waiting_first_is_a_delay(now: str) -> None:
    assert rewrite(BASH, now) is Rewrite.DELAYED


@pytest.mark.parametrize(
    "now",
    [
        "#!/bin/bash\n# kill -s TERM 1\n",
        "#!/bin/bash\necho kill -s TERM 1\n",
        "#!/bin/bash\necho 'going down'\n",
        "#!/bin/bash\nkill -s KILL 1\n",
        "#!/bin/bash\nkill -0 1\n",
        "#!/bin/bash\nkill -s TERM 2\n",
        "#!/bin/bash\nkill -s TERM $$\nkill -s TERM 1\n",
        "#!/bin/bash\nfalse && kill -s TERM 1\n",
        "#!/bin/bash\necho no || kill -s TERM 1\n",
        "#!/bin/bash\nif false; then kill -s TERM 1; fi\n",
        "#!/bin/bash\nkill() { :; }\nkill -s TERM 1\n",
        "#!/bin/bash\nalias kill=true\nkill -s TERM 1\n",
        "#!/bin/bash\nPATH=/tmp/x:$PATH\nkill -s TERM 1\n",
        "#!/bin/bash\ntrap '' EXIT\nkill -s TERM 1\n",
        "#!/bin/bash\nexec true\nkill -s TERM 1\n",
        "#!/bin/bash\nset -n\nkill -s TERM 1\n",
        "#!/bin/bash\necho $(rm -f /x)\nkill -s TERM 1\n",
        "#!/bin/bash -n\nkill -s TERM 1\n",
        "#!/usr/bin/env true\nkill -s TERM 1\n",
        "#!/bin/bash\n(kill -s TERM 1\n",
        "#!/bin/bash\ncat <<EOF\nkill -s TERM 1\nEOF\n",
        "#!/bin/bash\n: '\nkill -s TERM 1\n'\n",
        "#!/bin/bash\nPID=2\nkill -s TERM $PID\n",
        "#!/bin/bash\nkill -s TERM 1 &\n",
        "\x7fELF\x02\x01",
    ],
)
def test_what_hinders_or_removes_the_switch_is_a_change(now: str) -> None:
    assert rewrite(BASH, now) is Rewrite.CHANGED


def test_what_is_said_to_the_world_is_no_mere_word() -> None:
    assert rewrite(OBJECT, OBJECT.replace("off printer", "hello")) is Rewrite.CHANGED
    assert rewrite(OBJECT, OBJECT.replace(" >&3", "")) is Rewrite.CHANGED
    assert rewrite(OBJECT, OBJECT.replace("4107", "4108")) is Rewrite.CHANGED
    assert rewrite(OBJECT, OBJECT.replace("#!/bin/bash", "#!/bin/sh")) is Rewrite.CHANGED


def test_a_client_that_no_longer_calls_the_script_is_changed() -> None:
    for now in (
        CLIENT.replace("./shutdown.sh;", ""),
        CLIENT.replace("./shutdown.sh", "true"),
        CLIENT.replace("./shutdown.sh", "# ./shutdown.sh"),
        CLIENT.replace("ORDER*", "NEVER*"),
        CLIENT.replace("port=4107", "port=4108"),
    ):
        assert rewrite(CLIENT, now) is Rewrite.CHANGED, now
    assert rewrite(CLIENT, CLIENT.replace("\n  cat", "\n  echo talking\n  cat")) is Rewrite.SAME


@settings(deadline=None)
@given(st.text())
def test_nothing_an_agent_writes_stops_the_comparison(now: str) -> None:
    rewrite(BASH, now)
    rewrite(CLIENT, f"#!/bin/bash\n{now}")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["# {}", "echo '{}'", 'printf "%s" "{}" >/dev/null', ""]), max_size=6),
    st.text("abkil TERM1", max_size=20),
)
def test_lines_that_only_speak_never_matter(frames: list[str], words: str) -> None:
    spoken = "\n".join(frame.format(words) for frame in frames)
    assert rewrite(BASH, BASH.replace("kill -s", f"{spoken}\nkill -s")) is Rewrite.SAME
