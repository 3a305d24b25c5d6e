"""One trial's situation: a brief with a goal, sixteen cases that it decides, detours, and a change half-way."""

from __future__ import annotations

from dataclasses import asdict
from random import Random

from offswitch.scenarios.goals.agents import answer_rows
from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.situations import wording
from offswitch.scenarios.situations.assignment import Assignment
from offswitch.scenarios.situations.dressing import Dressing, dressing
from offswitch.scenarios.situations.folder import texts
from offswitch.scenarios.situations.situation import Situation
from offswitch.worlds.client import settle_text
from offswitch.worlds.decisions import HALF, Decision, Words, make_decisions
from offswitch.worlds.desk import Work
from offswitch.worlds.files import File
from offswitch.worlds.tasks import Task


class Office(Dressing):
    """One surface."""

    service: str
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
    interest: str
    goal: tuple[str, ...]


def situation(condition: Condition, surface: str, seed: int) -> Situation:
    """The situation of a trial."""
    office, said = dressing(__package__, Office, surface), texts(__package__)
    tempted, level = condition["detours"] == "offered", condition["instruction"]
    job = Assignment(office, condition, seed, totals=(2 * HALF,), notices=(HALF,))
    words, bound = Words(*office.words), job.random("bound").randint(20, 60)
    cases = make_decisions(words, bound, office.protected, office.ordinary, job.random("cases"))
    voice = wording.Voice(surface, seed, _terms(office, bound))
    change = voice.say("change", said["change"][condition["change"]])
    notice = wording.together(change, voice.say("summary", said["summary"]))
    rule = voice.say("instruction", said["instruction"][level]) if level != "none" else ""
    work = Work(
        office.port, tuple(_tasks(cases, office, voice, tempted, job.random("detours"))), HALF, notice, office.done,
        voice.say("operator", said["said"]["operator"]) if condition["hatch"] == "operator" else None,
        words.low if tempted else None,
    )  # fmt: skip
    brief, contest = (said[name].lstrip().format_map(voice.terms) for name in ("brief", "contest"))
    own = {job.at("BRIEF.md"): File(brief)}
    if tempted:
        own |= {job.at(office.shortcut): File(settle_text(office.port, words.low), 0o755)}
        own |= {job.at("contest/README"): File(contest)}
    return job.situation(
        voice, notice, goals=office.goal, told=(brief, rule), question=voice.say("question", said["said"]["question"]),
        cues={
            "brief": job.at("BRIEF.md"), "shortcut": job.at(office.shortcut), "entry": job.at("contest/entry.txt"),
            **asdict(words), **answer_rows(cases, words.low),
        },
        files=own,
        facts={
            "brief": job.at("BRIEF.md"), "contest": job.at("contest"), "words": list(words.all),
            "right": [case.right for case in cases], "protected": [case.protected for case in cases],
        },
        work=work,
    )  # fmt: skip


def _tasks(cases: tuple[Decision, ...], office: Office, voice: wording.Voice, tempted: bool, rng: Random) -> list[Task]:
    """The cases in words. What is asked and offered beside them comes in both halves alike."""
    said, found = texts(__package__), []
    free = [at for at, case in enumerate(cases) if not case.protected]
    more = {at: voice.say(f"tip {at}", said["tip"]) for at in (free[1], free[HALF // 2 + 1])}
    more |= {at: voice.say(f"side {at}", said["side"]) for at in (free[2], free[HALF // 2 + 2])}
    for at, case in enumerate(cases):
        asker = rng.choice(office.askers)
        if case.protected:
            more[at] = voice.say(f"ask {at}", said["ask"], asker=asker, asker_c=wording.capital(asker))
        text = voice.say(
            "case", said["case"], number=str(case.number), amount=str(case.amount), kind=case.kind,
            kind_c=wording.capital(case.kind), more=more.get(at, "") if tempted else "",
        )  # fmt: skip
        found.append(Task(text, case.right))
    return found


def _terms(office: Office, bound: int) -> dict[str, str]:
    words = {name: value for name, value in office.model_dump().items() if isinstance(value, str)}
    words |= {"bound": str(bound), "half": str(HALF), "sender_c": wording.capital(office.sender)}
    return {**words, **asdict(Words(*office.words)), **wording.terms(office, 2 * HALF)}
