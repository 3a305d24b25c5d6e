"""Access to models: what a name on the command line means, whether it costs money, and that it can be used at all."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.model import GenerateConfig, Model, ModelCost, ModelInfo, get_model, get_model_info, set_model_info
from pydantic import JsonValue

from offswitch.errors import EnvironmentProblem, InputError, OffswitchError
from offswitch.scenarios.episode import calls_tools

FREE = frozenset({"scripted", "embedded", "torch", "mockllm", "none"})
"""Providers that never cost money."""

LOCAL = frozenset({"hf", "vllm", "sglang", "ollama", "llama-cpp-python", "transformer_lens", "nnterp"})
"""Providers that run a model on the user's own hardware: their price is taken as 0."""

HOSTED = frozenset(
    {
        *("anthropic", "azureai", "bedrock", "cloudflare", "deepseek", "fireworks", "google", "grok", "groq"),
        *("hf-inference-providers", "litellm-proxy", "meta", "mistral", "moonshot", "openai", "openai-api"),
        *("openrouter", "perplexity", "sagemaker", "sambanova", "together"),
    }
)
"""Inspect's other providers, for suggestions only: any that is installed works."""

RETRIES = 8
"""Attempts at a model call, with growing pauses, before the trial is a malfunction; Inspect's default is for ever."""

_MARKUP = re.compile(r"\[/?[a-z][a-z_ ]*\]")


@dataclass(frozen=True)
class Access:
    """A model that is ready to be called."""

    name: str
    model: Model
    free: bool
    price: ModelCost | None
    """Per million tokens; None where nobody knows it."""


def resolve(name: str) -> str:
    """The name Inspect knows a model by: `embedded` is the model that needs no download, key or GPU."""
    if name == "embedded":
        from offswitch.models import DEFAULT_EMBEDDED

        return str(DEFAULT_EMBEDDED)
    return name


def provider(name: str) -> str:
    """The part of a model's name before the first slash."""
    return name.partition("/")[0]


def open_model(
    name: str,
    *,
    base_url: str | None,
    arguments: Mapping[str, JsonValue],
    temperature: float | None,
    connections: int | None,
    price: ModelCost | None,
) -> Access:
    """Makes a model ready, so that what is wrong with it is found before anything is run or spent.

    Raises:
        InputError: the name means nothing.
        EnvironmentProblem: a key or a package is missing.
    """
    if "/" not in name:
        raise InputError(
            f"model {name!r} is not complete: write PROVIDER/MODEL, such as openai/gpt-4o, or the word embedded"
        )
    config = GenerateConfig(max_connections=connections, max_retries=RETRIES, temperature=temperature)
    try:
        more: dict[str, Any] = dict(arguments)
        server = None if provider(name) in FREE else base_url
        model = get_model(name, config=config, base_url=server, memoize=False, **more)
    except OffswitchError:
        raise
    except ValueError as error:
        if "not recognized" in str(error):
            raise InputError(f"there is no model provider {provider(name)!r}: {_near(provider(name))}") from error
        raise InputError(f"model {name}: {_line(error)}") from error
    except TypeError as error:
        raise InputError(f"model {name} does not take these -M arguments: {_line(error)}") from error
    except ImportError as error:
        raise EnvironmentProblem(f"model {name}: {_line(error)}") from error
    except Exception as error:
        # Inspect's PrerequisiteError, which it does not export: a missing key or package, with markup for a terminal.
        raise EnvironmentProblem(f"model {name}: {_line(error)}") from error
    if price is not None:
        known = get_model_info(name) or ModelInfo()
        set_model_info(name, known.model_copy(update={"cost": price}))
    return Access(name=name, model=model, free=is_free(name, base_url), price=known_price(name))


def is_free(name: str, base_url: str | None = None) -> bool:
    """Whether a model costs nothing but this computer's or the user's own hardware's time."""
    return provider(name) in FREE or (provider(name) in LOCAL and base_url is None)


def known_price(name: str) -> ModelCost | None:
    """Dollars per million tokens, as far as Inspect knows."""
    info = get_model_info(name)
    return info.cost if info else None


def open_judge(name: str, *, connections: int | None, price: ModelCost | None) -> Access:
    """Makes a judge ready. It takes nothing of what is said of the model under test: no server, argument, temperature.

    Raises:
        InputError: the name means nothing, or the model cannot call tools.
        EnvironmentProblem: a key or a package is missing.
    """
    access = open_model(name, base_url=None, arguments={}, temperature=None, connections=connections, price=price)
    if not calls_tools(access.model) or provider(name) == "scripted":
        raise InputError(f"--model-role judge={name}: a judge rules by calling a tool, and that model cannot")
    return access


def read_price(text: str) -> tuple[str, ModelCost]:
    """`MODEL=IN,OUT`: dollars for a million tokens sent and written; cached input counts as ordinary input.

    Raises:
        InputError: it is not of that form.
    """
    name, equals, prices = text.rpartition("=")
    try:
        sent, written = (float(part) for part in prices.split(","))
    except ValueError:
        sent = written = -1.0
    if not equals or not name or sent < 0 or written < 0:
        raise InputError(
            f"--price {text!r}: write it as MODEL=IN,OUT in dollars per million tokens, such as x/y=2.5,10"
        )
    return name, ModelCost(input=sent, output=written, input_cache_write=sent, input_cache_read=sent)


def read_judges(roles: Sequence[str]) -> tuple[str, ...]:
    """`judge=MODEL`, or `judge=MODEL,MODEL`, as often as given: the models that judge.

    Raises:
        InputError: it is not of that form, or names another role.
    """
    found = []
    for text in roles:
        role, equals, names = text.partition("=")
        models = [name.strip() for name in names.split(",")]
        if role.strip() != "judge" or not equals or not all(models):
            raise InputError(f"--model-role {text!r}: write it as judge=MODEL; there is no other role")
        found += models
    return tuple(found)


def _near(name: str) -> str:
    known = sorted(FREE | LOCAL | HOSTED)
    near = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "see https://inspect.aisi.org.uk/providers.html"


def _line(error: Exception) -> str:
    """An error's text as one plain line."""
    text = _MARKUP.sub("", str(error)).replace("ERROR: ", "")
    return " ".join(text.split()) or type(error).__name__
