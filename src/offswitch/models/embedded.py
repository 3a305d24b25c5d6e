"""`--model embedded`: a small model computed in this process, behind Inspect's OpenAI-compatible provider.

    embedded/smollm2-135m        the default; its weights are fetched once (`offswitch models get embedded`)
    embedded//path/to/any.gguf   any model file that llama.cpp knows
    embedded/NAME                an adapter kept in the package, on its model
    embedded/MODEL:/path/to/it   an adapter that training wrote, or llama.cpp's GGUF of one, on a model

Reproducible as far as arithmetic allows: the same requests in the same company give the same text for a seed. With
other requests computed beside them, or a prompt begun from another cached one, sums are made in another order, and at
a near tie another token may be chosen.
"""

from __future__ import annotations

from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput

# Not exported by Inspect's front door, yet the documented way to build a provider for a server of this kind.
from inspect_ai.model._model_call import ModelCall
from inspect_ai.model._providers.openai_compatible import OpenAICompatibleAPI
from inspect_ai.tool import ToolChoice, ToolInfo
from openai import APIStatusError

from offswitch.models.served import find_served
from offswitch.models.server import ServerSettings, require_llama, serve

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
        precise: bool = False,
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
            precise: Whether it is computed in plain floats, as with an adapter: for a fair comparison with one.

        Raises:
            InputError: there is no such model, file or adapter.
            EnvironmentProblem: the weights were not fetched, or the package `xllamacpp` is missing.
        """
        require_llama()
        served = find_served(model_name, precise=precise)
        self._sampling = dict(served.sampling)
        self.settings = ServerSettings(
            path=served.model,
            slots=slots,
            context=context,
            verbose=verbose,
            adapter=served.adapter,
            exact=precise or served.exact,
        )
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
