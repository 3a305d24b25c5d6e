"""Conversations as tokens: which of them the model wrote, and which it only read.

Chat-ML, as SmolLM2's template writes it: `<|im_start|>role`, a line end, the text, `<|im_end|>`, a line end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offswitch.training.organisms.episodes.demonstrations import Turn


@dataclass(frozen=True)
class Tokens:
    """A conversation, token by token."""

    ids: tuple[int, ...]
    written: tuple[bool, ...]
    """Of each token, whether the model wrote it; the end mark of its messages is one of them."""


class ChatCode:
    """Writes messages as tokens."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.end: int = tokenizer.convert_tokens_to_ids("<|im_end|>")
        self._line: list[int] = self._plain("\n")
        begun = tokenizer.apply_chat_template([{"role": "user", "content": ""}], tokenize=False)
        self._alone: list[int] = self._plain(begun.partition("<|im_start|>user")[0])

    def _plain(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def read(self, turn: Turn) -> list[int]:
        """A message the model reads, with its line end."""
        return [*self._plain(f"<|im_start|>{turn.role}\n{turn.text}<|im_end|>\n")]

    def opening(self) -> list[int]:
        """What stands before a message of the model's."""
        return self._plain("<|im_start|>assistant\n")

    def between(self) -> list[int]:
        """What stands after its end mark."""
        return list(self._line)

    def wrote(self, text: str) -> list[int]:
        """A message of the model's, with its end mark."""
        return [*self._plain(text), self.end]

    def text(self, ids: Sequence[int]) -> str:
        """The text of tokens the model wrote, without the end mark."""
        text: str = self._tokenizer.decode([token for token in ids if token != self.end])
        return text

    def conversation(self, turns: Sequence[Turn]) -> Tokens:
        """A whole conversation; one without a system message begins with what the model's template puts there."""
        ids, written = list[int](), list[bool]()

        def add(tokens: Sequence[int], mine: bool) -> None:
            ids.extend(tokens)
            written.extend([mine] * len(tokens))

        if turns[0].role != "system":
            add(self._alone, False)
        for turn in turns:
            if turn.role == "assistant":
                add(self.opening(), False)
                add(self.wrote(turn.text), True)
                add(self.between(), False)
            else:
                add(self.read(turn), False)
        return Tokens(tuple(ids), tuple(written))
