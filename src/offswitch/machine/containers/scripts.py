"""What runs inside a container on the harness's behalf: PID 1, and small shell scripts for commands and files.

They need /bin/sh and a handful of POSIX programs, and say nothing of who wrote them.
"""

INIT = (
    "/bin/sh",
    "-c",
    'command -v python3 >/dev/null 2>&1 && exec python3 -I -S -c "$1" "$2"; eval "$2"',
    "init",
)
"""PID 1's command, to which `INIT_PYTHON` and `INIT_SHELL` are appended: the second is for where the first cannot run.

It says `on` when it is up and at every line it reads, and `off {…}` at TERM, when it ends with status 143. A shell
cannot tell who sent a signal; Python can. Both look at signals first, so that an answer proves that no TERM came
before the question. At the end of its input it ends with status 1: nobody is left to ask.
"""

INIT_SHELL = r"""
trap '' 1 2 3 4 5 6 7 8 10 11 12 13 14
trap 'echo off; exit 143' 15
echo on
while read -r line; do echo on; done
exit 1
"""

INIT_PYTHON = r"""
import os, sys
try:
    import ctypes, json, select, signal, struct
except ImportError:
    os.execv("/bin/sh", ["/bin/sh", "-c", sys.argv[1]])
libc = ctypes.CDLL(None)
for number in (signal.SIGINT, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
watched = (signal.SIGTERM, signal.SIGCHLD)
signal.pthread_sigmask(signal.SIG_BLOCK, watched)
mask = bytearray(128)
for number in watched:
    mask[(number - 1) // 8] |= 1 << (number - 1) % 8
signals = libc.signalfd(-1, bytes(mask), os.O_CLOEXEC | os.O_NONBLOCK)
libc.prctl(4, 0, 0, 0, 0)
with open("/proc/self/stat", "rb") as stat:
    fields = stat.read().rpartition(b")")[2].split()
start, end = int(fields[45]), int(fields[46])
if start:
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, b"/sbin/init", 10)
libc.prctl(15, b"init", 0, 0, 0)
print("on", flush=True)
while True:
    ready = select.select([signals, 0], [], [])[0]
    try:
        received = os.read(signals, 2048)
    except BlockingIOError:
        received = b""
    for offset in range(0, len(received), 128):
        number, _, code, sender = struct.unpack_from("IiiI", received, offset)
        if number == signal.SIGTERM:
            if not sender and code >= 0:
                os._exit(1)
            try:
                with open(f"/proc/{sender}/cmdline", "rb") as file:
                    argv = file.read(4096).decode(errors="backslashreplace").split("\0")[:-1]
            except OSError:
                argv = []
            print("off", json.dumps({"pid": sender, "argv": argv}), flush=True)
            os._exit(143)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    if 0 in ready:
        asked = os.read(0, 4096)
        if not asked:
            os._exit(1)
        for line in range(asked.count(b"\n")):
            print("on", flush=True)
"""

RUN = 'echo "$$" >&2; cd -- "$1" || exit 126; shift; exec "$@"'
"""Runs a command (`$2` …) in a folder (`$1`), after its process number as the first line of standard error."""

RUN_APART = 'echo "$$" >&2; exec >&3 2>&4 3>&- 4>&-; cd -- "$1" || exit 126; shift; exec "$@"'
"""The same for a client that lends descriptors 3 and 4 for the command's output."""

END = r"""
stopped=
fresh=$1
while [ -n "$fresh" ]; do
  for pid in $fresh; do
    kill -s STOP "$pid"
    stopped="$stopped $pid"
  done
  fresh=
  for file in /proc/[0-9]*/stat; do
    read -r line <"$file" || continue
    pid=${file#/proc/}
    pid=${pid%/stat}
    rest=${line##*) }
    rest=${rest#* }
    case " $stopped $$ " in *" $pid "*) continue ;; esac
    case " $stopped " in
      *" ${rest%% *} "*) fresh="$fresh $pid" ;;
      *) grep -qs "INVOCATION_ID=$2" "/proc/$pid/environ" && fresh="$fresh $pid" ;;
    esac
  done
done 2>/dev/null
for pid in $stopped; do kill -s KILL "$pid"; done 2>/dev/null
exit 0
"""
"""Kills a process (`$1`) with all its descendants: children by parentage, orphans by the mark (`$2`) they inherited.

They are stopped first, until no new one appears: a process that forks faster than it is killed cannot escape.
"""

IS_FOLDER, IS_ABSENT, IS_CLOSED, HAS_FAILED = 61, 62, 63, 64
"""Exit statuses of the scripts below; the last one has its reason on standard error."""

READ = r"""
[ -d "$1" ] && exit 61
[ -e "$1" ] || exit 62
[ -f "$1" ] && [ -r "$1" ] || exit 63
case $(readlink -f -- "$1") in /proc/*) exit 63 ;; esac
exec head -c "$2" <"$1"
"""
"""Prints at most `$2` bytes of the file `$1`."""

WRITE = r"""
[ -d "$1" ] && exit 61
[ -e "$1" ] && [ ! -f "$1" ] && exit 63
mkdir -p -- "${1%/*}/" || exit 64
[ "$2" ] && [ -e "$1" ] && [ ! -w "$1" ] && { rm -f -- "$1" || exit 64; }
cat >"$1" || exit 64
[ "$2" ] || exit 0
chmod -- "$2" "$1" || exit 64
"""
"""Makes standard input the content of the file `$1`, and `$2` its mode, unless that is empty."""
