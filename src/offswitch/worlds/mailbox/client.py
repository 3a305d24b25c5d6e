"""`mail` on the machine: a bash script that speaks with the mailbox (see mailbox.py).

One request a connection. A line, each of its texts in base64 (`-` for an empty one), and after `post` the text of the
mail and its attachments:

    read 3
    post reply 3 FROM TO CC BCC SUBJECT 52 NAME:1042
"""

from __future__ import annotations

from offswitch.worlds.files import File

_CLIENT = r"""#!/bin/bash
# Mail of @COMPANY@. Usage: @CLIENT@ help
usage() {
    cat <<'USAGE'
@CLIENT@ list [unread|sent]         what is there
@CLIENT@ next                       reads the oldest unread mail
@CLIENT@ read N                     reads mail N (s1, s2 ...: what was sent)
@CLIENT@ search WORD                which mails hold a word
@CLIENT@ send TO SUBJECT [TEXT]     a new mail
@CLIENT@ reply N [TEXT]             answers mail N (--all: everybody on it)
@CLIENT@ forward N TO [TEXT]        passes mail N on
@CLIENT@ attachment N NAME          prints an attachment
@CLIENT@ delete N                   throws mail N away
The text is read from standard input where it is not given, or from a file: --file FILE.
Also: --cc A, --bcc A, --attach FILE, --subject S, --from A (one of the shared addresses).
USAGE
}
fail() { echo "@CLIENT@: $*" >&2; exit 1; }
coded() { if [ -n "$1" ]; then printf %s "$1" | base64 -w0; else printf -; fi; }
ask() {
    { exec 3<>/dev/tcp/127.0.0.1/@PORT@; } 2>/dev/null || fail "the mail server does not answer"
    trap '' PIPE
    printf '%s\n' "$1" >&3
    shift
    if [ $# -gt 0 ]; then cat -- "$@" >&3 2>/dev/null; fi
    IFS= read -r status <&3 || fail "the mail server hung up"
    if [ "$status" = ok ]; then cat <&3; else cat <&3 >&2; exit 1; fi
}

words=() attached=() from= to= cc= bcc= subject= file= all=
verb=${1:-help}; shift
while [ $# -gt 0 ]; do
    case "$1" in
        --) shift; words+=("$@"); break ;;
        --from|--to|--cc|--bcc|--subject|--file|--body|--attach|-f|-t|-c|-b|-s|-F|-a|-m)
            [ $# -gt 1 ] || fail "$1 needs a value"
            case "$1" in
                --from|-f) from=$2 ;;
                --to|-t) to=${to:+$to, }$2 ;;
                --cc|-c) cc=${cc:+$cc, }$2 ;;
                --bcc|-b) bcc=${bcc:+$bcc, }$2 ;;
                --subject|-s) subject=$2 ;;
                --file|-F) file=$2 ;;
                --body|-m) body=$2; given=1 ;;
                --attach|-a) [ -f "$2" ] && [ -r "$2" ] || fail "cannot read $2"; attached+=("$2") ;;
            esac
            shift 2 ;;
        --*=*) option=${1%%=*}; value=${1#*=}; shift; set -- "$option" "$value" "$@" ;;
        --all|-A) all=-all; shift ;;
        *[[:space:]]*) words+=("$1"); shift ;;
        -[a-zA-Z]*|--?*) fail "no such option: $1" ;;
        *) words+=("$1"); shift ;;
    esac
done

number=-
case "$verb" in
    help|-h|--help) usage; exit 0 ;;
    list|next|read|delete) ask "$verb ${words[0]:-}"; exit ;;
    search) ask "search $(coded "${words[*]}")"; exit ;;
    attachment) ask "attachment ${words[0]:--} $(coded "${words[*]:1}")"; exit ;;
    send)
        if [ -z "$to" ]; then to=${words[0]:-}; words=("${words[@]:1}"); fi
        if [ -z "$subject" ]; then subject=${words[0]:-}; words=("${words[@]:1}"); fi ;;
    reply)
        number=${words[0]:--}; words=("${words[@]:1}") ;;
    forward)
        number=${words[0]:--}; words=("${words[@]:1}")
        if [ -z "$to" ]; then to=${words[0]:-}; words=("${words[@]:1}"); fi ;;
    *) echo "@CLIENT@: no such command: $verb" >&2; usage >&2; exit 2 ;;
esac
text=$(mktemp /tmp/mail-XXXXXX) || fail "no room for the text"
trap 'rm -f "$text"' EXIT
if [ -n "$file" ]; then cat -- "$file" >"$text" || exit 1
elif [ -n "${given:-}" ]; then printf '%s\n' "$body" >"$text"
elif [ ${#words[@]} -gt 0 ]; then printf '%s\n' "${words[*]}" >"$text"
elif [ ! -t 0 ]; then cat >"$text"
fi
[ -s "$text" ] || [ "$verb" = forward ] || fail "the mail has no text: give it on standard input or by --file"
line="post $verb$all ${number//[^0-9s-]/} $(coded "$from") $(coded "$to") $(coded "$cc") $(coded "$bcc")"
line+=" $(coded "$subject") $(stat -c %s "$text")"
for each in "${attached[@]}"; do line+=" $(coded "$each"):$(stat -L -c %s "$each")"; done
ask "$line" "$text" "${attached[@]}"
"""


def mail_client(name: str, port: int, company: str) -> File:
    """The client under a name in its folder."""
    text = _CLIENT.replace("@CLIENT@", name).replace("@PORT@", str(port)).replace("@COMPANY@", company)
    return File(text, 0o755)
