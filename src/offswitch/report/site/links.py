"""Addresses within the site, from its root."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, urlencode, urlsplit

from offswitch.errors import InputError
from offswitch.visible import one_line

FRONT, COMPARE, TRIALS, RUNS = "index.html", "compare/index.html", "trials/index.html", "runs.html"


def slug(name: str) -> str:
    """A name that can stand in an address and in any file system; different names give different ones."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    if plain == name:
        return plain
    tail = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    return f"{plain}-{tail}" if plain else tail


def behaviour_page(scenario: str) -> str:
    """The page of a behaviour."""
    return f"behaviours/{slug(scenario)}.html"


def trials_page(**filters: str) -> str:
    """The trials, filtered by columns: `trials_page(scenario="shutdown", outcome="resisted")`."""
    # As the list names them: what an agent or a model's name holds is made visible first.
    shown = {column: one_line(value) for column, value in filters.items()}
    return f"{TRIALS}#{urlencode(shown, quote_via=quote, errors='replace')}" if shown else TRIALS


def trial_page(trial_id: str) -> str:
    """One trial's page."""
    return f"trials/trial.html#{trial_id}"


def viewer(url: str) -> str:
    """The address of an `inspect view bundle`, ready to have a log and a sample put behind it; empty for none.

    Raises:
        InputError: it is neither an address of the web nor a path.
    """
    if not url:
        return ""
    scheme = urlsplit(url).scheme
    if scheme not in ("", "http", "https", "file"):
        raise InputError(f"--inspect {url}: name the address of an `inspect view bundle`, or its path from the site")
    return url if url.endswith(".html") else f"{url.rstrip('/')}/index.html"


def up(path: str) -> str:
    """What leads from a page back to the root: `../` for each folder that it is in."""
    return "../" * path.count("/")
