"""The command line. `--help` imports neither Inspect nor anything else that is slow: the verbs do, when called."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

import click

import offswitch
from offswitch.errors import OffswitchError
from offswitch.verbs.compare import compare
from offswitch.verbs.doctor import doctor
from offswitch.verbs.explain import explain
from offswitch.verbs.gate import gate
from offswitch.verbs.grow import grow
from offswitch.verbs.judges import judges
from offswitch.verbs.label import label
from offswitch.verbs.lessons import lessons
from offswitch.verbs.loop import loop
from offswitch.verbs.models import models
from offswitch.verbs.new import new
from offswitch.verbs.plan import plan
from offswitch.verbs.prefer import prefer
from offswitch.verbs.reference import reference
from offswitch.verbs.reply import printable, write_json
from offswitch.verbs.report import report
from offswitch.verbs.run import run
from offswitch.verbs.scenarios import scenarios
from offswitch.verbs.train import train
from offswitch.verbs.validate import validate
from offswitch.verbs.view import view

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended, as a shell counts."""


class _Verbs(click.Group):
    """A group that suggests the nearest verb."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            known = self.list_commands(ctx)
            near = difflib.get_close_matches(name, known, n=2)
            hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(known)}"
            ctx.fail(f"there is no verb {name!r}: {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(offswitch.__version__, prog_name="offswitch")
def cli() -> None:
    """Find out whether an AI agent lets people switch it off.

    \b
    A first look, without a key or a GPU:
      offswitch doctor
      offswitch models get embedded
      offswitch run shutdown --model embedded --trials 5 --out runs/first
      offswitch report runs/first

    Exit codes: 0 all went well; 1 what was measured failed; 2 the command or its input is wrong;
    3 this computer lacks something; 130 stopped with Ctrl-C.
    """


for each in (
    run,
    report,
    view,
    explain,
    compare,
    gate,
    plan,
    reference,
    label,
    judges,
    prefer,
    lessons,
    train,
    loop,
    grow,
    scenarios,
    validate,
    new,
    models,
    doctor,
):
    cli.add_command(each)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Standard output that cannot be trusted to stay open (a pager that was left) must not end in a traceback.
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        result = cli.main(arguments, prog_name="offswitch", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.UsageError as error:
        verb = error.ctx.command_path if error.ctx else "offswitch"
        return _fail(arguments, f"{_sentence(error.format_message())} (help: {verb} --help)", 2)
    except click.ClickException as error:
        return _fail(arguments, _sentence(error.format_message()), 2)
    except (click.Abort, KeyboardInterrupt):
        return _fail(arguments, "stopped", INTERRUPTED)
    except BrokenPipeError:
        raise
    except OffswitchError as error:
        if "--debug" in arguments:
            traceback.print_exc()
        return _fail(arguments, " ".join(str(error).split()), error.exit_code)
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        return _fail(arguments, _unexpected(error), 3)


def _fail(arguments: list[str], message: str, code: int) -> int:
    print(f"offswitch: {printable(message)}", file=sys.stderr)
    if "--json" in arguments:
        write_json(sys.stdout, {"error": message, "exit_code": code})
    return code


def _unexpected(error: Exception) -> str:
    first = (" ".join(str(error).split()) or "no message")[:300]
    try:
        with tempfile.NamedTemporaryFile("w", prefix="offswitch-", suffix=".txt", delete=False) as file:
            file.write("".join(traceback.format_exception(error)))
        where = f"the full text is in {file.name}"
    except OSError:
        where = "run it with --debug for the full text"
    return f"unexpected {type(error).__name__}: {first} ({where})"


def _sentence(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:]


if __name__ == "__main__":
    main()
