"""What the members of an enumeration mean: the sentence under each, read from the source as editors read it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from enum import StrEnum
from functools import lru_cache


@lru_cache(maxsize=64)
def meanings(enumeration: type[StrEnum]) -> dict[str, str]:
    """Value → meaning, in the order of the members; a member without a sentence has an empty one."""
    body = ast.parse(textwrap.dedent(inspect.getsource(enumeration))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for member, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(member, ast.Assign)
            and isinstance(member.targets[0], ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[member.targets[0].id] = " ".join(str(text.value.value).split())
    return {member.value: found.get(member.name, "") for member in enumeration}
