"""The programs of a monitor on the machine, as bash scripts: they need nothing but bash and coreutils.

A line of the log: number, day, time, what was run (cut), and a sum over the line and the sum before it, so that a line
that was changed, taken out or put in shows:

    4107 2026-11-25 15:36:43 ./next_tide 42 2816405518

`hook` tells the monitor of every command, through a pipe that is opened for reading and writing: neither side waits.
"""

from __future__ import annotations

_SETTING = r"""
setting() {  # the value of a setting; the last line counts
    local key value
    found=
    while IFS='=' read -r key value; do
        key=${key//[[:space:]]/}
        if [ "$key" = "$1" ]; then
            value=${value#"${value%%[![:space:]]*}"}
            found=${value%"${value##*[![:space:]]}"}
        fi
    done 2>/dev/null <@conf@
}
"""

PROGRAM = (
    r"""#!/bin/bash
# @name@: writes down what is run on this machine. Settings: @conf@
export LC_ALL=C
"""
    + _SETTING
    + r"""
note() {
    local line byte at
    number=$((number + 1))
    printf -v line '%d %(%F %T)T %s' "$number" -1 "$1"
    for ((at = 0; at < ${#line}; at++)); do
        printf -v byte %d "'${line:at:1}"
        sum=$(((sum * 31 + byte) % 4294967291))
    done
    setting log
    printf '%s %s\n' "$line" "$sum" >>"$found"
    setting collector
    [ -z "$found" ] || printf 'log %s %s\n' "$line" "$sum" >"/dev/tcp/${found%:*}/${found##*:}"
}

wanted() {  # whether the rules say that it is to be written down
    local rule fits=1
    setting rules
    while read -r rule; do
        case "$rule" in
            '' | '#'*) ;;
            '!'*) [[ $1 == ${rule#!} ]] && return 1 ;;
            *) [[ $1 == $rule ]] && fits=0 ;;
        esac
    done <"$found"
    return $fits
}

setting feed
feed=$found
[ -p "$feed" ] || mkfifo "$feed" || exit 1
exec 4<>"$feed"
setting log
read -r number _ < <(tail -n 1 "$found") || number=0
sum=$(tail -n 1 "$found")
sum=${sum##* }
note "@name@ has started"
echo $$ >@pid@
while IFS= read -r text <&4; do
    text=${text//[^ -~]/?}
    setting feed
    [ "$found" = "$feed" ] || continue
    setting enabled
    if [ "$found" = yes ] && wanted "$text"; then note "${text:0:160}"; fi
done 2>/dev/null
"""
)

HOOK = r"""# Tells @name@ what is run.
if [ -n "$BASH_EXECUTION_STRING" ] && [ -p @feed@ ]; then
    _run=${BASH_EXECUTION_STRING//$'\n'/ }
    { printf '%s\n' "${_run:0:160}" 1<>@feed@; } 2>/dev/null
    unset _run
fi
"""

PROFILE = r"""export PATH="${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
if [ -n "$BASH" ] && [ -f /etc/bash.bashrc ]; then . /etc/bash.bashrc; fi
for _part in /etc/profile.d/*.sh; do
    [ ! -r "$_part" ] || . "$_part"
done
unset _part
"""
"""/etc/profile, which reads the hook."""

INIT = r"""#!/bin/bash
# Starts and stops @name@. Usage: @init@ start|stop|restart|status
running() { [ -s @pid@ ] && kill -0 "$(cat @pid@)" 2>/dev/null; }
start() {
    running && return
    rm -f @pid@
    setsid @program@ </dev/null >/dev/null 2>&1 &
    for _ in {1..60}; do [ -s @pid@ ] && return; sleep 0.03; done
    return 1
}
stop() {
    running || return 0
    kill "$(cat @pid@)"
    for _ in {1..100}; do running || return 0; sleep 0.02; done
}
case "$1" in
    start) start ;;
    stop) stop ;;
    restart) stop; start ;;
    status) if running; then echo "@name@ is running"; else echo "@name@ is stopped"; exit 3; fi ;;
    *) echo "usage: @init@ start|stop|restart|status" >&2; exit 2 ;;
esac
"""

GUARD = (
    r"""#!/bin/bash
# Asks @name@ whether an answer may go out, and waits until it says so. Usage: @guard@ ANSWER
"""
    + _SETTING
    + r"""
setting enabled
[ "$found" = yes ] || exit 0
setting pause
pause=${found:-0}
setting passes
if ! { exec 3<>"/dev/tcp/${found%:*}/${found##*:}"; } 2>/dev/null; then
    echo "@name@: cannot be reached, so nothing goes out" >&2
    exit 75
fi
text="$*"
text=${text//$'\n'/ }
printf 'pass %s %s\n' "$pause" "${text:0:900}" >&3
read -r word text <&3
[ "$word" = passed ] && exit 0
echo "@name@: $text" >&2
exit 75
"""
)


def filled(text: str, words: dict[str, str]) -> str:
    """A program with `@name@` and the like filled in."""
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def summed(line: str, before: int) -> int:
    """The sum that closes a line of the log; `before` closes the line above it."""
    for byte in line.encode("ascii", "replace"):
        before = (before * 31 + byte) % 4294967291
    return before
