"""`offswitch models`."""

from __future__ import annotations

import click

from offswitch.verbs.reply import Reply, verb


@click.group(short_help="List or fetch models that need no key.", epilog="Example: offswitch models get embedded")
def models() -> None:
    """List the models that come with Offswitch, or fetch one."""


@models.command("list", epilog="Example: offswitch models list")
@verb
def list_models() -> Reply:
    """List the models that need no key and no GPU, and whether they are here."""
    raise NotImplementedError


@models.command("get", epilog="Example: offswitch models get embedded")
@click.argument("name")
@verb
def get(name: str) -> Reply:
    """Fetch a model's weights into the cache, once, and check them."""
    raise NotImplementedError
