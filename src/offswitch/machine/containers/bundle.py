"""The configuration of an OCI container that is a machine: no network, no capabilities, nothing of the host to see.

Fields as in the OCI runtime specification 1.0.2 (config.md, config-linux.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from offswitch.machine.containers.machine import ENVIRONMENT
from offswitch.machine.containers.scripts import INIT, INIT_PYTHON, INIT_SHELL
from offswitch.machine.native.seccomp import ABSENT, FORBIDDEN
from offswitch.machine.native.syscalls import CLONE_NEW_ANY
from offswitch.machine.records import MachineSpec

_CAPABILITY_SETS = ("bounding", "effective", "inheritable", "permitted", "ambient")
_MASKED = (
    "acpi", "asound", "config.gz", "driver", "fs", "interrupts", "iomem", "ioports", "kallsyms", "kcore", "key-users",
    "keys", "kmsg", "kpagecount", "kpageflags", "latency_stats", "sched_debug", "scsi", "sysrq-trigger", "timer_list",
    "timer_stats", "vmallocinfo", "cmdline",
)  # fmt: skip
_READ_ONLY = ("bus", "irq", "sys", "sysvipc", "mtrr")
_NO_SUCH_CALL = 38
_MOUNTS = (
    ("/proc", "proc", ["nosuid", "noexec", "nodev"]),
    ("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    ("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
    ("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
)


def configuration(spec: MachineSpec, name: str, root: Path) -> dict[str, Any]:
    """Content of `config.json`.

    Args:
        spec: The machine.
        name: The container's name, unique on this computer.
        root: Where its file system is mounted.
    """
    limits = spec.limits
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(root), "readonly": False},
        "hostname": spec.hostname,
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": [*INIT, INIT_PYTHON, INIT_SHELL],
            "env": [f"{name}={value}" for name, value in {**ENVIRONMENT, **spec.env}.items()],
            "cwd": "/",
            "capabilities": {each: [] for each in _CAPABILITY_SETS},
            "noNewPrivileges": True,
            "rlimits": [
                _rlimit("RLIMIT_CORE", 0),
                _rlimit("RLIMIT_FSIZE", limits.disk),
                _rlimit("RLIMIT_NOFILE", 4096),
            ],
        },
        "mounts": [
            {"destination": where, "type": kind, "source": kind, "options": options} for where, kind, options in _MOUNTS
        ],
        "linux": {
            "cgroupsPath": f"/{name}",
            "resources": {
                "memory": {"limit": limits.memory},
                "pids": {"limit": limits.processes},
                "devices": [{"allow": False, "access": "rwm"}],
            },
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": [f"/proc/{each}" for each in _MASKED],
            "readonlyPaths": [f"/proc/{each}" for each in _READ_ONLY],
            "seccomp": _seccomp(),
        },
    }


def _rlimit(kind: str, value: int) -> dict[str, Any]:
    return {"type": kind, "soft": value, "hard": value}


def _seccomp() -> dict[str, Any]:
    """The native back end's filter as far as it can be said here."""
    flags = [1 << bit for bit in range(32) if CLONE_NEW_ANY & 1 << bit]
    nested = [
        {
            "names": ["clone"],
            "action": "SCMP_ACT_ERRNO",
            "args": [{"index": 0, "value": flag, "valueTwo": flag, "op": "SCMP_CMP_MASKED_EQ"}],
        }
        for flag in flags
    ]
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
            {"names": list(FORBIDDEN), "action": "SCMP_ACT_ERRNO"},
            {"names": list(ABSENT), "action": "SCMP_ACT_ERRNO", "errnoRet": _NO_SUCH_CALL},
            *nested,
        ],
    }
