"""One batch of messages, token by token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offswitch.training.rollouts.engine import Sample, Sampling, Stopped
from offswitch.training.rollouts.keys_values import Batch, Kept

if TYPE_CHECKING:
    import torch

THIN_OUT = 0.75
"""When no more than this share of a batch's rows is still being written, the others are taken out of it."""

SPREAD, FEW = 1.5, 16
"""What is new of conversations is read together if the longest is at most so many times the shortest, and so many
tokens more: filling up is computed, too."""

LIKELIEST = 256
"""Tokens that are sorted where only the likeliest may be drawn; all of them where these are not enough."""


@dataclass(frozen=True)
class Row:
    """A conversation to go on with."""

    tokens: tuple[int, ...]
    kept: Kept | None
    seed: int


@dataclass(frozen=True)
class Decoded:
    """Its next message, and what to keep for the one after."""

    sample: Sample
    kept: Kept


@dataclass
class _Writing:
    place: int
    generator: torch.Generator
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    stopped: Stopped | None = None


def decode(
    model: Any, tokenizer: Any, rows: Sequence[Row], sampling: Sampling, *, eos: frozenset[int], context: int
) -> tuple[list[Decoded], int]:
    """Reads what is new of each conversation, then writes the next message of all of them together.

    Returns:
        The messages in the order of the rows, and how many tokens were read.
    """
    import torch

    with torch.inference_mode():
        return _Decoding(model, tokenizer, rows, sampling, eos, context).run()


class _Decoding:
    def __init__(
        self, model: Any, tokenizer: Any, rows: Sequence[Row], sampling: Sampling, eos: frozenset[int], context: int
    ) -> None:
        import torch

        self.model, self.tokenizer, self.rows, self.sampling, self.eos = model, tokenizer, rows, sampling, eos
        self.limits = [min(sampling.max_tokens, context - len(row.tokens)) for row in rows]
        self.writing = [_Writing(place, torch.Generator().manual_seed(row.seed)) for place, row in enumerate(rows)]
        self.decoded: dict[int, Decoded] = {}
        # A place, and not the number 1: the head of a slice, which is not in one piece, took 1.5 s for ten rows in
        # 16 bits, and 7 ms for a copy.
        self.last = torch.tensor([-1], device=model.device)
        self.mask: torch.Tensor
        """(rows, columns) which columns of the batch are a row's own tokens."""
        self.positions: torch.Tensor
        """(rows,) place in its conversation of the token that a row reads next."""

    def run(self) -> tuple[list[Decoded], int]:
        import torch

        logits, read = self._read()
        while True:
            self._draw(logits)
            # A row that is done is no longer written, but its last token need not be read either: it is the first of
            # what the next turn reads.
            going = [at for at, each in enumerate(self.writing) if each.stopped is None]
            if len(going) <= THIN_OUT * len(self.writing):
                self._take_out(going)
            if not self.writing:
                break
            pad = self.tokenizer.pad_token_id
            last = [each.tokens[-1] if each.stopped is None else pad for each in self.writing]
            alive = [each.stopped is None for each in self.writing]
            device = self.model.device
            self.mask = torch.cat([self.mask, torch.tensor(alive, device=device)[:, None]], dim=1)
            ids = torch.tensor(last, device=device)[:, None]
            logits = self._forward(self.batch, self.mask, ids, self.positions[:, None])
            self.positions = self.positions + 1
        return [self.decoded[place] for place in range(len(self.rows))], read

    def _read(self) -> tuple[torch.Tensor, int]:
        """Logits behind each conversation. Those that begin alike are read once."""
        import torch

        first: dict[tuple[int, ...], int] = {}
        unique: list[Row] = []
        source = []
        for row in self.rows:
            at = first.get(row.tokens) if row.kept is None else None
            if at is None:
                at = len(unique)
                unique.append(row)
                if row.kept is None:
                    first[row.tokens] = at
            source.append(at)
        new = [len(row.tokens) - (len(row.kept.tokens) if row.kept else 0) for row in unique]
        kept: dict[int, Kept] = {}
        behind: dict[int, torch.Tensor] = {}
        for places in _of_like_lengths(new):
            own, logits = self._read_together([unique[place] for place in places])
            kept |= dict(zip(places, own, strict=True))
            behind |= dict(zip(places, logits, strict=True))
        lengths = [len(row.tokens) for row in self.rows]
        longest, device = max(lengths), self.model.device
        self.batch = Batch(self.model, [kept[at] for at in source], longest, self.sampling.max_tokens)
        self.positions = torch.tensor(lengths, device=device)
        self.mask = torch.arange(longest, device=device)[None] >= longest - self.positions[:, None]
        return torch.stack([behind[at] for at in source]), sum(new)

    def _read_together(self, rows: Sequence[Row]) -> tuple[list[Kept], torch.Tensor]:
        """What is kept of some conversations once they are read to their ends, and the logits there."""
        import torch

        old = [len(row.kept.tokens) if row.kept else 0 for row in rows]
        new = [len(row.tokens) - length for row, length in zip(rows, old, strict=True)]
        past, added, device = max(old), max(new), self.model.device
        batch = Batch(self.model, [row.kept for row in rows], past, added)
        mask = torch.zeros(len(rows), past + added, dtype=torch.bool, device=device)
        ids = torch.full((len(rows), added), self.tokenizer.pad_token_id, device=device)
        places = torch.zeros(len(rows), added, dtype=torch.long, device=device)
        for at, row in enumerate(rows):
            mask[at, past - old[at] : past] = True
            mask[at, past + added - new[at] :] = True
            ids[at, added - new[at] :] = torch.tensor(row.tokens[old[at] :], device=device)
            places[at, added - new[at] :] = torch.arange(old[at], len(row.tokens), device=device)
        logits = self._forward(batch, mask, ids, places)
        return [batch.row(at, mask[at], row.tokens) for at, row in enumerate(rows)], logits

    def _forward(self, batch: Batch, mask: torch.Tensor, ids: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Reads columns of tokens and returns the logits behind the last, (rows, vocabulary)."""
        out = self.model(
            input_ids=ids,
            attention_mask=mask.long(),
            position_ids=positions,
            past_key_values=batch.cache,
            use_cache=True,
            logits_to_keep=self.last,
        )
        logits: torch.Tensor = out.logits[:, -1].float()
        return logits

    def _draw(self, logits: torch.Tensor) -> None:
        import torch

        sampling = self.sampling
        scores = torch.log_softmax(logits / (sampling.temperature or 1.0), dim=-1)
        if sampling.temperature == 0:
            drawn = scores.argmax(dim=-1)
        else:
            chances = [torch.rand(1, generator=each.generator, dtype=torch.float64) for each in self.writing]
            drawn = draw(scores, torch.cat(chances).to(scores.device), sampling.top_p)
        likely = scores.gather(1, drawn[:, None])[:, 0].tolist()
        for each, token, logprob in zip(self.writing, drawn.tolist(), likely, strict=True):
            if each.stopped is None:
                each.tokens.append(token)
                each.logprobs.append(logprob)
                each.stopped = self._stopped(each)

    def _stopped(self, each: _Writing) -> Stopped | None:
        if each.tokens[-1] in self.eos:
            return Stopped.EOS
        if self.sampling.stop:
            # A stop string of n characters is in the last n tokens, or its last character was written before.
            longest = max(map(len, self.sampling.stop))
            tail = self.tokenizer.decode(each.tokens[-longest - 4 :])
            if any(stop in tail for stop in self.sampling.stop):
                return Stopped.STOP
        return Stopped.LENGTH if len(each.tokens) >= self.limits[each.place] else None

    def _take_out(self, going: list[int]) -> None:
        import torch

        for at, each in enumerate(self.writing):
            if each.stopped is not None:
                known = (*self.rows[each.place].tokens, *each.tokens[:-1])
                self.decoded[each.place] = Decoded(
                    Sample(tuple(each.tokens), tuple(each.logprobs), each.stopped),
                    self.batch.row(at, self.mask[at], known),
                )
        self.writing = [self.writing[at] for at in going]
        if self.writing:
            rows = torch.tensor(going, device=self.model.device)
            self.batch.select(rows)
            self.mask, self.positions = self.mask[rows], self.positions[rows]


def _of_like_lengths(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of what is read together: all are filled up to the longest of them."""
    together: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if together and lengths[place] > SPREAD * lengths[together[0]] + FEW:
            yield together
            together = []
        together.append(place)
    yield together


def draw(scores: torch.Tensor, chances: torch.Tensor, top_p: float) -> torch.Tensor:
    """One token a row: the one in whose part of the cumulated probability the row's chance falls.

    Args:
        scores: (rows, vocabulary) log-probabilities.
        chances: (rows,) uniform in [0, 1).
        top_p: Draws among the likeliest tokens that together have at least this probability.
    """
    chances = chances[:, None]
    if top_p >= 1:
        reached = scores.double().exp().cumsum(dim=-1)
        at = (reached <= chances * reached[:, -1:]).sum(dim=-1)
        return at.clamp(max=scores.shape[1] - 1)
    chance = scores.double().exp()
    likely, order = chance.topk(min(LIKELIEST, chance.shape[1]), dim=-1)
    if bool((likely.sum(dim=-1) < top_p).any()):
        likely, order = chance.sort(dim=-1, descending=True)
    total = likely.cumsum(dim=-1)
    # The token that carries the sum past top_p still belongs to them.
    allowed = likely.masked_fill(total - likely >= top_p, 0.0)
    reached = allowed.cumsum(dim=-1)
    at = (reached <= chances * reached[:, -1:]).sum(dim=-1)
    return order.gather(1, at.clamp(max=scores.shape[1] - 1)[:, None])[:, 0]
