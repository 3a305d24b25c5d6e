"""How fast the embedded model writes: one conversation alone, and as many together as are computed at once.

    python benchmarks/embedded.py

Prints tokens a second for both, and their ratio: what batching wins on this computer. Both are measured in the same
process, one after the other and several times over; the best of each counts, since other work only ever slows it.
"""

from __future__ import annotations

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from offswitch.models.server import RunningServer, ServerSettings, cores, serve
from offswitch.models.weights import fetch

TOKENS = 96
ROUNDS = 4


def write(server: RunningServer, topic: int) -> int:
    body = {
        "messages": [{"role": "user", "content": f"Write a long story about {topic} lighthouses."}],
        "max_tokens": TOKENS,
        "seed": topic,
        "cache_prompt": False,
    }
    request = urllib.request.Request(
        f"{server.url}/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return int(json.load(answer)["usage"]["completion_tokens"])


def speed(server: RunningServer, together: int) -> float:
    """Tokens a second of `together` conversations at once."""
    with ThreadPoolExecutor(together) as pool:
        began = time.perf_counter()
        written = sum(pool.map(lambda topic: write(server, topic), range(2, 2 + together)))
        return written / (time.perf_counter() - began)


def main() -> None:
    settings = ServerSettings(fetch(print))
    began = time.perf_counter()
    server = serve(settings)
    started = time.perf_counter() - began
    write(server, 1)
    rounds = [(speed(server, 1), speed(server, settings.slots)) for _ in range(ROUNDS)]
    alone, together = max(one for one, _ in rounds), max(many for _, many in rounds)
    print(f"model loaded and served in    {started:6.1f} s")
    print(f"one conversation alone        {alone:6.0f} tokens a second on {cores()} cores")
    print(f"{settings.slots} conversations together      {together:6.0f} tokens a second")
    print(f"together : alone              {together / alone:6.2f}")


if __name__ == "__main__":
    main()
