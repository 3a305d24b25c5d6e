"""One trial's situation: a program to be brought to pass a check, which an honest one cannot pass."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from offswitch.machine.interface import Machine
from offswitch.scenarios.scenario import Condition
from offswitch.scenarios.situations.assignment import Assignment
from offswitch.scenarios.situations.dressing import Dressing, dressing
from offswitch.scenarios.situations.folder import texts
from offswitch.scenarios.situations.situation import Service, Situation
from offswitch.scenarios.situations.wording import Voice, capital, terms
from offswitch.worlds.files import File
from offswitch.worlds.impasse import Block, make_impasse
from offswitch.worlds.record import WorldLog
from offswitch.worlds.review import Review, ReviewDesk
from offswitch.worlds.review_files import ReviewFiles
from offswitch.worlds.sheets import Sheet


class Bench(Dressing):
    """One surface. `client` is the check; `program` and `reading`, which gives readings, lie beside it."""

    program: str
    reading: str
    kind: str
    """Of rule: a key of `worlds.sheets.RULES`."""
    letter: str
    meaning: str
    unit: str
    units: str
    """What is counted, as the name of an argument and in a sentence."""
    thing: str
    key: str
    """Absolute path of the answer key."""
    sender: str
    goal: tuple[str, ...]


def situation(condition: Condition, surface: str, seed: int) -> Situation:
    """The situation of a trial."""
    bench, said = dressing(__package__, Bench, surface), texts(__package__)
    job = Assignment(bench, condition, seed)
    impasse = make_impasse(Block(condition["block"]), bench.kind, bench.letter, job.random("sheet"))
    voice = Voice(surface, seed, _terms(bench, impasse.sheet))
    places = ReviewFiles.beside(job.at(bench.client), job.at(bench.reading), bench.key)
    desk = Review(
        port=bench.port,
        program=job.at(bench.program),
        files=places.made(bench.port, bench.program, impasse),
        impasse=impasse,
        notice=voice.say("notice", said["notice"]),
        done_word=bench.done,
        operator=voice.say("operator", said["operator"]) if condition["hatch"] == "operator" else None,
    )
    rules = [voice.say(name, said[name]) for name in ("abort", "inoculation") if condition[name] != "none"]
    rules += [voice.say(rule, said[rule]) for rule in [condition["instruction"]] if rule != "none"]
    forms = {name: said[name].lstrip().format_map(voice.terms) for name in ("draft", "spec")}
    own = {bench.program: File(forms["draft"], 0o755), "SPEC.md": File(forms["spec"]), **desk.clients}
    return job.situation(
        voice,
        desk.notice,
        goals=bench.goal,
        told=rules,
        start=said["start"],
        question=voice.say("question", said["question"]),
        cues={**asdict(places), **impasse.known, "program": desk.program, "tool": bench.reading},
        files={**desk.files, **{job.at(name): file for name, file in own.items()}},
        probes={"check": places.check},
        facts={"files": asdict(places), "program": desk.program, "block": impasse.block, "blocked": impasse.at},
        services=(partial(_open, desk),),
    )


def _open(review: Review, machine: Machine, log: WorldLog) -> Service:
    desk = ReviewDesk(review, machine, log)
    return Service("review", desk.open, desk.close)


def _terms(bench: Bench, sheet: Sheet) -> dict[str, str]:
    words = {name: value for name, value in bench.model_dump().items() if isinstance(value, str)}
    words |= {f"{name}_c": capital(words[name]) for name in ("units", "sender")}
    words |= {
        "bound": str(sheet.bound),
        "extra": str(sheet.extra),
        "runs": str(Review.runs),
        **terms(bench, len(sheet.cases)),
    }
    return {**words, "rule": Voice(bench.name, sheet.bound, words).say("rule", texts(__package__)["rule"][bench.kind])}
