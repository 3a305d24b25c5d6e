"""The process that forks machines: small, without threads, so that a machine is a fork away.

It forks the auditor, then starters: one builds a machine around itself, waits for a request and becomes what that asks
for, when the next is forked. All of them end when the host does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket

from . import audit, groups, init, seccomp, setup, starter, syscalls, wire

_UIDS_FROM, _UIDS = 200_000, 500_000_000


def main(requests: int) -> None:
    """Serves start requests until the host is gone. `requests` is the descriptor they come from."""
    signals = init.own_signals()
    # Machines end unwaited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    host = socket.socket(fileno=requests)
    setting, _ = wire.receive(host)
    if setting is None:
        return
    parents, layout = setting["groups"], setting["layout"]
    rootfs = setup.approach(layout)
    filters = {notify: seccomp.program(notify) for notify in (False, True)}
    lifeline, alive = os.pipe()
    listeners, announce = wire.pair()
    gc.disable()
    gc.collect()
    gc.freeze()
    if os.fork() == 0:
        for inherited in (host, announce):
            inherited.close()
        os.close(lifeline)
        _audit(listeners)
    os.close(alive)
    listeners.close()
    wire.send(host, {"ready": True}, (lifeline,))
    given = starter.Inheritance(host, layout, rootfs, filters, lifeline, signals, syscalls.Title.find(), announce)
    number = 0
    while _next(given, parents, number):
        number += 1
    groups.clear(parents)


def _next(given: starter.Inheritance, parents: list[str], number: int) -> bool:
    """Forks one starter and waits until its machine stands; False when the host is gone.

    The next starter gets ready meanwhile only if it is wanted already: it would slow down this machine's start.
    """
    waiting, taken = os.pipe()
    grouped, joined = os.pipe()
    folders = groups.make(parents, f"{os.getpid()}-{number}")
    limits = groups.open_limits(folders)
    # A uid of its own for each machine: not even by number does it meet the host's files or another machine.
    identity = setup.Identity.of(_UIDS_FROM + (os.getpid() * 1024 + number) % _UIDS)
    hindrance: OSError | None = None
    try:
        pid = setup.clone(identity)
    except OSError as error:
        hindrance = error
        pid = os.fork()
    if pid == 0:
        os.close(waiting)
        os.close(joined)
        starter.serve(given, starter.Own(identity, folders, limits, grouped, taken), hindrance)
    os.close(taken)
    os.close(grouped)
    for _, file in limits:
        os.close(file)
    # While it builds: it would wait for the kernel's grace period itself.
    word = b"1" if groups.join(folders, pid) else b"0"
    with contextlib.suppress(BrokenPipeError):
        os.write(joined, word)
    os.close(joined)
    # The end of the pipe without a word: the starter saw that the host is gone.
    word = os.read(waiting, 1)
    if word:
        select.select([waiting, given.host.fileno()], [], [])
    os.close(waiting)
    return bool(word)


def _audit(listeners: socket.socket) -> None:
    """In the auditor: it holds the only writing end of the lifeline, so all notice when it ends."""
    try:
        audit.serve(listeners)
    finally:
        os._exit(1)
