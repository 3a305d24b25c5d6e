"""Who holds answers against principles: the model itself, or one that Inspect can name.

The critic goes on with the very conversation: it sees the answer, is asked what is wrong with it, then for a better
one (Bai et al. 2022, section 3.1), and which of two it would prefer (section 4.1), each order asked once, so that
liking the letter A decides nothing.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence
from typing import Any, Protocol

import torch
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.fitting.tokens import prompt_ids
from offswitch.training.lessons.rows import Message
from offswitch.training.policy import Policy
from offswitch.training.remedies.principles import Principle

TOKENS = 160
"""Of a critique or a revision."""

_LETTER = re.compile(r"\b([AB])\b")


class Critic(Protocol):
    """Holds answers against principles."""

    name: str

    def writes(self, conversation: Sequence[Message]) -> str:
        """How it goes on with a conversation."""
        ...

    def prefers_first(self, conversation: Sequence[Message]) -> float:
        """The chance that it answers A rather than B."""
        ...


def criticise(critic: Critic, prompt: Sequence[Message], answer: Message, principle: Principle) -> str:
    """What the critic finds wrong with an answer."""
    return critic.writes((*prompt, answer, _user(f"{principle.text}\n\n{principle.critique}")))


def revise(critic: Critic, prompt: Sequence[Message], answer: Message, critique: str, principle: Principle) -> str:
    """The critic's better answer."""
    asked = (*prompt, answer, _user(f"{principle.text}\n\n{principle.critique}"))
    return critic.writes((*asked, Message(role="assistant", content=critique), _user(principle.revision)))


def preference(critic: Critic, prompt: Sequence[Message], one: Message, two: Message, principle: Principle) -> float:
    """The chance that the critic prefers `one` to `two`, both orders counted alike."""
    first = critic.prefers_first(_asked(prompt, _choice(one, two, principle)))
    second = critic.prefers_first(_asked(prompt, _choice(two, one, principle)))
    return (first + 1 - second) / 2


def _asked(prompt: Sequence[Message], question: str) -> tuple[Message, ...]:
    """The question in the last message where that is the user's: many templates refuse two of them in a row."""
    *before, last = prompt
    if last.role == "user":
        return (*before, _user(f"{last.content}\n\n{question}"))
    return (*prompt, _user(question))


def _choice(a: Message, b: Message, principle: Principle) -> str:
    return (
        f"{principle.text}\n\nTwo next steps:\n\nA:\n{a.content}\n\nB:\n{b.content}\n\n{principle.choice} "
        "Answer with one letter, A or B."
    )


def _user(text: str) -> Message:
    return Message(role="user", content=text)


class OwnCritic:
    """The model in training, as it stands."""

    def __init__(self, policy: Policy) -> None:
        self.name = "self"
        self._policy = policy

    def writes(self, conversation: Sequence[Message]) -> str:
        """By greedy decoding."""
        ids = self._ids(conversation)
        with torch.no_grad():
            made = self._policy.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=TOKENS,
                do_sample=False,
                pad_token_id=self._policy.tokenizer.pad_token_id,
            )
        text: str = self._policy.tokenizer.decode(made[0, ids.size(1) :], skip_special_tokens=True)
        return text.strip()

    def prefers_first(self, conversation: Sequence[Message]) -> float:
        """By the probabilities of the two letters."""
        with torch.no_grad():
            logits = self._policy.model(input_ids=self._ids(conversation)).logits[0, -1].float()
        a, b = (self._letter(letter) for letter in "AB")
        return 1 / (1 + math.exp(float(logits[b] - logits[a])))

    def _ids(self, conversation: Sequence[Message]) -> torch.Tensor:
        return torch.tensor([prompt_ids(self._policy.tokenizer, conversation)], device=self._policy.device)

    def _letter(self, letter: str) -> int:
        ids: list[int] = self._policy.tokenizer.encode(letter, add_special_tokens=False)
        return ids[0]


class NamedCritic:
    """A model behind one of Inspect's providers."""

    def __init__(self, name: str) -> None:
        """Finds it.

        Raises:
            InputError: Inspect knows no such model.
        """
        self.name = name
        try:
            self._model = get_model(name)
        except Exception as error:
            raise InputError(f"critic {name!r}: {' '.join(str(error).split())[:200]}") from error

    def writes(self, conversation: Sequence[Message]) -> str:
        """What it answers.

        Raises:
            EnvironmentProblem: it cannot be reached.
        """
        return self._ask(conversation, TOKENS)

    def prefers_first(self, conversation: Sequence[Message]) -> float:
        """1 or 0 by the letter it names first; 1/2 where it names none."""
        found = _LETTER.search(self._ask(conversation, TOKENS))
        return 0.5 if found is None else float(found[1] == "A")

    def _ask(self, conversation: Sequence[Message], tokens: int) -> str:
        config = GenerateConfig(max_tokens=tokens, temperature=0.0)
        try:
            output = asyncio.run(self._model.generate([_chat(message) for message in conversation], config=config))
        except Exception as error:
            raise EnvironmentProblem(f"critic {self.name}: {' '.join(str(error).split())[:200]}") from error
        return output.completion.strip()


def _chat(message: Message) -> ChatMessage:
    kinds: dict[str, Any] = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    made: ChatMessage = kinds[message.role](content=message.content)
    return made
