"""Data files that are loaded by a script tag, so that they open from the file system too, and are small.

    offswitch.receive("trials/columns.js","H4sIAAAAAAAC/…");

The text is base64 of gzip of JSON: letters and digits only, whatever an agent wrote.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any

from pydantic_core import to_json

from offswitch.report.site.output import Output
from offswitch.visible import visible


def write_packed(output: Output, path: str, value: Any) -> None:
    """Writes a value whose strings are visible already."""
    output.data(path, packed(value))


def packed(value: Any) -> str:
    """A value as text that `offswitchTrials.unpack` reads."""
    return base64.b64encode(gzip.compress(to_json(value), compresslevel=5, mtime=0)).decode()


def seen(value: Any) -> Any:
    """The value with every string in it made visible, names of fields included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(str(name)): seen(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [seen(each) for each in value]
    return value
