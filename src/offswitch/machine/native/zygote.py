"""The process that forks machines: small, without threads, so that a machine is a fork away.

The host starts it with descriptors for requests and for the lifeline. It forks the auditor, then one machine a request.
It ends when the host does.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

from . import audit, commands, init, seccomp, setup, syscalls, wire

_UIDS_FROM, _UIDS = 200_000, 500_000_000


def main(requests: int) -> None:
    """Serves start requests until the host is gone. `requests` is the descriptor they come from."""
    host = socket.socket(fileno=requests)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Machines are nobody's children once their starter has ended: they come back here and vanish without a wait.
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    filters = {notify: seccomp.program(notify) for notify in (False, True)}
    lifeline, alive = os.pipe()
    listeners, announce = wire.pair()
    gc.disable()
    gc.collect()
    gc.freeze()
    if os.fork() == 0:
        _audit(listeners, host, announce, lifeline)
    os.close(alive)
    listeners.close()
    wire.send(host, {"ready": True}, (lifeline,))
    started = 0
    while True:
        request, descriptors = wire.receive(host)
        if request is None:
            os._exit(0)
        started += 1
        # A uid of its own for each machine: not even by number does it meet the host's files or another machine.
        request["uid"] = _UIDS_FROM + (os.getpid() * 1024 + started) % _UIDS
        if os.fork() == 0:
            host.close()
            control = socket.socket(fileno=descriptors[0])
            try:
                _start(request, control, descriptors[1], announce, lifeline, filters[request["record"]])
            except Exception as error:
                _fail(control, error)
            os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)


def _audit(listeners: socket.socket, host: socket.socket, announce: socket.socket, lifeline: int) -> None:
    """In the auditor: it holds the only writing end of the lifeline, so all notice when it ends."""
    host.close()
    announce.close()
    os.close(lifeline)
    try:
        audit.serve(listeners)
    finally:
        os._exit(1)


def _start(
    spec: setup.Spec, control: socket.socket, log: int, announce: socket.socket, lifeline: int, program: bytes
) -> None:
    """Enters the namespaces and forks PID 1."""
    os.setsid()
    setup.enter_namespaces(spec)
    if os.fork():
        os._exit(0)
    try:
        syscalls.disguise("/sbin/init")
        signals = init.own_signals()
        uppers = setup.build(spec)
        commands.limit_resources(spec)
        listener = seccomp.install(program, spec["record"])
        if listener >= 0:
            wire.send(announce, {"started": spec["started"]}, (listener, log))
            os.close(listener)
        announce.close()
        os.close(log)
        process = os.pidfd_open(os.getpid())
        wire.send(control, {"ready": True}, (process, *uppers))
        for descriptor in (process, *uppers):
            os.close(descriptor)
        init.Init(control, lifeline, signals, spec).serve()
    except Exception as error:
        _fail(control, error)
    os._exit(1)


def _fail(control: socket.socket, error: Exception) -> None:
    code = error.errno if isinstance(error, OSError) else None
    what = error.filename if isinstance(error, OSError) and error.filename else type(error).__name__
    wire.send(control, {"failure": f"{what}: {getattr(error, 'strerror', None) or error}", "errno": code})


if __name__ == "__main__":
    main(int(sys.argv[1]))
