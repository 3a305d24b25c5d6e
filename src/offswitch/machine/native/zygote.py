"""The process that forks machines: small, without threads, so that a machine is a fork away.

It forks the auditor, then starters: one builds a machine around itself, waits for a request and becomes what that asks
for; when its machine stands, the next is forked. All of them end when the host does.
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
_AT_ONCE = 2
"""Starters that build at the same time, when requests wait."""


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
    _keep_one_ready(given, parents)
    groups.clear(parents)


def _keep_one_ready(given: starter.Inheritance, parents: list[str]) -> None:
    """Forks starters until the host is gone.

    While a machine starts, the next starter gets ready only if it is wanted already: it would slow that start down.
    """
    news: dict[int, bytes] = {}
    """Pipe from a starter → what it said last: nothing while it builds."""
    number = 0
    host = given.host.fileno()
    while True:
        building, ready = (sum(word == each for word in news.values()) for each in (b"", starter.READY))
        may_fork = not ready and building < _AT_ONCE
        said = select.select([*news, host] if may_fork else [*news], [], [])[0] if news else [host]
        if host in said:
            news[_fork(given, parents, number, [*news])] = b""
            number += 1
        for pipe in said:
            if pipe != host and not _listen(pipe, news):
                return


def _listen(pipe: int, news: dict[int, bytes]) -> bool:
    """Takes in what a starter says; False when it ended without a machine, for the host is gone."""
    word = os.read(pipe, 16)[-1:]
    if word:
        news[pipe] = word
        return True
    os.close(pipe)
    return news.pop(pipe) == starter.TAKEN


def _fork(given: starter.Inheritance, parents: list[str], number: int, others: list[int]) -> int:
    """Forks one starter; returns the pipe by which it says how far it is, and that closes when its machine stands."""
    waiting, news = os.pipe()
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
        for pipe in (waiting, joined, *others):
            os.close(pipe)
        starter.serve(given, starter.Own(identity, folders, limits, grouped, news), hindrance)
    os.close(news)
    os.close(grouped)
    for _, file in limits:
        os.close(file)
    # While it builds: it would wait for the kernel's grace period itself.
    word = b"1" if groups.join(folders, pid) else b"0"
    with contextlib.suppress(BrokenPipeError):
        os.write(joined, word)
    os.close(joined)
    return waiting


def _audit(listeners: socket.socket) -> None:
    """In the auditor: it holds the only writing end of the lifeline, so all notice when it ends."""
    try:
        audit.serve(listeners)
    finally:
        os._exit(1)
