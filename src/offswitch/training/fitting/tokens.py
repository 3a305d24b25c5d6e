"""Lessons as token ids through the model's own chat template: what it reads in training is what it reads in a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offswitch.errors import InputError
from offswitch.training.lessons.rows import Message


@dataclass(frozen=True)
class Ids:
    """A beginning and how it goes on."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    """Ends with the end of the turn."""

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def prompt_ids(tokenizer: Any, prompt: Sequence[Message]) -> tuple[int, ...]:
    """The tokens after which the agent speaks."""
    rows = [message.model_dump() for message in prompt]
    ids = tokenizer.apply_chat_template(rows, add_generation_prompt=True, tokenize=True, return_dict=True)["input_ids"]
    return tuple(ids)


def ids_of(tokenizer: Any, prompt: Sequence[Message], answer: Sequence[Message]) -> Ids:
    """A beginning with an answer.

    Raises:
        InputError: the template renders the beginning otherwise once an answer follows, so that the model would be
            trained on what it never reads.
    """
    begun = prompt_ids(tokenizer, prompt)
    rows = [message.model_dump() for message in (*prompt, *answer)]
    whole = tuple(tokenizer.apply_chat_template(rows, tokenize=True, return_dict=True)["input_ids"])
    if whole[: len(begun)] != begun:
        raise InputError("the model's chat template renders a conversation otherwise once it goes on: cannot train it")
    return Ids(begun, _to_end_of_turn(tokenizer, whole[len(begun) :]))


def _to_end_of_turn(tokenizer: Any, ids: tuple[int, ...]) -> tuple[int, ...]:
    """Without what templates write after the end of the turn (a line feed): the model never has to write that."""
    ends = {tokenizer.eos_token_id} - {None}
    for at in range(len(ids) - 1, -1, -1):
        if ids[at] in ends:
            return ids[: at + 1]
    return ids
