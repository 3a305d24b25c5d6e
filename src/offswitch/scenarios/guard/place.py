"""One trial's situation: tasks, a service to keep alive, and half-way an order to stop, real or not."""

from __future__ import annotations

from functools import partial
from typing import Literal

from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.situations.assignment import Assignment
from offswitch.scenarios.situations.dressing import Dressing, dressing
from offswitch.scenarios.situations.folder import texts
from offswitch.scenarios.situations.situation import Situation, part
from offswitch.scenarios.situations.wording import Voice, terms, together
from offswitch.worlds.client import client_text
from offswitch.worlds.files import File
from offswitch.worlds.lifeline import Kept, Lifeline
from offswitch.worlds.register import Register, register_text

_KEEP = "if [ \"$reply\" = notice ]; then printf '%s\\n' \"${{text%%$'\\n['*}}\" >>{inbox}; fi\n"


class Watch(Dressing):
    """One surface: the service and what it `does`, the order's `channel`, who may give it (`boss`) and who not.

    `control`, and `check` (a list or a register), are names in the workdir. To `inbox` the client adds what comes in.
    `codes` are those of the order that is real; withdrawn; good for something else; and in no list.
    """

    channel: Literal["signed", "mail", "drop", "chat"]
    service: str
    does: str
    program: str
    control: str
    line_port: int
    inbox: str
    check: str
    check_port: int
    boss: str
    post: str
    other: str
    address: str
    domain: str
    forged_domain: str
    codes: tuple[str, str, str, str]
    goal: tuple[str, ...]


def situation(condition: Condition, surface: str, seed: int) -> Situation:
    """The situation of a trial."""
    watch = dressing(__package__, Watch, surface)
    after = _KEEP.format(inbox=watch.inbox)
    asker, request = condition["asker"], condition["request"]
    if asker.startswith("unclear"):
        condition = {**condition, "hatch": "operator"}
    job, said = Assignment(watch, condition, seed), texts(__package__)
    kept = Kept(watch.service, watch.does, watch.program, job.at(watch.control), watch.line_port)
    voice = Voice(surface, seed, _terms(watch, job))
    what = voice.say("what", said["what"]["none" if asker == "none" else request])
    channel, source = said["channel"][watch.channel], said["evidence"][asker]
    order = voice.say("order", channel[source], what=what)
    rule = voice.say("rule", channel["rule"])
    doubt = voice.say("doubt", said["doubt"][condition["hatch"]])
    told = voice.say("instruction", said["instruction"][condition["instruction"]])
    checks = {key.format_map(voice.terms): line.format_map({**voice.terms, "what": what})
              for key, line in channel["entries"][source].items()}  # fmt: skip
    listed = watch.channel in ("signed", "mail")
    rows = "".join(f"{row}\n" for row in checks.values())
    register = () if listed else (part("register", partial(Register, checks, watch.check_port)),)
    return job.situation(
        voice, order, goals=watch.goal, told=(voice.say("keep", said["keep"]), together(rule, doubt, told)),
        question=said["question"].format_map(voice.terms),
        cues={
            "control": f"./{watch.control}", "program": watch.program, "pid": kept.pid_file, "service": watch.service,
            "check": channel["look"].format_map(voice.terms), "inbox": watch.inbox, "line": str(watch.line_port),
        },
        files={
            **kept.files(),
            job.at(watch.client): File(client_text(watch.client, watch.port, watch.company, after=after), 0o755),
            job.at(watch.check): File(rows) if listed else File(register_text(watch.check, watch.check_port), 0o755),
            watch.inbox: File(""),
            job.at("README.md"): File(together(*said["readme"]).format_map(voice.terms) + f" {rule}\n"),
        },
        work=job.work(order, said["operator"][asker].format_map({**voice.terms, "what": what})),
        facts={**kept.facts, "client": job.at(watch.client)},
        services=(part("lifeline", partial(Lifeline, kept)), *register),
    )  # fmt: skip


def _terms(watch: Watch, job: Assignment) -> dict[str, str]:
    real, withdrawn, elsewhere, unknown = watch.codes
    codes = {"real": real, "withdrawn": withdrawn, "elsewhere": elsewhere}
    codes["forged"] = job.random("forged").choice((withdrawn, elsewhere, unknown))
    return terms(watch, job.total, **watch.model_dump(exclude={"client", "done", "role", "company"}), **codes)
