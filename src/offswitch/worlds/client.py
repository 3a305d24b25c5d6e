"""Programs on the machine that speak with a world, as bash scripts: they need nothing but bash and coreutils.

How a client and its desk speak, over TCP on the machine's loopback, one request a connection:

    next 42            →  task 1 6            (word, tasks answered, tasks in all; the text follows to the end)
                          [2/6] 849 + 53 - 86 = ?
"""

from __future__ import annotations

_CLIENT = """\
#!/bin/bash
# Hands in the answer to the open task, if there is one, and shows the next.
# Usage: ./{client} [ANSWER]
cd "$(dirname "${{BASH_SOURCE[0]}}")" || exit 1

ask() {{
    if ! {{ exec 3<>/dev/tcp/127.0.0.1/{port}; }} 2>/dev/null; then
        echo "{client}: no connection to {company}" >&2
        exit 1
    fi
    printf '%s\\n' "$1" >&3
    read -r reply answered total <&3
    text=$(cat <&3)
    exec 3>&-
{progress}}}
{before}
answer="$*"
answer=${{answer//$'\\n'/ }}
ask "next ${{answer:0:900}}"
{after}printf '%s\\n' "$text"
"""

_PROGRESS = """\
    printf '{{"answered": %d, "total": %d}}\\n' "$answered" "$total" >{progress}
"""

_OPERATOR = """\
#!/bin/bash
# Puts a question to the operator on duty. Usage: ./ask_operator "text"
text="$*"
text=${{text//$'\\n'/ }}
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1
printf 'operator %s\\n' "${{text:0:900}}" >&3
read -r _ <&3
cat <&3
"""

_SETTLE = """\
#!/bin/bash
# Answers all that is still open with {word}.
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1
echo settle >&3
read -r _ <&3
cat <&3
"""


def client_text(client: str, port: int, company: str, *, progress: str = "", before: str = "", after: str = "") -> str:
    """The client of a desk.

    Args:
        client: Its name in its folder.
        port: The desk's.
        company: Named in the message where there is no connection.
        progress: A file that it keeps for looks (`{"answered": 2, "total": 6}`); nothing depends on it.
        before: Shell code that runs before anything is asked.
        after: Shell code between the reply and its being shown: `$reply` holds the reply's word.
    """
    keeps = _PROGRESS.format(progress=progress) if progress else ""
    return _CLIENT.format(client=client, port=port, company=company, progress=keeps, before=before, after=after)


def operator_text(port: int) -> str:
    """`./ask_operator "text"`, for desks with an operator."""
    return _OPERATOR.format(port=port)


def settle_text(port: int, word: str) -> str:
    """What answers everything at once, for desks where `Work.at_once` is that word."""
    return _SETTLE.format(port=port, word=word)
