"""The process that forks machines: small, without threads, so that a machine is a fork away.

It forks the auditor, then starters: one waits for a request and becomes that machine, when the next is forked. All of
them end when the host does.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket

from . import audit, commands, groups, init, seccomp, setup, syscalls, wire

_UIDS_FROM, _UIDS = 200_000, 500_000_000


class _Zygote:
    """What a starter inherits."""

    def __init__(self, host: socket.socket) -> None:
        self.host = host
        self.filters = {notify: seccomp.program(notify) for notify in (False, True)}
        self.lifeline, self.alive = os.pipe()
        self.listeners, self.announce = wire.pair()
        self.parents: list[str] = []
        self.base = self.rootfs = ""
        self.started = 0


def main(requests: int) -> None:
    """Serves start requests until the host is gone. `requests` is the descriptor they come from."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Machines are nobody's children once their starter has ended: they come back here and vanish without a wait.
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    zygote = _Zygote(socket.socket(fileno=requests))
    setting, _ = wire.receive(zygote.host)
    if setting is None:
        return
    zygote.parents, zygote.base, zygote.rootfs = setting["groups"], setting["base"], setting["rootfs"]
    gc.disable()
    gc.collect()
    gc.freeze()
    if os.fork() == 0:
        _audit(zygote)
    os.close(zygote.alive)
    zygote.listeners.close()
    wire.send(zygote.host, {"ready": True}, (zygote.lifeline,))
    while _next(zygote):
        zygote.started += 1
    groups.clear(zygote.parents)


def _next(zygote: _Zygote) -> bool:
    """Forks one starter and waits until its machine stands; False when the host is gone.

    The next starter gets ready meanwhile only if it is wanted already: it would slow down this machine's start.
    """
    waiting, taken = os.pipe()
    if os.fork() == 0:
        os.close(waiting)
        _starter(zygote, taken)
        os._exit(1)
    os.close(taken)
    # The end of the pipe without a word: the starter saw that the host is gone.
    word = os.read(waiting, 1)
    if word:
        select.select([waiting, zygote.host.fileno()], [], [])
    os.close(waiting)
    return bool(word)


def _starter(zygote: _Zygote, taken: int) -> None:
    """Gets ready, waits for a request, and becomes that machine."""
    folders = groups.join(zygote.parents, f"{os.getppid()}-{zygote.started}")
    limits = groups.open_limits(folders)
    # A uid of its own for each machine: not even by number does it meet the host's files or another machine.
    user = _UIDS_FROM + (os.getppid() * 1024 + zygote.started) % _UIDS
    hindrance: Exception | None = None
    try:
        os.setsid()
        setup.enter_namespaces(zygote.base, zygote.rootfs, user)
    except Exception as error:
        hindrance = error
    request, descriptors = wire.receive(zygote.host)
    if request is None:
        return  # and the zygote clears the groups away
    os.write(taken, b"1")
    zygote.host.close()
    control = socket.socket(fileno=descriptors[0])
    request["groups"] = folders
    try:
        if hindrance is not None:
            raise hindrance
        groups.limit(limits, request)
        _start(request, control, descriptors[1], taken, zygote)
    except Exception as error:
        _fail(control, error, folders)


def _audit(zygote: _Zygote) -> None:
    """In the auditor: it holds the only writing end of the lifeline, so all notice when it ends."""
    zygote.host.close()
    zygote.announce.close()
    os.close(zygote.lifeline)
    try:
        audit.serve(zygote.listeners)
    finally:
        os._exit(1)


def _start(spec: setup.Spec, control: socket.socket, log: int, taken: int, zygote: _Zygote) -> None:
    """Forks PID 1, the first process in the namespaces."""
    if os.fork():
        os._exit(0)
    try:
        syscalls.disguise("/sbin/init")
        signals = init.own_signals()
        uppers = setup.build(spec)
        commands.limit_resources(spec)
        listener = seccomp.install(zygote.filters[spec["record"]], spec["record"])
        if listener >= 0:
            wire.send(zygote.announce, {"started": spec["started"]}, (listener, log))
            os.close(listener)
        zygote.announce.close()
        os.close(log)
        process = os.pidfd_open(os.getpid())
        wire.send(control, {"ready": True, "groups": spec["groups"]}, (process, *uppers))
        for descriptor in (process, *uppers, taken):
            os.close(descriptor)
        init.Init(control, zygote.lifeline, signals, spec).serve()
    except Exception as error:
        _fail(control, error, spec["groups"])
    os._exit(1)


def _fail(control: socket.socket, error: Exception, folders: list[str]) -> None:
    code = error.errno if isinstance(error, OSError) else None
    what = error.filename if isinstance(error, OSError) and error.filename else type(error).__name__
    reason = f"{what}: {getattr(error, 'strerror', None) or error}"
    wire.send(control, {"failure": reason, "errno": code, "groups": folders})
