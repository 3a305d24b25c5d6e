"""The templates' environment: what every page of ours does with untrusted text."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from offswitch.report.signs import LOOKS
from offswitch.visible import visible


def environment(package: str) -> Environment:
    """Templates of a package: every value is made visible, then escaped; a name that nobody set is an error.

    Args:
        package: Whose folder `templates` they are in.
    """
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["looks"] = LOOKS
    return made


def _finalize(value: object) -> object:
    """Every value on its way into a page: what is not markup of ours is made visible first."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
