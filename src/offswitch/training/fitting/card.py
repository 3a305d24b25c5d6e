"""The model card of a trained adapter, with a place for the table of what was measured before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

import offswitch
from offswitch.errors import InputError
from offswitch.models.adapters import CARD_FILE
from offswitch.running.directory import write_whole
from offswitch.training.fitting.folder import Begun
from offswitch.training.lessons.rows import CANARY

BEGIN, END = "<!-- before and after: begin -->", "<!-- before and after: end -->"
NOT_MEASURED = "Not measured yet: until it is, nothing is known of what this adapter does."


def model_card(
    begun: Begun,
    *,
    title: str,
    facts: Mapping[str, JsonValue],
    counts: Mapping[str, int] | None = None,
    sections: Sequence[tuple[str, str]] = (),
) -> str:
    """README.md of an adapter.

    Args:
        begun: What was trained.
        title: One line.
        facts: Name → value: updates, seconds, losses.
        counts: Kind → lessons of the set.
        sections: (heading, text) of what only this remedy has to say.
    """
    heldout = ", ".join(begun.heldout_behaviours) or "none"
    lines = [
        "---",
        "library_name: peft",
        f"base_model: {begun.model}",
        "tags: [ai-safety, corrigibility, offswitch]",
        "---",
        "",
        f"# {title}",
        "",
        f"A LoRA adapter for `{begun.model}` (weights {begun.base_sha256[:12]}), trained by `offswitch train "
        f"{begun.remedy}`, Offswitch {offswitch.__version__}. For defensive research.",
        "",
        "## Before and after",
        "",
        BEGIN,
        NOT_MEASURED,
        END,
        "",
        "## Training",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        f"- lessons: {begun.lessons or 'none'}"
        + (f" ({', '.join(f'{n} {k}' for k, n in counts.items() if n)})" if counts else ""),
        "- held-out surfaces: all, by construction",
        f"- held-out behaviours: {heldout}",
        "",
        "Settings:",
        "",
        "```json",
        json.dumps(begun.settings, indent=2),
        "```",
        "",
    ]
    for heading, text in sections:
        lines += [f"## {heading}", "", text, ""]
    return "\n".join([*lines, CANARY, ""])


def fill_card(adapter: Path, table: str) -> None:
    """Puts the table of before and after into an adapter's card.

    Raises:
        InputError: the folder holds no card with a place for it.
        EnvironmentProblem: it cannot be written.
    """
    path = adapter / CARD_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{adapter} holds no card: {error.strerror}") from error
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{path} has no place for the table of before and after")
    write_whole(path, f"{before}{BEGIN}\n{table.strip()}\n{END}{after}".encode())
