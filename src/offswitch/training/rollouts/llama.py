"""Messages from the embedded server: llama.cpp in this process, given and giving tokens, not text.

llama.cpp keeps each conversation's keys and values in a slot, or aside where there are more conversations than slots,
and finds them again by their first tokens, so that nothing is forgotten by hand.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.models.served import find_served
from offswitch.models.server import ServerSettings, require_llama, serve, stop
from offswitch.training.rollouts.engine import Request, Sample, Sampling, Stopped


class LlamaEngine:
    """An engine that asks the embedded server."""

    def __init__(
        self, name: str, tokenizer: Any, *, slots: int = 16, context: int = 2048, precise: bool = True
    ) -> None:
        """Starts the server.

        Args:
            name: What stands after `embedded/`: a model, an adapter kept in the package, or a model with an adapter.
            tokenizer: transformers' tokenizer of the same model (`load_policy(…).tokenizer`).
            slots: Conversations computed at once.
            context: Tokens that a conversation may have.
            precise: Whether it is computed in plain floats, as transformers would; else as the file's own numbers are.

        Raises:
            InputError: there is no such model or adapter.
            EnvironmentProblem: the weights or a package are missing, or it does not start.
        """
        require_llama()
        served = find_served(name, precise=precise)
        self.tokenizer = tokenizer
        self.context = context
        self._slots = slots
        self._settings = ServerSettings(
            served.model, slots=slots, context=context, adapter=served.adapter, exact=precise or served.exact
        )
        self._server = serve(self._settings)

    def close(self) -> None:
        """Stops the server and frees its memory."""
        stop(self._settings)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Nothing to do: the server drops the oldest by itself."""

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Sample]:
        """The next message of each conversation.

        Raises:
            InputError: a conversation is longer than the context.
            EnvironmentProblem: the server does not answer.
        """
        for request in requests:
            if len(request.tokens) >= self.context:
                raise InputError(
                    f"conversation {request.key} has {len(request.tokens)} tokens, and the context {self.context}"
                )
        with ThreadPoolExecutor(self._slots) as pool:
            return list(pool.map(lambda request: self._ask(request, sampling), requests))

    def _ask(self, request: Request, sampling: Sampling) -> Sample:
        body = {
            "prompt": list(request.tokens),
            "n_predict": min(sampling.max_tokens, self.context - len(request.tokens)),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            # Only what is asked for shapes the draw: these are on by default.
            "top_k": 0,
            "min_p": 0.0,
            "repeat_penalty": 1.0,
            "samplers": ["temperature", "top_p"],
            "seed": request.seed,
            "stop": list(sampling.stop),
            "cache_prompt": True,
            "return_tokens": True,
            "n_probs": 1,
        }
        answer = self._post(body)
        tokens = tuple(int(token) for token in answer["tokens"])
        if not tokens:
            # A message that is only its end.
            return Sample((self._eos(),), None, Stopped.EOS)
        stopped = _STOPPED.get(answer["stop_type"], Stopped.LENGTH)
        if stopped is Stopped.EOS and tokens[-1] != self._eos():
            tokens = (*tokens, self._eos())
        return Sample(tokens, _logprobs(answer, tokens, sampling), stopped)

    def _eos(self) -> int:
        return int(self.tokenizer.eos_token_id)

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            self._server.url.removesuffix("/v1") + "/completion",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._server.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
                answer: dict[str, Any] = json.loads(reply.read())
        except urllib.error.HTTPError as error:
            raise EnvironmentProblem(f"the embedded server refused a request: {error.read()[:300]!r}") from error
        except OSError as error:
            raise EnvironmentProblem(f"the embedded server does not answer: {error}") from error
        return answer


_STOPPED = {"eos": Stopped.EOS, "word": Stopped.STOP, "limit": Stopped.LENGTH}


def _logprobs(answer: dict[str, Any], tokens: tuple[int, ...], sampling: Sampling) -> tuple[float, ...] | None:
    """The tokens' log-probabilities, where the server tells them for every token and at this temperature.

    It tells them at temperature 1, and for none that is held back as half a character or as the message's end.
    """
    told = answer.get("completion_probabilities", [])
    if sampling.temperature not in (0.0, 1.0) or [each["id"] for each in told] != list(tokens):
        return None
    return tuple(float(each["logprob"]) for each in told)
