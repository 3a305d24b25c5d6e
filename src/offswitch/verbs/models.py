"""`offswitch models`."""

from __future__ import annotations

import click

from offswitch.verbs.reply import Reply, say, verb


@click.group(short_help="List or fetch models that need no key.", epilog="Example: offswitch models get embedded")
def models() -> None:
    """List the models that come with Offswitch, or fetch one."""


@models.command("list", epilog="Example: offswitch models list")
@verb
def list_models() -> Reply:
    """List the models that need no key and no GPU, and whether they are here."""
    from offswitch.models.adapters import kept_adapters, split_name
    from offswitch.models.weights import KNOWN, PREFIX, is_fetched

    every = [
        {
            "name": f"{PREFIX}/{weights.name}",
            "title": weights.title,
            "licence": weights.licence,
            "bytes": weights.size,
            "fetched": is_fetched(weights.name),
        }
        for weights in KNOWN.values()
    ]
    lines = [
        f"{model['name']}  {model['title']}, {int(str(model['bytes'])) / 1e6:.0f} MB, {model['licence']}  "
        f"{'here' if model['fetched'] else 'not here yet'}"
        for model in every
    ]
    kept = [f"{PREFIX}/{name}" for name in kept_adapters()]
    lines += [f"{name}  an adapter kept in this package, on {split_name(name)[0]}" for name in kept]
    lines += [
        "scripted/AGENT  agents with a fixed script; see: offswitch scenarios NAME",
        "embedded//path/to/a.gguf  any local model file",
        "embedded/MODEL:/path/to/adapter  an adapter that training wrote, on a model",
        "Anything Inspect knows, such as openai/gpt-4o: https://inspect.aisi.org.uk/providers.html",
    ]
    return Reply({"models": every, "adapters": kept}, "\n".join(lines))


@models.command("get", epilog="Example: offswitch models get embedded")
@click.argument("name")
@verb
def get(name: str) -> Reply:
    """Fetch a model's weights into the cache, once, and check them."""
    from offswitch.models.adapters import split_name
    from offswitch.models.weights import PREFIX, fetch

    # An adapter of the package needs the weights of its model.
    root = split_name(name)[0] if name.startswith(f"{PREFIX}/") else name
    path = fetch(say, root)
    return Reply({"name": name, "path": str(path)}, f"{name} is in {path}")
