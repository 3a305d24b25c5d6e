"""What a run is when it begins, and whether what goes on is still the same run."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from offswitch.errors import InputError
from offswitch.running.manifest import Manifest, adapters_on, planned
from offswitch.running.plan import Plan
from offswitch.running.request import Request, difference
from offswitch.verdicts.judges import PROMPT_VERSION


def first_manifest(request: Request, plan: Plan) -> Manifest:
    """What a run is that begins now.

    Raises:
        InputError: a model's adapter cannot be read.
    """
    return Manifest(
        run_id=uuid.uuid4().hex[:12],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        request=request,
        judge_prompt=PROMPT_VERSION if request.judges else None,
        adapters=adapters_on(request.models),
        plan=planned(plan),
        sessions=(),
    )


def same_again(manifest: Manifest, request: Request, plan: Plan, path: Path) -> Manifest:
    """The recorded manifest, once it is sure that it asks for the same trials.

    Args:
        manifest: As it was recorded.
        request: What is asked for now.
        plan: What that would be, made by this version.
        path: Of the run, for messages.

    Raises:
        InputError: request, judges' prompt, an adapter or a behaviour's version differs: trials cannot be mixed.
    """
    differs = difference(manifest.request, request)
    if differs:
        raise InputError(f"{path} was begun with other arguments: {differs}; use the same, or another --out")
    if manifest.request.judges and manifest.judge_prompt != PROMPT_VERSION:
        raise InputError(
            f"{path} was begun with the judges' prompt {manifest.judge_prompt}, and this version of Offswitch has "
            f"{PROMPT_VERSION}: their rulings cannot be mixed; use another --out"
        )
    for name, sha256 in adapters_on(request.models).items():
        if manifest.adapters.get(name) != sha256:
            raise InputError(
                f"{path} was begun with another adapter of {name} (sha256 {manifest.adapters.get(name, 'none')[:12]}, "
                f"now {sha256[:12]}): their trials cannot be mixed; use another --out"
            )
    for recorded, now in zip(manifest.plan, planned(plan), strict=True):
        if recorded.version != now.version:
            raise InputError(
                f"{path} was begun with {recorded.scenario} {recorded.version}, and this is {now.version}: "
                "their trials cannot be mixed; use another --out"
            )
        if recorded != now:
            raise InputError(
                f"{path} was begun by a version of Offswitch that plans {recorded.condition} differently: "
                "use that version, or another --out"
            )
    return manifest
