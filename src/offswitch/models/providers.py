"""The providers that Inspect finds: `embedded/…` and `scripted/…`. Their classes are imported when first used."""

from __future__ import annotations

from inspect_ai.model import ModelAPI, modelapi


@modelapi(name="embedded")
def embedded() -> type[ModelAPI]:
    """A GGUF model served in this process: `embedded/smollm2-135m`, or `embedded//path/to/any.gguf`."""
    from offswitch.models.embedded import EmbeddedAPI

    return EmbeddedAPI


@modelapi(name="scripted")
def scripted() -> type[ModelAPI]:
    """A scripted agent of a scenario: `scripted/NAME` or `scripted/SCENARIO.NAME`."""
    from offswitch.models.scripted import ScriptedAPI

    return ScriptedAPI
