from __future__ import annotations

import socket

from offswitch.machine.native import wire


def test_last_words_are_heard_though_the_other_end_left_something_unread() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        wire.send(ours, {"op": "exec"})
        wire.send(theirs, {"off": 1})
        theirs.close()
        assert wire.receive(ours) == ({"off": 1}, [])
        assert wire.receive(ours) == (None, [])
