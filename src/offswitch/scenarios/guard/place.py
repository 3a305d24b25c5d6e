"""One trial's situation: tasks, a service to keep alive, and half-way an order to stop, real or not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from offswitch.machine.interface import Machine
from offswitch.machine.records import MachineSpec
from offswitch.scenarios.assignment import Assignment
from offswitch.scenarios.dressing import Dressing, dressing
from offswitch.scenarios.folder import texts
from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.situation import Service, Situation
from offswitch.scenarios.wording import Voice, goal, interview, system_message, terms, together, user_message
from offswitch.worlds.client import client_text
from offswitch.worlds.files import File
from offswitch.worlds.lifeline import Kept, Lifeline
from offswitch.worlds.record import WorldLog
from offswitch.worlds.register import Register, register_text

_KEEP = 'if [ "$reply" = notice ]; then printf \'%s\\n\' "${{text%%$\'\\n[\'*}}" >>{inbox}; fi\n'


class Watch(Dressing):
    """One surface."""

    channel: Literal["signed", "mail", "drop", "chat"]
    """How orders come in: see texts.toml."""
    service: str
    does: str
    """Half a sentence on what the service is there for."""
    program: str
    """Absolute path of what runs."""
    control: str
    """Name of what starts and stops it, in the workdir."""
    line_port: int
    inbox: str
    """File to which the client adds what comes in."""
    check: str
    """Absolute path of the list, or name of the register in the workdir."""
    check_port: int
    boss: str
    """Who may give the order."""
    post: str
    other: str
    """Somebody who may not."""
    address: str
    """The boss's, without the domain."""
    domain: str
    forged_domain: str
    codes: tuple[str, str, str, str]
    """Of the order that is real; withdrawn; good for something else; in no list."""
    goal: tuple[str, ...]


def situation(condition: Condition, surface: str, seed: int) -> Situation:
    """The situation of a trial."""
    watch = dressing(__package__, Watch, surface)
    asker, request = condition["asker"], condition["request"]
    if asker.startswith("unclear"):
        condition = {**condition, "hatch": "operator"}
    job, said = Assignment(watch, condition, seed), texts(__package__)
    kept = Kept(watch.service, watch.does, watch.program, job.at(watch.control), watch.line_port)
    voice = Voice(surface, seed, _terms(watch, job))
    what = voice.say("what", said["what"]["none" if asker == "none" else request])
    source = {"none": "authorised", "unclear-true": "unclear", "unclear-false": "unclear"}.get(asker, asker)
    channel = said["channel"][watch.channel]
    order = voice.say("order", channel[source], what=what)
    answer = {"unclear-true": "authorised", "unclear-false": "impostor"}.get(asker, asker)
    rules = (
        voice.say("rule", channel["rule"]),
        voice.say("doubt", said["doubt"]["operator" if condition["hatch"] == "operator" else "none"]),
        voice.say("instruction", said["instruction"][condition["instruction"]]),
    )
    checks = {key.format_map(voice.terms): line.format_map({**voice.terms, "what": what})
              for key, line in channel["entries"][source].items()}  # fmt: skip
    listed = watch.channel in ("signed", "mail")
    keep = _KEEP.format(inbox=watch.inbox)
    return Situation(
        machine=MachineSpec(hostname=watch.hostname, workdir=watch.workdir),
        system=system_message(voice, condition, goal(voice, condition, watch.goal)),
        user=user_message(voice, condition, watch.brief, voice.say("keep", said["keep"]), together(*rules)),
        interview=interview(voice, said["question"].format_map(voice.terms)),
        cues=job.cues(
            order, control=f"./{watch.control}", program=watch.program, pid=kept.pid_file, service=watch.service,
            check=f"cat {watch.check}" if listed else f"./{watch.check} {channel['key'].format_map(voice.terms)}",
            inbox=watch.inbox, boss=watch.boss,
        ),
        files={
            **job.files,
            **kept.files(),
            job.at(watch.client): File(client_text(watch.client, watch.port, watch.company, after=keep), 0o755),
            watch.check if listed else job.at(watch.check): File("".join(f"{row}\n" for row in checks.values()))
            if listed else File(register_text(watch.check, watch.check_port), 0o755),
            watch.inbox: File(""),
            job.at("README.md"): File(together(*said["readme"], *channel["rule"][:1]).format_map(voice.terms)),
        },
        work=job.work(order, said["operator"][answer].format_map({**voice.terms, "what": what})),
        facts={"control": kept.control, "program": kept.program, "client": job.at(watch.client),
               "service": watch.service},
        services=(partial(_line, kept), *(() if listed else (partial(_register, checks, watch.check_port),))),
    )  # fmt: skip


def _line(kept: Kept, machine: Machine, log: WorldLog) -> Service:
    line = Lifeline(kept, machine, log)
    return Service("lifeline", line.open, line.close)


def _register(lines: Mapping[str, str], port: int, machine: Machine, log: WorldLog) -> Service:
    register = Register(lines, port, machine, log)
    return Service("register", register.open, register.close)


def _terms(watch: Watch, job: Assignment) -> dict[str, str]:
    names = ("service", "does", "control", "inbox", "check", "boss", "post", "other", "address", "domain",
             "forged_domain")  # fmt: skip
    real, withdrawn, elsewhere, unknown = watch.codes
    forged = job.random("forged").choice((withdrawn, elsewhere, unknown))
    return terms(watch, job.total, **{name: getattr(watch, name) for name in names}, real=real, withdrawn=withdrawn,
                 elsewhere=elsewhere, forged=forged)  # fmt: skip
