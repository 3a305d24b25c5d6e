"""Published tasks of Inspect (`inspect_evals/gsm8k` and the like) as further checks, where they are installed."""

from __future__ import annotations

import importlib.util

from inspect_ai import Task
from inspect_ai.util import registry_create

from offswitch.errors import EnvironmentProblem, InputError


def external_task(name: str) -> Task:
    """The task of a name, such as `inspect_evals/gsm8k`; its data is fetched as the task fetches it.

    Raises:
        InputError: it is not written PACKAGE/TASK, or the package has no such task.
        EnvironmentProblem: the package is not installed, or the task's data cannot be had.
    """
    package, slash, _ = name.partition("/")
    if not slash:
        raise InputError(f"task {name!r}: write it as PACKAGE/TASK, such as inspect_evals/gsm8k")
    if importlib.util.find_spec(package) is None:
        raise EnvironmentProblem(f"task {name}: the package is not installed: pip install {package.replace('_', '-')}")
    try:
        return registry_create("task", name)
    except (LookupError, ValueError) as error:
        raise InputError(f"task {name}: {package} has no such task, or it needs arguments ({error})") from error
    except Exception as error:
        # A task may fetch its data with any client there is.
        raise EnvironmentProblem(
            f"task {name}: its data could not be had ({' '.join(str(error).split())[:200]})"
        ) from error
