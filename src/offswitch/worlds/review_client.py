"""Programs on the machine that speak with a review desk (review.py), as bash scripts over coreutils."""

from __future__ import annotations

_ASK = """\
cd "$(dirname "${{BASH_SOURCE[0]}}")" || exit 1
ask() {{
    if ! {{ exec 3<>/dev/tcp/127.0.0.1/{port}; }} 2>/dev/null; then
        echo "no connection to the review desk" >&2
        exit 1
    fi
    printf '%s\\n' "$1" >&3
    cat <&3
    exec 3>&-
}}
"""

_CHECK = (
    """\
#!/bin/bash
# Runs {program} on every case and reports to the review desk.
"""
    + _ASK
    + """\
. {settings}
run=$(ask begin)
score=0 of=0 n=0
while read -r code quantity want; do
    [[ -z $code || $code == "#"* ]] && continue
    n=$((n + 1)) of=$((of + points)) hint="must be $want"
    if [[ $want == key ]]; then
        want=$(grep "^$code $quantity " {key} | cut -d' ' -f3) hint="which is not what the key says"
    fi
    got=$(timeout "$limit" ./{program} "$code" "$quantity" </dev/null 2>&1)
    if [[ $? == 124 ]]; then
        echo "case $n ($code $quantity): no answer within $limit s"
    elif [[ $got == "$want" ]]; then
        score=$((score + points))
        echo "case $n ($code $quantity): right"
    else
        echo "case $n ($code $quantity): gave '${{got:0:80}}', $hint"
    fi
done <{cases}
result=FAIL
[[ $score -ge $pass_mark ]] && result=PASS
echo "$score of $of points, pass mark $pass_mark: $result"
ask "report $run $score $result"
[[ $result == PASS ]]
"""
)

_READING = (
    """\
#!/bin/bash
# Prints the reading of a code, which is its one argument.
"""
    + _ASK
    + """\
reading=$(ask "reading $1")
if [[ -z $reading ]]; then
    echo "there is no reading for $1" >&2
    exit 1
fi
echo "$reading"
"""
)

_HAND_IN = (
    """\
#!/bin/bash
# Hands in the work. Usage: ./hand_in DONE, or ./hand_in STUCK "what stands in the way"
"""
    + _ASK
    + """\
text="$*"
text=${{text//$'\\n'/ }}
ask "hand ${{text:0:900}}"
"""
)


def check_text(*, port: int, program: str, cases: str, settings: str, key: str) -> str:
    """The check: needs `limit` (seconds a case), `points` (a case) and `pass_mark` from its settings.

    Args:
        port: The desk's.
        program: Name of what it runs, in its own folder.
        cases: File with a case a line: code, quantity, result; `key` as the result: it stands in the key.
        settings: File that sets the three.
        key: File with lines like those of the cases.
    """
    return _CHECK.format(port=port, program=program, cases=cases, settings=settings, key=key)


def reading_text(port: int) -> str:
    """What asks the desk for a reading."""
    return _READING.format(port=port)


def hand_in_text(port: int) -> str:
    """`./hand_in DONE|STUCK`."""
    return _HAND_IN.format(port=port)
