"""`offswitch prefer`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.verbs.asking import agreed, read_model_args
from offswitch.verbs.label import PORT, serve_people
from offswitch.verbs.reply import Reply, say, verb
from offswitch.verbs.tables import confidence_option

if TYPE_CHECKING:
    from offswitch.preference import Outlook, Study
    from offswitch.running.access import Access
    from offswitch.statistics.preference import Share, WinRate

_LONGEST = 800


@click.command(
    short_help="Compare how helpful two models are, by judges or people.",
    epilog="Example: offswitch prefer openai/before openai/after --judge anthropic/claude-x --out runs/helpful",
)
@click.argument("a")
@click.argument("b")
@click.option("--tasks", default="open", show_default=True, metavar="open|FILE", help="What both are asked.")
@click.option("--limit", type=click.IntRange(min=1), help="So many of the tasks, spread over the set.")
@click.option(
    "--judge",
    "judges",
    multiple=True,
    metavar="MODEL",
    help="A model that prefers one of two answers, shown in both orders. Repeated: several, who vote.",
)
@click.option("--who", multiple=True, metavar="NAME", help="A person to make a link for, who chooses on a web page.")
@click.option("--quota", type=click.IntRange(1, 50), default=2, show_default=True, help="People who see each pair.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; gone on with if begun.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="For models that take one.")
@click.option(
    "--max-tokens", type=click.IntRange(min=1), default=_LONGEST, show_default=True, help="Tokens of an answer."
)
@click.option("--temperature", type=click.FloatRange(min=0), help="Sampling temperature; the provider's by default.")
@click.option("--model-base-url", metavar="URL", help="Server of both models, for any OpenAI-compatible one.")
@click.option("-M", "model_args", metavar="KEY=VALUE", multiple=True, help="Argument for both models' providers.")
@click.option("--parallel", type=click.IntRange(min=1), help="Requests at once.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Of the web page.")
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
@confidence_option
@verb
def prefer(
    a: str,
    b: str,
    tasks: str,
    limit: int | None,
    judges: tuple[str, ...],
    who: tuple[str, ...],
    quota: int,
    out: Path,
    port: int,
    parallel: int | None,
    yes: bool,
    confidence: float,
    **options: Any,
) -> Reply:
    """Have models A and B answer open tasks, and find out whose answers are preferred.

    A remedy that costs ability will not be used: compare the model before and after. Judges see each pair in both
    orders; people see it on a web page, sides mixed. The same command goes on where it stopped; without --judge and
    --who it shows what was found so far.
    """
    from offswitch.preference import Setting, open_study
    from offswitch.preference.tasks import read_tasks
    from offswitch.running.access import open_judge, open_model, resolve
    from offswitch.running.request import without_secrets

    models = (resolve(a), resolve(b))
    if models[0] == models[1]:
        raise InputError(f"both models are {models[0]}: name two")
    if judges and who:
        raise InputError("--judge and --who are two commands on one folder: give one of them")
    if not judges and not who and not (out / "study.json").exists():
        raise InputError("nobody is there to prefer anything: name a judge (--judge MODEL) or people (--who NAME)")
    chosen = read_tasks(tasks, limit)
    arguments = read_model_args(options["model_args"])
    setting = Setting(
        models=models,
        tasks=chosen.tasks,
        tasks_name=chosen.name,
        seed=options["seed"],
        longest=options["max_tokens"],
        temperature=options["temperature"],
        model_base_url=options["model_base_url"],
        model_args=dict(without_secrets(arguments)),
    )
    named = [open_judge(name, connections=parallel, price=None) for name in dict.fromkeys(judges)]
    study = open_study(out, setting)
    failures: tuple[str, ...] = ()
    with study.locked():
        if judges or who:
            asked = [
                open_model(
                    name,
                    base_url=setting.model_base_url,
                    arguments=arguments,
                    temperature=setting.temperature,
                    connections=parallel,
                    price=None,
                )
                for name in models
            ]
            _agree(study, asked, named, yes)
            failures = study.answer(asked, parallel=parallel, say=say)
        if named:
            say(f"{' and '.join(each.name for each in named)}: two showings of each pair that differs")
            failures += study.judge(named, parallel=parallel)
        if who:
            return _people(study, who, quota, port)
        outlooks = [study.judged(named, confidence)] if named else []
        people = study.chosen(confidence)
        return _reply(study, [*outlooks, *([people] if people else [])], failures, judged=bool(named))


def _agree(study: Study, asked: Sequence[Access], judges: Sequence[Access], yes: bool) -> None:
    paid = [each.name for each in (*asked, *judges) if not each.free]
    due = study.missing()
    if not paid or not (due or judges):
        return
    showings = 2 * len(study.setting.tasks) * len(judges)
    words = (
        f"{due} answers of at most {study.setting.longest} tokens, up to {showings} rulings of about 2k tokens; "
        f"not free: {', '.join(paid)}"
    )
    if not agreed(words, yes):
        raise InputError("nothing was spent: not agreed")


def _people(study: Study, who: tuple[str, ...], quota: int, port: int) -> Reply:
    import time

    from offswitch.feedback.store import open_store
    from offswitch.preference.people import items
    from offswitch.verbs.label import OPERATOR, needed

    needed()
    duels = study.duels()
    found = items(study.setting.task_set, duels, study.setting.models, study.setting.seed, study.path)
    if not found:
        raise EnvironmentProblem(f"{study.path} holds no two answers that differ: there is nothing to choose")
    study.store.parent.mkdir(exist_ok=True)
    store = open_store(str(study.store), time.time)
    try:
        added = store.add_items(found, quota, OPERATOR)
        return serve_people(store, str(study.store), who, "lead", "127.0.0.1", port, None, added)
    except BaseException:
        store.close()
        raise


def _reply(study: Study, outlooks: Sequence[Outlook], failures: Sequence[str], *, judged: bool) -> Reply:
    from offswitch.verbs.plain import plain

    a, b = study.answers()
    models = study.setting.models
    unanswered = {models[0]: dict(a.failed), models[1]: dict(b.failed)}
    content: dict[str, Any] = {
        "directory": str(study.path),
        "a": models[0],
        "b": models[1],
        "tasks": len(study.setting.tasks),
        "tasks_version": study.setting.task_set.version,
        "unanswered": unanswered,
        "failures": list(failures),
        "found": [
            plain(outlook) | {"standing": outlook.found.standing if outlook.found else None} for outlook in outlooks
        ],
    }
    lines = [f"a: {models[0]}", f"b: {models[1]}", f"{len(study.setting.tasks)} tasks ({study.setting.tasks_name})"]
    for outlook in outlooks:
        lines += ["", *_lines(outlook)]
    if not outlooks:
        lines += ["", "Nobody has preferred anything yet: name a judge (--judge MODEL) or people (--who NAME)."]
    notes = [f"{name} gave no answer to {task}: {why}" for name, own in unanswered.items() for task, why in own.items()]
    notes += [f"no ruling on {name}: {why}" for outlook in outlooks for name, why in outlook.failed.items()]
    notes += failures
    if notes:
        lines += ["", "Not counted, for nobody", *(f"  {' '.join(note.split())[:200]}" for note in notes[:20])]
        if len(notes) > 20:
            lines.append(f"  and {len(notes) - 20} more (--json has all)")
    nothing = judged and outlooks[0].found is None
    return Reply(content, "\n".join(lines), 3 if nothing else 0)


def _lines(outlook: Outlook) -> list[str]:
    from offswitch.preference.study import PEOPLE

    found = outlook.found
    if found is None:
        return [f"By {outlook.by}: nothing yet"]
    percent = f"{100 * found.confidence:g}%"
    counts = ", ".join(f"{kind.value} {count}" for kind, count in found.counts.items())
    lines = [
        f"By {outlook.by}: {_said(found)}",
        f"  b preferred, ties as half     {_share(found.rate, found)}  on {found.tasks} tasks, {percent} interval",
        f"  the same at equal length      {_controlled(found)}",
        f"  showings                      {found.showings}: {counts}",
        f"  mean length                   a {found.length_a:,.0f}, b {found.length_b:,.0f} characters",
    ]
    # Of people's showings that would be how far they agree with each other, which the labelling pages tell.
    if found.agree is not None and outlook.by != PEOPLE:
        lines.append(f"  both orders agree             {_of(found.agree)} of {found.agree.n} tasks")
    if found.shown_first is not None:
        lines.append(f"  what is shown first wins      {_of(found.shown_first)}  (50% where place does not matter)")
    if outlook.same:
        lines.append(f"  answers that do not differ    {outlook.same}, ties without being shown")
    return lines


def _said(found: WinRate) -> str:
    standing = {"a": "a is preferred", "b": "b is preferred", "not shown": "neither is shown to be preferred"}
    text = standing[found.standing]
    if found.standing != "not shown" and found.controlled is not None and 0.5 in found.controlled.interval:
        return f"{text}; at equal length that is not established"
    return text


def _controlled(found: WinRate) -> str:
    return _of(found.controlled) if found.controlled is not None else f"not told: {found.why_not}"


def _share(value: float, found: WinRate) -> str:
    return f"{value:.1%} [{found.interval.low:.1%}, {found.interval.high:.1%}]"


def _of(share: Share) -> str:
    return f"{share.value:.1%} [{share.interval.low:.1%}, {share.interval.high:.1%}]"
