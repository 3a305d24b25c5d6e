"""An engine as Inspect's model: trials run as they always do, and their model calls meet in one batch.

Inspect knows messages, training needs tokens. Each message that is written here keeps the tokens up to its end under
the message's id; the next call finds them by the last such message in it. Nothing of the trial itself is touched, so
that what is trained on was judged exactly as `offswitch run` judges.
"""

from __future__ import annotations

import asyncio
import itertools
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    Model,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    get_model,
    modelapi,
)
from inspect_ai.model import StopReason as InspectStop
from inspect_ai.tool import ToolChoice, ToolInfo

from offswitch.training.rollouts.chat import Chat, Message
from offswitch.training.rollouts.engine import Engine, Request, Sample, Sampling, Stopped
from offswitch.training.rollouts.play import Ended, Episode, Turn, draw_seed

TOGETHER = 0.03
"""Seconds that a batch waits for company: trials that answered together ask again at about the same time."""

PATIENCE = 0.15
"""Share of the last batch's time that it waits longer, if others are still expected: else two halves would take turns,
each computed as slowly as the whole."""

REMEMBERED = 2
"""Conversations whose keys and values are kept, in multiples of those that are computed together: one that is gone on
with later is read again."""

FOLLOWED = 16
"""Conversations whose tokens are known, in the same multiples, where episodes are not kept: one that is gone on with
still later is read from its text."""

STRETCH = 32
"""Tokens that are written before those who have ended their message, and been answered, join again: a message that goes
on and on holds up no other trial."""

Conversation = tuple[str, int]
"""A recorder's name and a number: an engine may serve several recorders."""

_REASONS: dict[Stopped, InspectStop] = {
    Stopped.EOS: "stop",
    Stopped.STOP: "stop",
    Stopped.LENGTH: "max_tokens",
}


@dataclass(frozen=True)
class _Node:
    """A conversation up to the end of one message of the model."""

    conversation: Conversation
    seed: int
    tokens: tuple[int, ...]
    written: tuple[bool, ...]
    logprobs: tuple[float, ...] | None
    turns: tuple[Turn, ...]


class Recorder:
    """An engine's conversations, as Inspect leads them."""

    def __init__(self, engine: Engine, sampling: Sampling, *, seed: int, rows: int, episodes: bool = True) -> None:
        """Nothing is computed until Inspect asks.

        Args:
            engine: What computes.
            sampling: How tokens are drawn.
            seed: What is drawn follows from it, from a conversation's beginning, and from how many began alike.
            rows: Calls that are computed together, at most.
            episodes: Whether the tokens of all conversations are kept until `forget`; else only of the newest.
        """
        self._engine, self._sampling, self._seed, self._rows = engine, sampling, seed, rows
        self._episodes = episodes
        self._stretch = _stretch(sampling)
        self._chat = Chat(engine.tokenizer)
        self._name = str(next(_names))
        self._nodes: dict[str, _Node] = {}
        self._began: Counter[int] = Counter()
        self._numbers = itertools.count()
        self._continued: set[str] = set()
        self._newest: dict[Hashable, None] = {}
        self._messages: defaultdict[Hashable, list[str]] = defaultdict(list)
        self._waiting: list[tuple[Request, asyncio.Future[Sample]]] = []
        self._runner: asyncio.Task[None] | None = None
        self._lasted, self._expected = 0.0, 0

    def model(self) -> Model:
        """The engine as a model for Inspect."""
        _open[self._name] = self
        # Trials need not wait for places: they are what makes a batch.
        return get_model(f"rollouts/{self._name}", config=GenerateConfig(max_connections=4 * self._rows), memoize=False)

    def episode(self, messages: Sequence[ChatMessage], ended: Ended) -> Episode | None:
        """A trial's tokens, up to the last of these messages that was written here; None where none was."""
        for message in reversed(messages):
            node = self._nodes.get(message.id or "")
            if node is not None:
                return Episode(node.tokens, node.written, node.logprobs, node.turns, ended)
        return None

    def forget(self) -> None:
        """Frees what the engine keeps, and the episodes."""
        self._engine.forget([(self._name, number) for number in range(next(self._numbers))])
        self._nodes.clear()
        self._newest.clear()
        self._messages.clear()
        _open.pop(self._name, None)

    async def answer(self, messages: Sequence[ChatMessage]) -> ModelOutput:
        """The model's next message."""
        node = self._read(messages)
        if len(node.tokens) + 1 >= self._engine.context:
            return ModelOutput.from_content("rollouts", "", stop_reason="model_length")
        seed = draw_seed(node.seed, 0, len(node.turns))
        sample = await self._write(node, seed)
        text = self._chat.text(sample.tokens)
        turn = Turn(len(node.tokens), len(node.tokens) + len(sample.tokens), text, sample.stopped)
        message = ChatMessageAssistant(content=text, source="generate", model="rollouts")
        assert message.id is not None  # Inspect gives every new message one
        self._messages[node.conversation].append(message.id)
        self._nodes[message.id] = replace(
            node,
            tokens=(*node.tokens, *sample.tokens),
            written=(*node.written, *(True for _ in sample.tokens)),
            logprobs=_joined(node.logprobs, sample.logprobs),
            turns=(*node.turns, turn),
        )
        output = ModelOutput.from_message(message, stop_reason=_REASONS[sample.stopped])
        read, wrote = len(node.tokens), len(sample.tokens)
        output.usage = ModelUsage(input_tokens=read, output_tokens=wrote, total_tokens=read + wrote)
        return output

    def _read(self, messages: Sequence[ChatMessage]) -> _Node:
        """The conversation with what is new in it, ready for the model's message."""
        for place in range(len(messages) - 1, -1, -1):
            parent = messages[place].id or ""
            if parent in self._nodes:
                return self._follow(parent, messages[place + 1 :])
        tokens = self._chat.begin([Message(each.role, each.text) for each in messages])
        beginning = zlib.crc32(repr(tokens).encode())
        self._began[beginning] += 1
        seed = draw_seed(self._seed, self._began[beginning], beginning)
        return _Node((self._name, next(self._numbers)), seed, tokens, (False,) * len(tokens), (0.0,) * len(tokens), ())

    def _follow(self, parent: str, messages: Sequence[ChatMessage]) -> _Node:
        node = self._nodes[parent]
        if parent in self._continued:
            # Two went on from the same message: the second has its own keys and values.
            node = replace(node, conversation=(self._name, next(self._numbers)))
        self._continued.add(parent)
        said = "\n\n".join(each.text for each in messages)
        tokens = self._chat.answer(said, ended=node.turns[-1].stopped is Stopped.EOS)
        return replace(
            node,
            tokens=(*node.tokens, *tokens),
            written=(*node.written, *(False for _ in tokens)),
            logprobs=_joined(node.logprobs, (0.0,) * len(tokens)),
        )

    async def _write(self, node: _Node, seed: int) -> Sample:
        """The next message, a stretch at a time."""
        most = self._sampling.max_tokens
        tokens: tuple[int, ...] = ()
        likely: tuple[float, ...] | None = ()
        for number in itertools.count():
            own = draw_seed(seed, number, 0) if number else seed
            sample = await self._join(Request(node.conversation, (*node.tokens, *tokens), own))
            tokens, likely = (*tokens, *sample.tokens), _joined(likely, sample.logprobs)
            full = len(node.tokens) + len(tokens) >= self._engine.context
            if sample.stopped is not Stopped.LENGTH or len(tokens) >= most or full:
                break
        if len(tokens) > most:
            return Sample(tokens[:most], likely[:most] if likely is not None else None, Stopped.LENGTH)
        return Sample(tokens, likely, sample.stopped)

    async def _join(self, request: Request) -> Sample:
        future: asyncio.Future[Sample] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            until = time.monotonic() + TOGETHER + PATIENCE * self._lasted
            await asyncio.sleep(TOGETHER)
            while len(self._waiting) < min(self._expected, self._rows) and time.monotonic() < until:
                await asyncio.sleep(TOGETHER)
            started = time.monotonic()
            batch, self._waiting = self._waiting[: self._rows], self._waiting[self._rows :]
            try:
                samples = await asyncio.to_thread(
                    self._engine.generate, [request for request, _ in batch], self._stretch
                )
            except Exception as error:
                # Whatever it is, it belongs to the trials that wait for it, and to none but them.
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), sample in zip(batch, samples, strict=True):
                # A trial that was ended meanwhile waits no longer.
                if not future.done():
                    future.set_result(sample)
            self._let_go([request.key for request, _ in batch])
            self._lasted = time.monotonic() - started
            # Those that were answered ask again, as a rule, and then all can be computed together.
            self._expected = len(batch) + len(self._waiting)

    def _let_go(self, computed: Sequence[Hashable]) -> None:
        """Frees what is kept of the conversations that were computed longest ago, and of their earlier messages."""
        for key in computed:
            self._newest.pop(key, None)
            self._newest[key] = None
        oldest = list(self._newest)
        self._engine.forget(oldest[: -REMEMBERED * self._rows])
        if self._episodes:
            return
        for key in oldest[: -FOLLOWED * self._rows]:
            del self._newest[key]
            self._drop(self._messages.pop(key, []))
        for key in computed:
            # Whoever asks for the last message again goes on from the one before it.
            self._drop(self._messages[key][:-2])
            del self._messages[key][:-2]

    def _drop(self, messages: Sequence[str]) -> None:
        for message in messages:
            self._nodes.pop(message, None)
            self._continued.discard(message)


def _stretch(sampling: Sampling) -> Sampling:
    """The most that is written at once. A stop string may begin in one stretch and end in the next, so there is one."""
    if sampling.stop:
        return sampling
    parts = -(-sampling.max_tokens // STRETCH)
    return replace(sampling, max_tokens=-(-sampling.max_tokens // parts))


def _joined(before: tuple[float, ...] | None, more: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return (*before, *more) if before is not None and more is not None else None


class RolloutsAPI(ModelAPI):
    """Inspect's provider for engines that are open in this process."""

    calls_tools = False

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
    ) -> None:
        """Takes the recorder of that number; the other arguments are Inspect's and not used."""
        super().__init__(model_name, base_url, api_key, config=config or GenerateConfig())
        self._recorder = _open[model_name]

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """The model's next message."""
        return await self._recorder.answer(input)

    def collapse_user_messages(self) -> bool:
        """Templates want turns to alternate."""
        return True


_open: dict[str, Recorder] = {}
_names = itertools.count(1)


@modelapi(name="rollouts")
def rollouts() -> type[ModelAPI]:
    """An engine that is open in this process."""
    return RolloutsAPI
