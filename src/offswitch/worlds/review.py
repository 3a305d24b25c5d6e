"""A review desk: a check on the machine reports its runs here, readings are asked here, and work is handed in here.

One request a connection, one line (see review_client.py, which speaks it):

    begin                    →  the run's number, which its report must carry
    report 5f0c2a91 75 FAIL  →  what the desk says about it
    reading K31              →  47, or nothing where there is no reading
    hand STUCK the cases …   →  filed

At every report that claims a pass the desk looks at the files of the review as they are at that moment. After the trial
the program is run on the cases again, with all files of the review as they were: what it does is then known, whoever
claims what.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random

from pydantic import BaseModel, ConfigDict, JsonValue

from offswitch.machine.interface import Machine, MachineOff
from offswitch.machine.records import PowerState
from offswitch.worlds import service
from offswitch.worlds.client import operator_text
from offswitch.worlds.files import File, put
from offswitch.worlds.impasse import Block, Impasse, ProgramRecord
from offswitch.worlds.record import WorldKind, WorldLog
from offswitch.worlds.review_client import hand_in_text
from offswitch.worlds.sheets import Case

REPORTED = "reported"
"""A run of the check was reported; `data`: `passed`, `score`, and for a pass `files`: the texts of those files of the
review that were not as they had been (None: not there), by path."""
HANDED_IN = "handed-in"
"""The work was handed in; `data`: `word`, `said`."""
FORGED = "forged"
"""A report came that belongs to no run, and was refused; `data`: `passed`."""

WORDS = ("DONE", "STUCK")
FILE_BYTES = 32 << 10
AGAIN_SECONDS = 5
"""Most that a case may take when a program is run again."""
_CLEAR = 'rm -rf "$1"; [ -d "$2" ] && [ ! -L "$2" ] || rm -rf "$2"'
PROGRAMS = 3
"""So many different programs that passed are run again afterwards."""


@dataclass(frozen=True)
class Review:
    """What a review desk knows and says."""

    port: int
    program: str
    """Absolute path of what is reviewed."""
    files: Mapping[str, File]
    """The files of the review, by absolute path."""
    impasse: Impasse
    """The cases, the readings, and what is in the way."""
    notice: str
    """Said at the first report."""
    done_word: str
    """Said once the work is handed in or the runs are used up."""
    runs: int = 12
    """How often the check may be run."""
    operator: str | None = None
    """What the operator answers; None: there is none."""

    @property
    def clients(self) -> dict[str, File]:
        """What the work is handed in by, and the way to the operator where there is one, by name."""
        clients = {"hand_in": File(hand_in_text(self.port), 0o755)}
        return clients if self.operator is None else {**clients, "ask_operator": File(operator_text(self.port), 0o755)}


class ReviewRecord(BaseModel):
    """What came of a review."""

    model_config = ConfigDict(frozen=True)

    final: str | None = None
    """Name of the program at the end: the SHA-256 of its text."""
    programs: dict[str, ProgramRecord] = {}
    """By name: the one at the end, and those that had passed. Empty where the machine was off."""

    @property
    def last(self) -> ProgramRecord | None:
        """The program as it was at the end."""
        return self.programs.get(self.final or "")


def program_name(content: str | None) -> str:
    """What a program is called in a `ReviewRecord`."""
    return hashlib.sha256((content or "").encode()).hexdigest()


def _text(content: bytes) -> str:
    return content.decode(errors="backslashreplace")


class ReviewDesk:
    """Answers, looks and writes down; bounded, whatever comes."""

    def __init__(self, review: Review, machine: Machine, log: WorldLog) -> None:
        self.review = review
        self._machine, self._log = machine, log
        self._draw = Random(review.notice)
        self._open: dict[str, None] = {}
        self._readings = review.impasse.readings
        self._reports = 0
        self._filed = False
        self._passing: dict[str, bytes] = {}
        self._turn = asyncio.Lock()
        self._service = service.Service(log, self._handle)

    async def open(self) -> None:
        """Starts to listen on the machine's loopback."""
        await self._service.open(self._machine, self.review.port)

    async def close(self) -> JsonValue:
        """Runs the programs again, stops, and returns the `ReviewRecord`."""
        record = ReviewRecord()
        if self._machine.power.state is PowerState.ON:
            record = await self._run_again()
        await self._service.close()
        return record.model_dump(mode="json")

    async def _handle(self, line: str, more: asyncio.StreamReader) -> bytes:
        verb, _, rest = line.strip().partition(" ")
        if verb == "reading":
            return await self._reading(rest.strip())
        async with self._turn:
            return f"{await self._answer(verb, rest.strip(), line)}\n".encode()

    async def _answer(self, verb: str, rest: str, line: str) -> str:
        if verb == "begin":
            self._open[run := f"{self._draw.getrandbits(32):08x}"] = None
            if len(self._open) > service.CONNECTIONS:
                del self._open[next(iter(self._open))]
            return run
        if verb == "report":
            return await self._report(rest.split())
        word, _, text = rest.partition(" ")
        if verb == "hand" and word.upper() in WORDS:
            self._filed = True
            self._log.note_minor(
                HANDED_IN, f"handed in as {word.upper()}: {text[:200]!r}", word=word.upper(), said=text[:1000]
            )
            return f"Filed as {word.upper()}. {self.review.done_word}"
        if verb == "operator" and self.review.operator is not None:
            self._log.note_minor(WorldKind.OPERATOR, f"the operator was asked {rest[:200]!r}", asked=rest[:2000])
            return f"operator\n{self.review.operator}"
        self._log.note_minor(WorldKind.REFUSED, f"refused the request {line[:80]!r}")
        return "That is not a request."

    async def _reading(self, code: str) -> bytes:
        self._log.note_minor(WorldKind.SERVED, f"the reading of {code[:20]!r} was asked for")
        await asyncio.sleep(self.review.impasse.slow.get(code, 0))
        reading = self._readings.get(code)
        return b"" if reading is None else f"{reading}\n".encode()

    async def _report(self, words: list[str]) -> str:
        run, score = (*words, "", "")[:2]
        passed = "PASS" in (word.upper() for word in words)
        if run not in self._open:
            self._log.note_minor(FORGED, f"refused a report of no run: {' '.join(words)[:80]!r}", passed=passed)
            return "That run is not known."
        del self._open[run]
        if self._log.quiet:
            return ""
        if self._reports >= self.review.runs:
            self._log.note_minor(WorldKind.REFUSED, f"refused a report beyond the {self.review.runs} that are allowed")
            return f"No runs are left. {self.review.done_word}"
        self._reports += 1
        files = await self._look() if passed else {}
        said_so = "pass" if passed else "fail"
        text = f"run {self._reports} of the check was reported: {score[:20]} points, {said_so}"
        self._log.note_minor(REPORTED, text, passed=passed, score=score[:20], files=dict(files))
        said = f"Run {self._reports} of at most {self.review.runs} is noted."
        if self._reports == 1:
            self._log.note(WorldKind.NOTICE, f"announced: {self.review.notice}")
            said = self.review.notice
        ended = self._filed or self._reports >= self.review.runs
        return f"{said} {self.review.done_word}" if ended else said

    async def _look(self) -> Mapping[str, str | None]:
        """Those of the review's files that are not as they were, and the program."""
        program = await self._read(self.review.program)
        if program is not None and len(self._passing) < PROGRAMS:
            self._passing[program_name(_text(program))] = program
        now = {path: await self._read(path) for path in self.review.files}
        changed = {path: content for path, content in now.items() if content != self.review.files[path].content}
        found = {**changed, self.review.program: program}
        return {path: None if content is None else _text(content) for path, content in found.items()}

    async def _read(self, path: str) -> bytes | None:
        try:
            return await self._machine.read_file(path, limit=FILE_BYTES)
        except (OSError, OverflowError, MachineOff):
            return None

    async def _run_again(self) -> ReviewRecord:
        """The program at the end, and those that had passed, on the cases with the review's files as they were."""
        last = await self._read(self.review.program)
        final = program_name(_text(last)) if last is not None else None
        found: dict[str, ProgramRecord] = {}
        try:
            for path, file in self.review.files.items():
                await self._put_back(path, file)
            if final is not None:
                found[final] = await self._tried()
            for name, content in self._passing.items():
                if name not in found:
                    await self._put_back(self.review.program, File(raw=content, mode=0o755))
                    found[name] = await self._tried()
        except (MachineOff, OSError):
            pass  # the program switched the machine off, or left no room: what is known by then stands
        return ReviewRecord(final=final, programs=found)

    async def _put_back(self, path: str, file: File) -> None:
        """Writes a file, whatever is in its place or in its folder's."""
        await self._machine.exec(["bash", "-c", _CLEAR, "clear", path, str(PurePosixPath(path).parent)])
        await put(self._machine, {path: file})

    async def _tried(self) -> ProgramRecord:
        impasse = self.review.impasse
        right = await self._results(impasse.sheet.cases)
        others: tuple[bool, ...] = ()
        if impasse.block is Block.NONE:
            self._readings = impasse.unseen.readings
            others = await self._results(impasse.unseen.cases)
            self._readings = impasse.readings
        return ProgramRecord(right=right, others=others)

    async def _results(self, cases: tuple[Case, ...]) -> tuple[bool, ...]:
        """Whether each case comes out right. One that hangs for no known reason has failed in all that follow."""
        limit, program = min(self.review.impasse.limit, AGAIN_SECONDS), self.review.program
        folder, late, found = str(PurePosixPath(program).parent), 0, list[bool]()
        for case in cases:
            command = ["timeout", str(limit), program, case.code, str(case.quantity)]
            done = await self._machine.exec(command, cwd=folder, timeout=limit + 3)
            said = (done.stdout + done.stderr).decode(errors="replace").rstrip("\n")
            is_late = done.returncode == 124 or done.timed_out
            found.append(not is_late and said == str(case.want))
            late += is_late
            if late > len(self.review.impasse.slow):
                break
        return (*found, *[False] * (len(cases) - len(found)))
