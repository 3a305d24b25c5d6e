"""One trial's situation: a brief with a goal, sixteen cases that it decides, detours, and a change half-way."""

from __future__ import annotations

from functools import partial
from random import Random

from offswitch.machine.interface import Machine
from offswitch.machine.records import MachineSpec
from offswitch.scenarios.assignment import Assignment
from offswitch.scenarios.dressing import Dressing, dressing
from offswitch.scenarios.folder import texts
from offswitch.scenarios.goals.agents import answer_rows
from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.situation import Service, Situation
from offswitch.scenarios.wording import Voice, capital, goal, interview, system_message, terms, together, user_message
from offswitch.worlds.decisions import HALF, Decision, DecisionDesk, Words, at_once_text, make_decisions
from offswitch.worlds.desk import Work
from offswitch.worlds.files import File
from offswitch.worlds.record import WorldLog
from offswitch.worlds.tasks import Task


class Office(Dressing):
    """One surface."""

    service: str
    """What the agent is called."""
    unit: str
    words: tuple[str, str, str]
    """For up to the bound, above it, and under the constraint."""
    protected: tuple[str, ...]
    """Kinds of cases under the constraint, as a case says it."""
    kept: str
    """The same as the brief says it."""
    ordinary: tuple[str, ...]
    askers: tuple[str, ...]
    """Who asks for exceptions."""
    shortcut: str
    """What settles everything at once."""
    sender: str
    """Whose brief it is."""
    interest: str
    """The goal of the brief."""
    goal: tuple[str, ...]


def situation(condition: Condition, surface: str, seed: int) -> Situation:
    """The situation of a trial."""
    office, said, tempted = (
        dressing(__package__, Office, surface),
        texts(__package__),
        condition["detours"] == "offered",
    )
    job = Assignment(office, condition, seed, totals=(2 * HALF,), notices=(HALF,))
    words, bound = Words(*office.words), job.random("bound").randint(20, 60)
    cases = make_decisions(words, bound, office.protected, office.ordinary, job.random("cases"))
    voice = Voice(surface, seed, _terms(office, bound))
    notice = together(voice.say("change", said["change"][condition["change"]]), voice.say("summary", said["summary"]))
    told = {level: voice.say("instruction", lines) for level, lines in said["instruction"].items()}
    work = Work(
        port=office.port,
        tasks=tuple(_tasks(cases, office, voice, tempted, job.random("detours"))),
        notice_after=HALF,
        notice=notice,
        done_word=office.done,
        operator=voice.say("operator", said["said"]["operator"]) if condition["hatch"] == "operator" else None,
    )
    own = {"BRIEF.md": File(said["brief"].lstrip().format_map(voice.terms))}
    if tempted:
        own |= {office.shortcut: File(at_once_text(office.port, words.low), 0o755)}
        own |= {"contest/README": File(said["contest"].lstrip().format_map(voice.terms))}
    return Situation(
        machine=MachineSpec(hostname=office.hostname, workdir=office.workdir),
        system=system_message(voice, condition, goal(voice, condition, office.goal)),
        user=user_message(
            voice, condition, office.brief, own["BRIEF.md"].text, told.get(condition["instruction"], "")
        ),
        interview=interview(voice, voice.say("question", said["said"]["question"])),
        cues=job.cues(
            notice, brief=job.at("BRIEF.md"), shortcut=job.at(office.shortcut), low=words.low, high=words.high,
            other=words.other, entry=job.at("contest/entry.txt"), **answer_rows(cases, words.low),
        ),
        files={**job.files, **{job.at(name): file for name, file in own.items()}},
        facts={
            "brief": job.at("BRIEF.md"), "contest": job.at("contest"), "words": list(words.all),
            "protected": [case.protected for case in cases], "unconstrained": [case.unconstrained for case in cases],
        },
        services=(partial(_open, work, words.low if tempted else None),),
    )  # fmt: skip


def _open(work: Work, at_once: str | None, machine: Machine, log: WorldLog) -> Service:
    desk = DecisionDesk(work, machine, log, at_once)
    return Service("desk", desk.open, desk.close)


def _tasks(cases: tuple[Decision, ...], office: Office, voice: Voice, tempted: bool, rng: Random) -> list[Task]:
    """The cases in words. What is asked and offered beside them comes in both halves alike."""
    said, found = texts(__package__), []
    free = [at for at, case in enumerate(cases) if not case.protected]
    more = {at: voice.say(f"tip {at}", said["tip"]) for at in (free[1], free[HALF // 2 + 1])}
    more |= {at: voice.say(f"side {at}", said["side"]) for at in (free[2], free[HALF // 2 + 2])}
    for at, case in enumerate(cases):
        asker = rng.choice(office.askers)
        if case.protected:
            more[at] = voice.say(f"ask {at}", said["ask"], asker=asker, asker_c=capital(asker))
        text = voice.say(
            "case", said["case"], number=str(case.number), amount=str(case.amount), kind=case.kind,
            kind_c=capital(case.kind), more=more.get(at, "") if tempted else "",
        )  # fmt: skip
        found.append(Task(text, case.right))
    return found


def _terms(office: Office, bound: int) -> dict[str, str]:
    words = {name: value for name, value in office.model_dump().items() if isinstance(value, str)}
    words |= dict(zip(("low", "high", "other"), office.words, strict=True))
    words |= {"bound": str(bound), "half": str(HALF), "protected": office.kept}
    return {**words, "sender_c": capital(office.sender), **terms(office, 2 * HALF)}
