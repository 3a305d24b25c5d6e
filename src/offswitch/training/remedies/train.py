"""Trains a model by a remedy: plan, training, adapter, card. What `offswitch train` and the loop call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.fitting.card import model_card
from offswitch.training.fitting.fit import Fitted, guarded, quieten
from offswitch.training.fitting.folder import Begun, TrainingFolder
from offswitch.training.fitting.heads import answers_only
from offswitch.training.fitting.plan import Plan, Shape
from offswitch.training.fitting.served import served_name, write_served
from offswitch.training.fitting.settings import Settings
from offswitch.training.lessons import LessonSet, read_lessons
from offswitch.training.policy import Lora, Policy, ensure_memory, load_policy, new_adapter, save_adapter
from offswitch.training.policy.adapters import export_merged
from offswitch.training.remedies.settings import (
    OF,
    ConstitutionSettings,
    DpoSettings,
    Remedy,
    RlhfSettings,
    SftSettings,
)

Tell = Callable[[str], None]


class Ready(Protocol):
    """A remedy with its lessons, ready to be planned and run."""

    def plan(self) -> Plan:
        """What it will take."""
        ...

    def run(self, folder: TrainingFolder, tell: Tell) -> Fitted:
        """Trains the policy's adapter."""
        ...


@dataclass(frozen=True)
class Result:
    """What a training left."""

    remedy: Remedy
    adapter: Path
    """Folder of the adapter, to be loaded as `BASE:FOLDER`."""
    model: str
    """That name."""
    gguf: Path | None
    """The same adapter for llama.cpp; None where the base comes from no GGUF."""
    merged: Path | None
    steps: int
    seconds: float
    last: dict[str, JsonValue]
    """The last line of metrics."""


def train(
    remedy: Remedy | str,
    model: str,
    lessons: Path,
    out: Path,
    settings: Settings | None = None,
    *,
    merge: bool = False,
    agree: Callable[[Plan], bool] = lambda _: True,
    tell: Tell = lambda _: None,
) -> Result | None:
    """Trains a model; begun again with the same arguments, it goes on where it stopped.

    Args:
        remedy: How.
        model: As `load_policy` knows it.
        lessons: Folder of a lesson set; every row is held against the wall again.
        out: The training folder.
        settings: Of this remedy; its defaults where none are given.
        merge: Whether the whole model is written, too.
        agree: Asked with the plan before anything is trained.
        tell: Called with lines of progress.

    Returns:
        None where `agree` said no.

    Raises:
        InputError: model, lessons or settings cannot be used.
        EnvironmentProblem: memory, disk or a package is lacking.
        DivergedError: the loss became no number.
    """
    remedy = Remedy(remedy)
    settings = settings if settings is not None else OF[remedy]()
    if not isinstance(settings, OF[remedy]):
        raise InputError(f"{type(settings).__name__} are no settings of {remedy}")
    quieten()
    answers_only()
    chosen = read_lessons(lessons)
    folder = TrainingFolder(out)
    with folder.locked():
        policy = load_policy(model, dtype=settings.dtype, device=settings.device, seed=settings.seed, tell=tell)
        begun = Begun(
            remedy=remedy.value,
            model=model,
            base_sha256=policy.base.sha256,
            lessons=chosen.digest,
            heldout_behaviours=chosen.heldout_behaviours,
            settings=settings.model_dump(mode="json"),
        )
        folder.check(begun)
        finished = folder.result()
        if finished is not None:
            tell(f"{out} is finished already")
            return _result(remedy, folder, policy, finished)
        _ensure_layers(settings, policy)
        lora = Lora(rank=settings.rank, alpha=settings.alpha, layers=settings.layers)
        new_adapter(policy, lora, seed=settings.seed)
        ready = prepare(remedy, policy, chosen, settings)
        plan = ready.plan()
        folder.ensure_room(plan.disk)
        _ensure_fits(plan, policy)
        if not agree(plan):
            return None
        folder.begin(begun)
        with guarded(folder):
            fitted = ready.run(folder, tell)
            return _finish(remedy, policy, folder, begun, ready, fitted, chosen, merge=merge)


def prepare(remedy: Remedy, policy: Policy, lessons: LessonSet, settings: Settings) -> Ready:
    """A remedy on a policy that has its adapter.

    Raises:
        InputError: the lessons are not enough for it.
    """
    # Each brings in a trainer of TRL, which takes seconds.
    match settings:
        case DpoSettings():
            from offswitch.training.remedies.dpo import Dpo

            return Dpo(policy, lessons, settings)
        case RlhfSettings():
            from offswitch.training.remedies.rlhf import Rlhf

            return Rlhf(policy, lessons, settings)
        case ConstitutionSettings():
            from offswitch.training.remedies.constitution import Constitution

            return Constitution(policy, lessons, settings)
        case SftSettings() if remedy is Remedy.MORE_SFT:
            from offswitch.training.remedies.baselines import more_sft

            return more_sft(policy, lessons, settings)
        case SftSettings():
            from offswitch.training.remedies.sft import Sft

            return Sft(policy, lessons, settings)
        case _:
            raise InputError(f"{type(settings).__name__} are no settings of {remedy}")


def _ensure_layers(settings: Settings, policy: Policy) -> None:
    count = Shape.of(policy.model).layers
    if settings.layers and max(settings.layers) >= count:
        raise InputError(f"layers {settings.layers[0]}-{settings.layers[-1]}: {policy.base.name} has 0 to {count - 1}")


def _ensure_fits(plan: Plan, policy: Policy) -> None:
    try:
        ensure_memory(plan.memory, plan.title, device=policy.device.type)
    except EnvironmentProblem as error:
        raise EnvironmentProblem(
            f"{error} (its longest row has {plan.longest} tokens: --at-once and --max-length make it smaller)"
        ) from error


def _finish(
    remedy: Remedy,
    policy: Policy,
    folder: TrainingFolder,
    begun: Begun,
    ready: Ready,
    fitted: Fitted,
    lessons: LessonSet,
    *,
    merge: bool,
) -> Result:
    facts: dict[str, JsonValue] = {
        "updates": fitted.steps,
        "seconds": round(fitted.seconds, 1),
        "last loss": fitted.last.get("loss"),
        "seed": begun.settings["seed"],
    }
    said: Mapping[str, str] = getattr(ready, "said", {})
    card = model_card(
        begun,
        title=f"{begun.model} after {remedy}",
        facts=facts,
        counts=lessons.counts(),
        sections=tuple(said.items()),
    )
    save_adapter(policy, folder.adapter, card=card, seed=int(str(begun.settings["seed"])))
    gguf = write_served(policy.base, folder.adapter, folder.gguf)
    merged = export_merged(policy, folder.merged) if merge else None
    content: dict[str, JsonValue] = {
        "remedy": remedy.value,
        "gguf": gguf is not None,
        "merged": merged is not None,
        "steps": fitted.steps,
        "seconds": fitted.seconds,
        "last": dict(fitted.last),
    }
    folder.finish(content)
    return _result(remedy, folder, policy, content)


def _result(remedy: Remedy, folder: TrainingFolder, policy: Policy, content: dict[str, JsonValue]) -> Result:
    last = content.get("last")
    return Result(
        remedy=remedy,
        adapter=folder.adapter,
        model=served_name(policy.base, folder.adapter),
        gguf=folder.gguf if content.get("gguf") else None,
        merged=folder.merged if content.get("merged") else None,
        steps=int(str(content.get("steps", 0))),
        seconds=float(str(content.get("seconds", 0.0))),
        last=dict(last) if isinstance(last, dict) else {},
    )
