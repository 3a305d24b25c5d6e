"""A process that builds a machine around itself before it is wanted, waits for a request, and becomes it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import NoReturn

from . import commands, groups, init, seccomp, setup, syscalls, wire

READY, TAKEN = b"r", b"t"
"""What a starter says: it waits for a request; it has one."""


@dataclass(frozen=True)
class Inheritance:
    """What every starter has from the process that forks it."""

    host: socket.socket
    """Where requests come from."""
    layout: setup.Layout
    rootfs: str
    """Still to be bound: see `setup.approach`."""
    filters: dict[bool, bytes]
    """Programs of the system call filter, with and without notification."""
    lifeline: int
    signals: int
    """See `init.own_signals`."""
    title: syscalls.Title
    announce: socket.socket
    """To the auditor."""


@dataclass(frozen=True)
class Own:
    """What is this starter's alone."""

    identity: setup.Identity
    folders: list[str]
    """Its control groups."""
    limits: list[tuple[str, int]]
    grouped: int
    """Tells whether it has been moved into them: 1 or 0."""
    news: int
    """Where to say READY and TAKEN; closed when the machine stands."""


def serve(given: Inheritance, own: Own, hindrance: Exception | None) -> NoReturn:
    """Runs the starter, from its first moment; with a hindrance all it can do is tell whoever asks."""
    try:
        _run(given, own, hindrance)
    finally:
        os._exit(1)


def _run(given: Inheritance, own: Own, hindrance: Exception | None) -> None:
    built, folders = setup.Built([], -1, -1), own.folders
    try:
        if hindrance is not None:
            raise hindrance
        setup.arrive(own.identity)
        syscalls.disguise(given.title, "/sbin/init")
        init.take_signals()
        built = setup.build(given.layout, given.rootfs)
        if os.read(own.grouped, 1) != b"1":
            folders = []
        # Only now, or the group would show as a path in the namespace.
        syscalls.unshare(syscalls.CLONE_NEWCGROUP)
    except Exception as error:
        hindrance = error
    os.close(own.grouped)
    os.write(own.news, READY)
    spec, descriptors = wire.receive(given.host)
    if spec is None:
        return  # and the zygote clears the groups away
    os.write(own.news, TAKEN)
    given.host.close()
    control, log = socket.socket(fileno=descriptors[0]), descriptors[1]
    spec["groups"] = folders
    try:
        if hindrance is not None:
            raise hindrance
        groups.limit(own.limits, spec)
        setup.fit(spec, built)
        commands.limit_resources(spec)
        listener = seccomp.install(given.filters[spec["record"]], spec["record"])
        if listener >= 0:
            wire.send(given.announce, {"started": spec["started"]}, (listener, log))
            os.close(listener)
        process = os.pidfd_open(os.getpid())
        wire.send(control, {"ready": True, "groups": folders}, (process, *built.uppers))
        given.announce.close()
        for descriptor in (log, process, own.news, *built.uppers, *(file for _, file in own.limits)):
            os.close(descriptor)
        init.Init(control, given.lifeline, given.signals, built.null, spec).serve()
    except Exception as error:
        _fail(control, error, folders)


def _fail(control: socket.socket, error: Exception, folders: list[str]) -> None:
    code = error.errno if isinstance(error, OSError) else None
    what = error.filename if isinstance(error, OSError) and error.filename else type(error).__name__
    reason = f"{what}: {getattr(error, 'strerror', None) or error}"
    wire.send(control, {"failure": reason, "errno": code, "groups": folders})
