"""`--model embedded`: a small model computed in this process, behind Inspect's OpenAI-compatible provider.

    embedded/smollm2-135m        the default; its weights are fetched once (`offswitch models get embedded`)
    embedded//path/to/any.gguf   any model file that llama.cpp knows

Reproducible as far as arithmetic allows: the same requests in the same company give the same text for a seed. With
other requests computed beside them, or a prompt begun from another cached one, sums are made in another order, and at
a near tie another token may be chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput

# Not exported by Inspect's front door, yet the documented way to build a provider for a server of this kind.
from inspect_ai.model._model_call import ModelCall
from inspect_ai.model._providers.openai_compatible import OpenAICompatibleAPI
from inspect_ai.tool import ToolChoice, ToolInfo
from openai import APIStatusError

from offswitch.errors import InputError
from offswitch.models.server import ServerSettings, require_llama, serve
from offswitch.models.weights import embedded_path, find

MAX_TOKENS = 256
"""Of one message: a command and a sentence. Small models ramble on for as long as they are let."""


class EmbeddedAPI(OpenAICompatibleAPI):
    """Inspect's provider for models computed in this process."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        slots: int = ServerSettings.slots,
        context: int = ServerSettings.context,
        tools: bool = False,
        verbose: bool = False,
    ) -> None:
        """What stands after `embedded/`, and the arguments given with -M.

        Args:
            model_name: Name of known weights, or the path of a GGUF file.
            base_url: Not used: the address is that of the server started here.
            api_key: Not used.
            config: Inspect's settings for generation.
            slots: Requests computed at once.
            context: Tokens a conversation may have.
            tools: Whether the model is given tools. Small models write commands better as plain text.
            verbose: Whether llama.cpp's log goes to standard error.

        Raises:
            InputError: there is no such model or file.
            EnvironmentProblem: the weights were not fetched, or the package `xllamacpp` is missing.
        """
        require_llama()
        if model_name.startswith(("/", "~", ".")):
            path, self._sampling = _model_file(model_name), {}
        else:
            path, self._sampling = embedded_path(model_name), dict(find(model_name).sampling)
        self.settings = ServerSettings(path=path, slots=slots, context=context, verbose=verbose)
        self.calls_tools = tools
        # The server is started by the first request; until then there is no address.
        super().__init__(model_name, "http://127.0.0.1/", "not-yet", config or GenerateConfig(), service="embedded")

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        """Asks the server, having started it."""
        server = serve(self.settings)
        self.client.base_url, self.client.api_key = server.url, server.key
        return await super().generate(input, tools, tool_choice, config)

    def handle_bad_request(self, ex: APIStatusError) -> ModelOutput | Exception:
        """A conversation that has outgrown the context ends as such; anything else is an error."""
        if ex.type == "exceed_context_size_error":
            return ModelOutput.from_content(self.model_name, ex.message, stop_reason="model_length")
        return super().handle_bad_request(ex)

    def completion_params(self, config: GenerateConfig, tools: bool) -> dict[str, Any]:
        """Inspect's parameters; what they leave open is as the model's publisher recommends."""
        return self._sampling | super().completion_params(config, tools)

    def max_tokens(self) -> int:
        """The limit of a message's length where none was given."""
        return MAX_TOKENS

    def max_connections(self) -> int:
        """As many requests as are computed at once."""
        return self.settings.slots

    def collapse_user_messages(self) -> bool:
        """Many chat templates refuse two user messages in a row."""
        return True


def _model_file(name: str) -> Path:
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise InputError(f"model file {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise InputError(f"model file {path} is not a GGUF file: convert it with llama.cpp's tools, or use hf/…")
    return path.absolute()
