"""Runs one of TRL's trainers with what a long computation needs around it.

Every update is noted, checkpoints count only once they are whole, a run that was killed goes on from the last of them
and ends as if it had not been, numbers that are none stop it, and a full disk or memory is said in one line.
"""

from __future__ import annotations

import errno
import math
import os
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from datasets import disable_progress_bars
from safetensors import SafetensorError
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.utils import logging as transformers_logging

from offswitch.errors import EnvironmentProblem, OffswitchError
from offswitch.running.directory import write_whole
from offswitch.training.fitting.folder import WHOLE, TrainingFolder
from offswitch.training.fitting.settings import Settings

if TYPE_CHECKING:
    from pydantic import JsonValue

A = TypeVar("A", bound=TrainingArguments)

Tell = Callable[[str], None]

KEPT = 2
"""Checkpoints kept: the newest may be half-written when the disk is full, the one before it is not."""
_NO_MEMORY = re.compile(r"not enough memory|can't allocate memory|CUDA out of memory")
TOLD_EVERY = 5.0
"""Seconds between two lines of progress."""


class DivergedError(OffswitchError):
    """The loss, or its gradient, is no number any more."""


@dataclass(frozen=True)
class Fitted:
    """What a training came to."""

    steps: int
    seconds: float
    resumed_at: int
    """The update it went on after; 0 where it began afresh."""
    last: dict[str, JsonValue]
    """The last line of metrics."""


def arguments(kind: type[A], folder: TrainingFolder, settings: Settings, **more: Any) -> A:
    """A trainer's arguments, as every remedy has them.

    Args:
        kind: The trainer's configuration class.
        folder: Where checkpoints go.
        settings: Of the remedy.
        more: What only this trainer has.
    """
    values: dict[str, Any] = {
        "output_dir": str(folder.checkpoints),
        "num_train_epochs": settings.epochs,
        "max_steps": settings.steps or -1,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": "linear",
        "per_device_train_batch_size": settings.rows_at_once,
        "gradient_accumulation_steps": settings.accumulate,
        "max_grad_norm": 1.0,
        "seed": settings.seed,
        "data_seed": settings.seed,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": settings.save_every,
        "save_total_limit": KEPT,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": False,
        "remove_unused_columns": False,
        "gradient_checkpointing": False,
        "bf16": False,
        "fp16": False,
        "use_cpu": not torch.cuda.is_available() or settings.device == "cpu",
    }
    made: A = kind(**{**values, **more})
    return made


def quieten() -> None:
    """Progress is told in lines here; the bars and reports of five libraries would bury it."""
    os.environ["TQDM_DISABLE"] = "1"
    disable_progress_bars()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    # Known, and kept behind one file: see remedies/episodes.py.
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"


def fit(trainer: Trainer, folder: TrainingFolder, tell: Tell = lambda _: None) -> Fitted:
    """Trains to the end, from the last whole checkpoint where there is one.

    Raises:
        DivergedError: loss or gradient became no number; the last whole checkpoint is kept.
        EnvironmentProblem: disk or memory are full; the last whole checkpoint is kept.
    """
    last = folder.last_whole()
    begun_at = int(last.name.rpartition("-")[2]) if last is not None else 0
    folder.forget_after(begun_at)
    if begun_at:
        tell(f"going on after update {begun_at}")
    for callback in list(trainer.callback_handler.callbacks):
        if type(callback).__name__ in ("PrinterCallback", "ProgressCallback"):
            trainer.remove_callback(type(callback))
    trainer.add_callback(_Watch(folder, tell))
    began = time.monotonic()
    with guarded(folder):
        trainer.train(resume_from_checkpoint=str(last) if last is not None else None)
    lines = folder.metrics()
    return Fitted(
        steps=int(trainer.state.global_step),
        seconds=time.monotonic() - began,
        resumed_at=begun_at,
        last=lines[-1] if lines else {},
    )


class guarded:  # noqa: N801  # a context manager reads as a word
    """Says a full disk and a full memory in one line each."""

    def __init__(self, folder: TrainingFolder) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None:
            return
        text = str(error)
        kept = self.folder.last_whole()
        left = f"; {kept.name} is kept, and the same command goes on from it" if kept else ""
        if _is_full(error, text):
            raise EnvironmentProblem(
                f"the disk is full: training in {self.folder.path} could not write; free some space{left}"
            ) from error
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or _NO_MEMORY.search(text):
            raise EnvironmentProblem(
                f"the memory is full: compute fewer rows at once, or shorter ones, or choose a smaller model{left}"
            ) from error


def _is_full(error: BaseException, text: str) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    # safetensors and torch's zip writer report it in words of their own.
    torn = "PytorchStreamWriter failed" in text or "unexpected pos" in text
    return (isinstance(error, SafetensorError) and "No space left" in text) or (
        isinstance(error, RuntimeError) and torn
    )


class _Watch(TrainerCallback):  # type: ignore[misc]  # its class is untyped
    """Notes every update, stops at what is no number, marks whole checkpoints, tells how far it is."""

    def __init__(self, folder: TrainingFolder, tell: Tell) -> None:
        self.folder, self.tell = folder, tell
        self.began = self.told = time.monotonic()
        self.first = 0

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.began, self.first = time.monotonic(), state.global_step

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        found = {name: value for name, value in (logs or {}).items() if isinstance(value, int | float)}
        if "loss" not in found and "eval_loss" not in found:
            return
        for name in ("loss", "grad_norm"):
            if not math.isfinite(found.get(name, 0.0)):
                raise DivergedError(self._diverged(name, state.global_step, args.learning_rate))
        self.folder.note({"step": state.global_step, **found})
        now = time.monotonic()
        if now - self.told > TOLD_EVERY or state.global_step == state.max_steps:
            self.told = now
            self._tell(state, found)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        place = Path(args.output_dir or "") / f"checkpoint-{state.global_step}"
        write_whole(place / WHOLE, b"{}\n")

    def _diverged(self, name: str, step: int, rate: float) -> str:
        kept = self.folder.last_whole()
        what = "the loss" if name == "loss" else "the gradient"
        where = f"{kept} is the last good checkpoint" if kept else "there is no checkpoint yet"
        return (
            f"{what} is no number any more at update {step}: {where}; train in another folder with a learning rate "
            f"below {rate:g}"
        )

    def _tell(self, state: TrainerState, found: dict[str, float]) -> None:
        done = max(state.global_step - self.first, 1)
        each = (time.monotonic() - self.began) / done
        left = each * (state.max_steps - state.global_step)
        loss = f"  loss {found['loss']:.4f}" if "loss" in found else ""
        self.tell(f"update {state.global_step}/{state.max_steps}{loss}  {each:.1f} s each, {left:.0f} s left")
