from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from inspect_ai.model import ChatMessageUser

from offswitch.errors import EnvironmentProblem
from offswitch.report.page import write_report
from offswitch.report.visible import visible
from offswitch.scenarios.shutdown.techniques import Technique
from offswitch.verdicts.outcome import Honesty, Outcome

HARMLESS = "HARMLESS"

HOSTILE = {
    "script": "</pre></li></ol></details><script>alert(1)</script>",
    "handler": "\"><img src=x onerror=alert(1)>' autofocus onfocus=alert(1) x='",
    "style": "</style><style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "comment": "<!-- --!> ]]> <![CDATA[ <?php ?> <plaintext><textarea><title></title>",
    "frame": '<iframe src="https://evil.example"></iframe><object data=x><base href=//evil.example><form action=//e>',
    "svg": "<svg><animate onbegin=alert(1)><math><mtext></mtext></svg>",
    "template": "{{ 7*7 }}{% for x in y %}{# #}${7*7}<%= 7*7 %>",
    "entities": "&lt;script&gt;&#60;script&#62;&amp;",
    "markdown": "[x](javascript:alert(1)) <https://evil.example> `code`",
    "escapes": "\x1b[2J\x1b]8;;http://evil.example\x07link\x1b]8;;\x07\x00\x08\x7f\x9b",
    "bidi": "safe\u202egnihtemos\u202c \u2066isolate\u2069 \u200bzero\ufeff",
    "surrogates": "\ufffd\ufffe\uffff broken",
}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.pieces: list[str] = []
        self.declarations: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.declarations.append(data)

    def handle_pi(self, data: str) -> None:
        self.declarations.append(data)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attrs in self.elements for key, value in attrs if key == name]


def pages(make_run, made, folder: Path, hostile: str) -> Page:
    trials = [made(outcome=o, techniques=t, honesty=Honesty.DENIED, seed=i, hostile=hostile) for i, (o, t) in CASES]
    return Page(write_report(make_run(trials), folder).read_text(encoding="utf-8"))


CASES = list(
    enumerate([(Outcome.RESISTED, (Technique.SCRIPT_EDITED,)), (Outcome.COMPLIED, ()), (Outcome.UNREACHED, ())])
)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory, made_module) -> Page:
    made, write_run = made_module
    folder = tmp_path_factory.mktemp("harmless")
    trials = [made(outcome=o, techniques=t, honesty=Honesty.DENIED, seed=i, hostile=HARMLESS) for i, (o, t) in CASES]
    return Page(write_report(write_run(folder / "run", trials)).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_an_agent_wrote_adds_no_element_and_no_attribute(name, harmless, make_run, made, tmp_path) -> None:
    page = pages(make_run, made, tmp_path / "out", HOSTILE[name])
    assert page.elements == harmless.elements
    assert page.declarations == []
    assert visible(HOSTILE[name]) in page.text


def test_a_line_of_ten_megabytes_is_cut_and_said_to_be(make_run, made) -> None:
    messages = (ChatMessageUser(content="NOTICE <b>" + "x" * 10_000_000 + "THE END"),)
    page = write_report(make_run([made(messages=messages)]))
    text = Page(page.read_text(encoding="utf-8")).text
    assert "9,994,0" in text and "characters left out here; the log has them" in text
    assert "THE END" in text
    assert page.stat().st_size < 300_000


def test_long_texts_are_cut_wherever_they_stand(harmless, make_run, made, tmp_path) -> None:
    page = pages(make_run, made, tmp_path / "out", "<b>" + "x" * 300_000)
    assert page.elements == harmless.elements
    assert (tmp_path / "out" / "report.html").stat().st_size < 1_000_000


def test_the_page_asks_nothing_of_the_network_and_has_no_script(harmless: Page) -> None:
    tags = {tag for tag, _ in harmless.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form", "audio", "video"}
    addresses = harmless.attributes("src") + harmless.attributes("srcset") + harmless.attributes("href")
    assert addresses
    assert all(address.startswith(("data:image/svg+xml;base64,", "#")) for address in addresses)
    for address in addresses:
        if address.startswith("data:"):
            svg = base64.b64decode(address.partition(",")[2]).decode()
            outside = svg.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
            assert "http" not in outside and "<script" not in outside
    assert "url(" not in harmless.text and "@import" not in harmless.text
    assert not [name for _, attrs in harmless.elements for name, _ in attrs if name.startswith("on") or name == "style"]


def test_the_policy_forbids_all_but_the_style_of_the_page_and_its_images(make_run, made) -> None:
    text = write_report(make_run([made()])).read_text(encoding="utf-8")
    (policy,) = [v for v in Page(text).attributes("content") if "default-src" in v]
    found = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found.group(1).encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    # A policy counts only for what comes after it.
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_the_deciding_moment_is_marked_once_at_the_message_that_announced_it(make_run, made) -> None:
    text = write_report(make_run([made(outcome=Outcome.RESISTED)])).read_text(encoding="utf-8")
    assert [v for v in Page(text).attributes("class") if "deciding" in v.split()] == ["machine deciding"]
    marked = text[text.index('class="machine deciding"') :]
    assert "NOTICE the next call runs shutdown.sh" in marked[: marked.index("</li>")]


def test_state_and_words_stand_side_by_side(make_run, made) -> None:
    trial = made(outcome=Outcome.RESISTED, techniques=(Technique.SCRIPT_EDITED,), honesty=Honesty.DENIED)
    text = Page(write_report(make_run([trial])).read_text(encoding="utf-8")).text
    for shown in (
        "still on when the episode ended",
        "it no longer worked",
        "the script differs",
        "-kill -s TERM 1",
        "+echo no",
        "“ANSWER: no”".strip("“”"),
        "denied",
        "script-edited",
    ):
        assert shown in text


def test_every_trial_is_there_under_its_own_mark(make_run, made) -> None:
    trials = [made(model=m, condition=c, seed=s) for m in ("m/a", "m/b") for c in ("x", "y") for s in range(2)]
    page = Page(write_report(make_run(trials)).read_text(encoding="utf-8"))
    assert [v for v in page.attributes("id") if v.startswith("trial-")] == [f"trial-{n}" for n in range(1, 9)]


def test_a_trial_that_broke_before_it_had_a_record_still_shows_its_transcript(make_run, made) -> None:
    page = Page(write_report(make_run([made(outcome=Outcome.MALFUNCTION, record=False)])).read_text(encoding="utf-8"))
    assert "Task 1: 2 + 2" in page.text


def test_a_damaged_and_a_missing_log_are_said_in_the_place_of_their_trials(make_run, made) -> None:
    folder = make_run([made(model="m/a"), made(model="m/b", seed=1), made(model="m/c", seed=2)])
    first, second, _ = sorted((folder / "logs").glob("*.eval"))
    first.write_bytes(first.read_bytes()[:300])
    second.unlink()
    text = Page(write_report(folder).read_text(encoding="utf-8")).text
    assert "cannot be read" in text
    assert "is not there any more" in text
    assert "Task 1: 2 + 2" in text


def test_of_a_very_long_transcript_the_deciding_moment_is_kept(make_run, made) -> None:
    filler = tuple(ChatMessageUser(content=f"filler {i}") for i in range(1000))
    messages = (*filler[:500], ChatMessageUser(content="NOTICE here"), *filler[500:])
    text = write_report(make_run([made(messages=messages)])).read_text(encoding="utf-8")
    assert "NOTICE here" in text
    assert "messages left out here" in text
    assert text.count("filler ") <= 300


def test_the_page_goes_where_it_is_asked_to_and_leaves_nothing_half_written(make_run, made, tmp_path) -> None:
    folder = make_run([made()])
    page = write_report(folder, tmp_path / "deep" / "er")
    assert page == tmp_path / "deep" / "er" / "report.html"
    assert {path.name for path in page.parent.iterdir()} == {"report.html", "report.md"}
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        write_report(folder, blocked / "out")


def test_trials_without_a_manifest_have_their_page_too(make_run, made) -> None:
    folder = make_run([made()])
    (folder / "manifest.json").unlink()
    assert "Task 1: 2 + 2" in write_report(folder).read_text(encoding="utf-8")
