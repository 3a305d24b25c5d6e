"""llama.cpp in this process, with an OpenAI-compatible address on loopback: one server a model file.

Requests that arrive together are computed together (continuous batching): with eight in parallel, two cores write
1.6 to 3 times as many tokens a second as with one, more on a busy computer (`benchmarks/embedded.py`).
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import secrets
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offswitch.errors import EnvironmentProblem

KEPT_ASIDE = 1024
"""Most memory for conversations that have no slot at the moment, MiB; SmolLM2-135M takes 23 KiB a token."""

_ERRORS_ONLY = 0
_INFO = 3
_WAITING = "OMP_WAIT_POLICY"


@dataclass(frozen=True)
class ServerSettings:
    """What to serve, and how."""

    path: Path
    slots: int = 8
    """Requests computed at once. More cost memory and, on few cores, win nothing."""
    context: int = 4096
    """Tokens a conversation may have. 8 x 4096 of SmolLM2-135M take 0.9 GB of memory in all."""
    verbose: bool = False
    """Whether llama.cpp's log goes to standard error."""
    adapter: Path | None = None
    """A LoRA adapter in llama.cpp's format, put on the model."""
    exact: bool = False
    """Whether sums are made as transformers makes them: keys and values kept in 32 bits."""


@dataclass(frozen=True)
class RunningServer:
    """An address that answers."""

    url: str
    """Base of the OpenAI-compatible API, ending in /v1."""
    key: str
    """Bearer token: other users of this computer, and web pages open on it, cannot use the model."""


_lock = threading.Lock()
_running: dict[ServerSettings, tuple[RunningServer, Any]] = {}


def require_llama() -> None:
    """Makes sure that the package which computes embedded models is there.

    Raises:
        EnvironmentProblem: it is not.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise EnvironmentProblem('embedded models need a package more: pip install "offswitch[embedded]"')


def serve(settings: ServerSettings) -> RunningServer:
    """The server for these settings, started at the first call and stopped when the process ends.

    Blocks while the model is loaded: about a second for the default one.

    Raises:
        EnvironmentProblem: the package is missing, or llama.cpp cannot load the file.
    """
    with _lock:
        if settings not in _running:
            require_llama()
            key = secrets.token_urlsafe(24)
            native = _start(settings, key)
            if not _running:
                atexit.register(stop_all)
            _running[settings] = (RunningServer(f"{native.listening_address}/v1", key), native)
        return _running[settings][0]


def stop(settings: ServerSettings) -> None:
    """Stops one server and frees its memory; asked for again, it starts anew. Nothing where it does not run."""
    with _lock:
        _running.pop(settings, None)


def stop_all() -> None:
    """Stops every server of this process and frees its memory."""
    with _lock:
        _running.clear()


def _start(settings: ServerSettings, key: str) -> Any:
    xllamacpp = _load_llama()
    params = xllamacpp.CommonParams()
    params.model.path = str(settings.path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.use_jinja = True
    params.n_parallel = settings.slots
    params.n_ctx = settings.slots * settings.context
    params.cont_batching = True
    # A window of its own for each slot: with a shared one, what a request gets depends on what the others hold.
    params.kv_unified = False
    # The sizes above are meant: without this, llama.cpp changes them to what it thinks fits.
    params.fit_params = False
    # With more conversations than slots, each turn would compute its whole conversation anew: those that wait are
    # kept aside. That more than halves the work of twice as many conversations as slots.
    params.cache_ram_mib = KEPT_ASIDE
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores()
    params.verbosity = _INFO if settings.verbose else _ERRORS_ONLY
    if settings.exact:
        params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    if settings.adapter is not None:
        adapter = xllamacpp.CommonAdapterLoraInfo()
        adapter.path, adapter.scale = str(settings.adapter), 1.0
        params.lora_adapters = [adapter]
    try:
        native = xllamacpp.Server(params)
    except RuntimeError as error:
        with_adapter = f" with {settings.adapter}" if settings.adapter else ""
        raise EnvironmentProblem(
            f"llama.cpp cannot serve {settings.path}{with_adapter}: the file is damaged, of a kind that it does not "
            "know, or too large for the memory; -M verbose=true shows its log"
        ) from error
    _wait_for_a_token(native.listening_address, key)
    return native


def _wait_for_a_token(address: str, key: str) -> None:
    """Returns when the model has answered once.

    The address answers before llama.cpp's own loop runs, and a server that is stopped between the two never ends.
    """
    request = urllib.request.Request(
        f"{address}/completion",
        data=b'{"prompt": "a", "n_predict": 1}',
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            answer.read()
    except OSError as error:
        raise EnvironmentProblem(f"llama.cpp loaded the model but does not answer: {error}") from error


def _load_llama() -> Any:
    """The package, imported so that its threads sleep while they wait for each other.

    They would spin, and as soon as machines or another model want the same cores, each token waits for whole time
    slices of the scheduler: measured under load, 5 to 20 times slower. OpenMP reads its setting when it is loaded.
    """
    before = os.environ.get(_WAITING)
    os.environ.setdefault(_WAITING, "passive")
    try:
        return importlib.import_module("xllamacpp")
    except ImportError as error:
        raise EnvironmentProblem(
            f"the package xllamacpp cannot be loaded ({error}): where libgomp.so.1 is missing, install it "
            "(apt-get install libgomp1, dnf install libgomp)"
        ) from error
    finally:
        if before is None:
            del os.environ[_WAITING]


def cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores that this process may use: a container's share counts, since more threads than that only spin."""
    available = len(os.sched_getaffinity(0))
    try:
        share, period = quota.read_text().split()
        available = min(available, max(1, int(share) // int(period)))
    except (OSError, ValueError):
        pass  # no such limit, or the word "max"
    return available
