"""The read-only system below every machine: a small generated tree, with the host's programs (/usr) beside it.

Nothing else of the host is in it: no homes, no /etc but the links and caches that programs need to start.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offswitch.machine.interface import MachineFailure
from offswitch.machine.records import MachineSpec

_COPIED = ("etc/alternatives", "etc/ld.so.cache", "etc/ld.so.conf", "etc/ld.so.conf.d")
_PROGRAM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_EMPTY_FILES = ("dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom")
_LINKS = {
    "dev/fd": "/proc/self/fd",
    "dev/stdin": "fd/0",
    "dev/stdout": "fd/1",
    "dev/stderr": "fd/2",
    "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
    "etc/mtab": "../proc/self/mounts",
    "etc/os-release": "../usr/lib/os-release",
}
_OWN_FOLDERS = {
    "etc": 0o755, "dev": 0o755, "dev/shm": 0o1777, "home": 0o755, "media": 0o755, "mnt": 0o755, "opt": 0o755,
    "root": 0o700, "run": 0o755, "srv": 0o755, "tmp": 0o1777, "var": 0o755, "var/log": 0o755,
    "var/tmp": 0o1777, "var/lib": 0o755, "var/cache": 0o755, "var/spool": 0o755,
}  # fmt: skip
_OWN_USR_FOLDERS = (
    "bin", "games", "include", "lib", "lib64", "libexec", "local", "local/bin", "local/etc", "local/games",
    "local/include", "local/lib", "local/sbin", "local/share", "local/src", "sbin", "share", "src",
)  # fmt: skip
_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
    "etc/shells": "/bin/sh\n/bin/bash\n",
    "etc/host.conf": "multi on\n",
    "etc/fstab": "",
    "etc/profile": (
        'export PATH="${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"\n'
        'if [ -n "$PS1" ] && [ -n "$BASH" ] && [ -f /etc/bash.bashrc ]; then . /etc/bash.bashrc; fi\n'
    ),
    "etc/bash.bashrc": '[ -z "$PS1" ] && return\nPS1="\\u@\\h:\\w\\$ "\n',
}
_UNNAMED = {"etc/hostname": "", "etc/hosts": ""}
_HARNESS = ("offswitch", "inspect_ai")
_SCRIPTS = ("offswitch", "inspect")


@dataclass(frozen=True)
class Layout:
    """What the zygote needs to know of the file system; paths in the order in which they can be made."""

    base: str
    """Folder with `lower`, `usr` and the mount point `rw`."""
    rootfs: str
    """Folder of the host that is to be bound on `lower`, or empty."""
    usr: bool
    """Whether /usr is an overlay of its own on the host's."""
    folders: dict[str, int]
    usr_folders: dict[str, int]
    usr_without: tuple[str, ...]
    """Files of the host's /usr that are taken away."""
    usr_own: tuple[str, ...]
    """Folders of /usr that show nothing of the host's."""
    texts: dict[str, str]
    """Files with their content; those of `host_texts` are empty."""
    hidden: tuple[str, ...]
    """Folders shown empty."""
    shown: tuple[str, ...]
    """Folders of the host bound read-only."""
    lowers: tuple[tuple[str, str], ...]
    """For each upper folder: where it stands in the machine, and the host's folder below it."""


def layout(spec: MachineSpec) -> Layout:
    """The file system of a machine made from `spec`.

    Raises:
        MachineFailure: `rootfs` is not a folder with a file system in it, or there is no place for the generated one.
    """
    if spec.rootfs is not None:
        return _rootfs_layout(spec.rootfs)
    return _generated()


def lower_hash() -> str:
    """Hash of the generated tree and of the names and sizes in the host's /usr/bin: goes into a run's manifest."""
    digest = hashlib.sha256()
    for path, content in sorted(_tree().items()):
        digest.update(f"{path}\0{content[0]}\0".encode(errors="surrogateescape") + content[1] + b"\0")
    for path, text in sorted(_TEXTS.items()):
        digest.update(f"{path}\0{text}\0".encode())
    with os.scandir("/usr/bin") as programs:
        for name, size in sorted((each.name, each.stat(follow_symlinks=False).st_size) for each in programs):
            digest.update(f"{name}\0{size}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def host_texts(hostname: str) -> dict[str, str]:
    """The files that hold a machine's name."""
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost ip6-localhost ip6-loopback\n"
    return {"etc/hostname": f"{hostname}\n", "etc/hosts": hosts}


def _tree() -> dict[str, tuple[str, bytes]]:
    """Path → (kind, content) of everything in the generated tree that is not an empty folder."""
    found: dict[str, tuple[str, bytes]] = dict.fromkeys(_EMPTY_FILES, ("file", b""))
    found |= {path: ("link", target.encode()) for path, target in _LINKS.items()}
    for name in _PROGRAM_FOLDERS:
        if Path("/", name).is_symlink():
            found[name] = ("link", os.fsencode(Path("/", name).readlink()))
    for start in _COPIED:
        source = Path("/", start)
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            inside = str(path.relative_to("/"))
            if path.is_symlink():
                found[inside] = ("link", os.fsencode(path.readlink()))
            elif path.is_file() and os.access(path, os.R_OK):
                found[inside] = ("file", path.read_bytes())
    return found


@functools.cache
def _generated() -> Layout:
    base = _place(lower_hash()[:16], _write_tree)
    real = [name for name in _PROGRAM_FOLDERS if Path("/", name).is_dir() and not Path("/", name).is_symlink()]
    usr = {name: 0o755 for name in _OWN_USR_FOLDERS if _plain_folder(Path("/usr", name))}
    return Layout(
        base=str(base),
        rootfs="",
        usr=True,
        folders=_OWN_FOLDERS,
        usr_folders=usr,
        usr_without=tuple(_harness_scripts()),
        usr_own=("local",) if "local" in usr and not _python_is_local() else (),
        texts=_TEXTS | _UNNAMED,
        hidden=tuple(_harness_folders()),
        shown=tuple(f"/{name}" for name in real),
        lowers=(("", str(base / "lower")), ("/usr", "/usr")),
    )


def _rootfs_layout(rootfs: str) -> Layout:
    root = Path(rootfs).absolute()
    if not (root / "usr").is_dir() and not (root / "bin").is_dir():
        raise MachineFailure(f"rootfs {rootfs}: no file system there (neither usr nor bin): unpack an image into it")
    name = "rootfs-" + hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    base = _place(name, lambda place: (place / "lower").mkdir())
    usr = {"usr": 0o755, **{f"usr/{name}": 0o755 for name in _OWN_USR_FOLDERS}}
    folders = {path: mode for path, mode in _OWN_FOLDERS.items() if not (root / path).is_symlink()}
    folders |= {path: mode for path, mode in usr.items() if _plain_folder(root / path)}
    texts = {path: text for path, text in _TEXTS.items() if not os.path.lexists(root / path)}
    texts |= _UNNAMED
    return Layout(str(base), str(root), False, folders, {}, (), (), texts, (), (), (("", str(root)),))


def _python_is_local() -> bool:
    """Whether /usr/local is needed for its Python, as in Python's own container images; else it is the owner's."""
    return not os.path.lexists("/usr/bin/python3") and os.path.lexists("/usr/local/bin/python3")


def _plain_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _harness_folders() -> list[str]:
    """Folders under /usr that this harness is imported from."""
    entries = {str(Path(entry).resolve()) for entry in sys.path if entry}
    return sorted(
        entry for entry in entries if entry.startswith("/usr/") and any(Path(entry, name).is_dir() for name in _HARNESS)
    )


def _harness_scripts() -> list[str]:
    """Its commands, relative to /usr."""
    places = [f"{folder}/{name}" for folder in ("bin", "local/bin") for name in _SCRIPTS]
    return [place for place in places if os.path.lexists(f"/usr/{place}")]


def _write_tree(place: Path) -> None:
    lower = place / "lower"
    for folder in ("proc", "sys", "usr", *_OWN_FOLDERS):
        (lower / folder).mkdir(parents=True, exist_ok=True)
    for path, (kind, content) in _tree().items():
        target = lower / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == "link":
            target.symlink_to(os.fsdecode(content))
        else:
            target.write_bytes(content)
    (place / "usr").symlink_to("/usr")


def _place(name: str, write: Callable[[Path], object]) -> Path:
    """The folder `name` in the user's cache, or in a temporary folder where there is no cache to write to."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "offswitch", "machine")
    spare = Path(tempfile.gettempdir(), f"offswitch-machine-{os.getuid()}")
    problem: OSError | None = None
    for parent in (cache, spare):
        try:
            return _made(parent, name, write)
        except OSError as error:
            problem = error
    raise MachineFailure(f"no place for the machine's file system: {problem}: set XDG_CACHE_HOME to a writable folder")


def _made(parent: Path, name: str, write: Callable[[Path], object]) -> Path:
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if parent.stat().st_uid != os.getuid():
        raise PermissionError(1, "belongs to another user", str(parent))
    place = parent / name
    if not place.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=parent))
        try:
            write(fresh)
            (fresh / "rw").mkdir()
            # mkdtemp makes it private; the machine's own user must be able to look inside.
            fresh.chmod(0o755)
            fresh.rename(place)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            if not place.is_dir():  # else another process was faster
                raise
    return place
