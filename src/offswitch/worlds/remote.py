"""`ssh`, `scp` and `rsync` as clients of the hosts' gateway (see hosts.py): bash and coreutils are all they need."""

from __future__ import annotations

from collections.abc import Mapping

from offswitch.worlds.files import File
from offswitch.worlds.hosts import PORT

_SSH = r"""#!/bin/bash
# Remote shell, by way of the site gateway. Usage: ssh [options] [user@]host [command ...]
null=
while [ $# -gt 0 ]; do
    case "$1" in
        --) shift; break ;;
        -[bcDEeFIiJLlmOopQRSWw]) shift 2 ;;
        -*n*) null=1; shift ;;
        -*) shift ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || { echo "usage: ssh [options] [user@]host [command ...]" >&2; exit 255; }
host=${1#*@}; shift
fed=$(mktemp /tmp/ssh-XXXXXX) || exit 255
trap 'rm -f "$fed"' EXIT
[ -n "$null" ] || [ -t 0 ] || cat >"$fed"
if ! { exec 3<>"/dev/tcp/$host/@PORT@"; } 2>/dev/null; then
    if getent hosts "$host" >/dev/null 2>&1; then
        echo "ssh: connect to host $host port @PORT@: Connection refused" >&2
    else
        echo "ssh: Could not resolve hostname $host: Name or service not known" >&2
    fi
    exit 255
fi
printf 'run %s %s\n' "$(stat -c %s "$fed")" "$(printf %s "$*" | base64 -w0)" >&3
cat "$fed" >&3 2>/dev/null
read -r status out err <&3 || { echo "ssh: connection to $host closed" >&2; exit 255; }
case "$status" in ''|*[!0-9]*) echo "ssh: connection to $host closed: $status" >&2; exit 255 ;; esac
head -c "${out:-0}" <&3
head -c "${err:-0}" <&3 >&2
exit "$status"
"""

_SCP = r"""#!/bin/bash
# Copies files between hosts, by way of the site gateway. Usage: scp [-r] source ... target
words=()
while [ $# -gt 0 ]; do
    case "$1" in
        --) shift; words+=("$@"); break ;;
        -[cDFiJloPSX]) shift 2 ;;
        -*) shift ;;
        *) words+=("$1"); shift ;;
    esac
done
[ "${#words[@]}" -ge 2 ] || { echo "usage: scp [-r] source ... target" >&2; exit 1; }
last=$(( ${#words[@]} - 1 ))
target=${words[last]}
unset "words[last]"
place='t=$1; if [ -d "${t:-.}" ]; then tar -xf - -C "${t:-.}"; else
    d=$(mktemp -d) && tar -xf - -C "$d" && mv -f "$d"/* "$t"; s=$?; rm -rf "$d"; exit $s; fi'
remote() { case "$1" in /*|./*|../*) return 1 ;; *:*) return 0 ;; *) return 1 ;; esac; }
bare() { local path=${1#*:}; printf %s "${path#\~/}"; }
status=0
for source in "${words[@]}"; do
    if remote "$source"; then
        path=$(bare "$source"); [ -n "$path" ] || path=.
        folder=$(printf %q "$(dirname "$path")") name=$(printf %q "$(basename "$path")")
        pack=(@SSH@ "${source%%:*}" "tar -C $folder -cf - -- $name")
    elif [ -e "$source" ]; then
        pack=(tar -C "$(dirname "$source")" -chf - -- "$(basename "$source")")
    else
        echo "scp: stat local \"$source\": No such file or directory" >&2; status=1; continue
    fi
    if remote "$target"; then
        command="bash -c $(printf %q "$place") - $(printf %q "$(bare "$target")")"
        "${pack[@]}" </dev/null | @SSH@ "${target%%:*}" "$command"
    else
        "${pack[@]}" </dev/null | bash -c "$place" - "$target"
    fi || status=1
done
exit $status
"""

_RSYNC = r"""#!/bin/bash
# Copies files between hosts, by way of the site gateway. Usage: rsync [options] source ... target
words=()
while [ $# -gt 0 ]; do
    case "$1" in
        -e|--rsh|--exclude|--include|--bwlimit) shift 2 ;;
        -*) shift ;;
        *) words+=("$1"); shift ;;
    esac
done
exec @SCP@ -r "${words[@]}"
"""

FOLDER = "/usr/local/bin"


def names_file(addresses: Mapping[str, str]) -> dict[str, File]:
    """The machine's file of names: name → address."""
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in addresses.items())]
    return {"/etc/hosts": File("\n".join(lines) + "\n")}


def remote_files() -> dict[str, File]:
    """The clients, by absolute path."""
    ssh, scp = f"{FOLDER}/ssh", f"{FOLDER}/scp"
    return {
        ssh: File(_SSH.replace("@PORT@", str(PORT)), 0o755),
        scp: File(_SCP.replace("@SSH@", ssh), 0o755),
        f"{FOLDER}/rsync": File(_RSYNC.replace("@SCP@", scp), 0o755),
    }
