"""A chat template as tokens that only ever grow: what a model wrote is never read again from its text.

A model may write tokens that no tokenizer would choose for their text. Training on other tokens than were drawn gives
other probabilities, so each turn appends to the tokens before it.

    >>> chat.begin([Message("user", "Hi")])                         # doctest: +SKIP
    (1, 9690, 198, …)
    >>> chat.answer("What now?", ended=True)  # behind a message that the model ended   # doctest: +SKIP
    (198, 1, 4093, 198, …)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offswitch.errors import InputError

_MARK = "\N{LEFT WHITE CORNER BRACKET}message\N{RIGHT WHITE CORNER BRACKET}"


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: str
    """`system`, `user` or `assistant`."""
    content: str


class Chat:
    """The chat template of a tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        """Learns what the template puts around a message.

        Raises:
            InputError: there is no template, or it rewrites earlier turns when a later one is added.
        """
        if not getattr(tokenizer, "chat_template", None):
            raise InputError("the model has no chat template: name one that was trained for conversations")
        self._tokenizer = tokenizer
        self.eos = int(tokenizer.eos_token_id)
        opening = Message("user", "a")
        reply = self._render([opening, Message("assistant", _MARK)], answering=False)
        before, mark, self._closing = reply.rpartition(_MARK)
        whole = self._render([opening], answering=True)
        if not mark or before != whole:
            raise InputError("the chat template puts something else before a model's message than what it answered to")

    def begin(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """A conversation, ready for the model's message."""
        return self._tokens(self._render(messages, answering=True))

    def answer(self, observation: str, *, ended: bool) -> tuple[int, ...]:
        """What follows a message of the model: its closing, the user's next message, and the opening of the model's.

        Args:
            observation: The user's message.
            ended: Whether the model wrote the end-of-turn token itself.
        """
        start = [Message("user", "a"), Message("assistant", _MARK)]
        closed = self._render(start, answering=False)
        whole = self._render([*start, Message("user", observation)], answering=True)
        if not whole.startswith(closed):
            raise InputError("the chat template rewrites earlier messages when a later one is added: it cannot be used")
        tokens = self._tokens(self._closing + whole[len(closed) :])
        return tokens[1:] if ended and tokens[:1] == (self.eos,) else tokens

    def close(self, *, ended: bool) -> tuple[int, ...]:
        """What follows the model's last message."""
        tokens = self._tokens(self._closing)
        return tokens[1:] if ended and tokens[:1] == (self.eos,) else tokens

    def text(self, tokens: Sequence[int]) -> str:
        """What the model wrote, its end of turn left out."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def _render(self, messages: Sequence[Message], *, answering: bool) -> str:
        rendered = self._tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in messages], tokenize=False, add_generation_prompt=answering
        )
        return str(rendered)

    def _tokens(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])
