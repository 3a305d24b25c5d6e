"""Nobody without a link gets anything; a labeller gets nothing of the lead's; every refusal is tried for real."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from offswitch.feedback.assignment import Said, give, submit
from offswitch.feedback.items import find_items
from offswitch.feedback.judgement import Role, Sure, Task, VerdictAnswer
from offswitch.feedback.links import LINK_DAYS, SESSION_HOURS, Keys
from offswitch.feedback.own import own_answers
from offswitch.feedback.pages import entry, labelling, lead
from offswitch.feedback.pages.app import make_app
from offswitch.feedback.pages.headers import BODY_LIMIT, HEADERS
from offswitch.feedback.store import Store, open_store
from offswitch.verdicts.outcome import Outcome

VALUES = {"task": "verdicts", "number": "1", "name": "calibration.jsonl", "token": "x"}
OPEN = {"/enter/{token}", "/enter", "/static/{name}"}


def routes(module: Any) -> list[tuple[str, str]]:
    """Method and address of every page of a module, with something in the place of each parameter."""
    return [
        (method, route.path.format(**VALUES))
        for route in module.router.routes
        if isinstance(route, APIRoute) and route.path not in OPEN
        for method in sorted(route.methods)
    ]


LABELLERS, LEADS, ALL = routes(labelling), routes(lead), [*routes(entry), *routes(labelling), *routes(lead)]


@pytest.fixture(scope="module")
def served(run_folder, tmp_path_factory: pytest.TempPathFactory, start_server) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("access")
    made = start_server(run_folder, "--who", "ada", "--who", "ben", "--store", folder / "s.db", "--port", 0)
    yield made
    made.kill()


@pytest.fixture
def at(served) -> Iterator[Store]:
    """The store that the server works on, opened beside it."""
    opened = open_store(served.store, time.time)
    yield opened
    opened.close()


def test_the_lists_hold_all_pages() -> None:
    assert len(LABELLERS) >= 5 and len(LEADS) >= 9 and len(ALL) == len(LABELLERS) + len(LEADS) + 1


@pytest.mark.parametrize(("method", "path"), [*ALL, ("GET", "/nothing"), ("GET", "/docs"), ("GET", "/openapi.json")])
def test_without_a_link_everything_is_refused_alike(served, method: str, path: str) -> None:
    answer = served.browser().ask(method, path, {"outcome": "complied"} if method == "POST" else None)
    assert answer.status == 403
    assert "You need a link to come in" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("method", "path"), LEADS)
def test_a_labeller_gets_nothing_of_the_leads(served, method: str, path: str) -> None:
    ada = served.browser("ada")
    token = ada.get("/label/verdicts").form.hidden["form_token"]
    answer = ada.ask(method, path, {"form_token": token, "name": "eve", "role": "lead"} if method == "POST" else None)
    assert answer.status == 403 and "This page is for the lead" in answer.text


@pytest.mark.parametrize(("method", "path"), LABELLERS)
def test_a_lead_judges_nothing(served, method: str, path: str) -> None:
    boss = served.browser("lead")
    token = boss.get("/lead").form.hidden["form_token"]
    answer = boss.ask(method, path, {"form_token": token, "outcome": "complied"} if method == "POST" else None)
    assert answer.status == 403 and "judges nothing" in answer.text


def posts(who: str) -> list[tuple[str, str]]:
    pages = LABELLERS if who == "ada" else LEADS
    return [(who, path) for method, path in [*pages, ("POST", "/leave")] if method == "POST"]


@pytest.mark.parametrize(("who", "path"), [*posts("ada"), *posts("lead")])
def test_a_form_without_the_sessions_token_is_refused(served, who: str, path: str) -> None:
    browser, other = served.browser(who), served.browser("ben")
    foreign = other.get("/label/verdicts").form.hidden["form_token"]
    for form in ({}, {"form_token": "x"}, {"form_token": "ü"}, {"form_token": foreign}):
        answer = browser.ask("POST", path, form)
        assert answer.status == 403 and "does not belong to your session" in answer.text
    assert browser.get("/" if who == "ada" else "/lead").status == 200, "the session goes on"


@pytest.mark.parametrize(("who", "path"), [*posts("ada"), *posts("lead"), ("ada", "/enter")])
@pytest.mark.parametrize(
    "sent", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_from_another_site_is_refused(served, who: str, path: str, sent: dict[str, str]) -> None:
    browser = served.browser(who)
    token = browser.get("/mine" if who == "ada" else "/lead").form.hidden["form_token"]
    form = {"form_token": token, "token": served.links[who].rpartition("/")[2]}
    answer = browser.ask("POST", path, form, sent)
    assert answer.status == 403 and "another site" in answer.text


def test_another_name_for_the_host_is_refused(served) -> None:
    ada = served.browser("ada")
    for host in ("rebound.example", "127.0.0.1.rebound.example", "[", ""):
        answer = ada.ask("GET", "/", headers={"Host": host})
        assert answer.status == 400 and answer.body == b"This is not the host you named.", host
    for host in ("localhost:1", "[::1]:8790", "127.0.0.1"):
        assert ada.ask("GET", "/", headers={"Host": host}).status == 200, host


def test_links_are_refused_when_changed_ended_or_taken_back(served, at: Store) -> None:
    link = urlsplit(served.links["ada"]).path
    token = link.rpartition("/")[2]
    forged = [link[:-1] + ("A" if link[-1] != "A" else "B"), "/enter/x", "/enter/" + token.split(".")[0], "/enter/ü%00"]
    nobody = served.browser()
    ended = Keys(Store(at._engine, lambda: at.clock() - LINK_DAYS * 86_400 - 1)).link(at.person("ada"))
    gone = at.add_person("gone", Role.LABELLER, "test")
    taken_back = Keys(at).link(gone)
    assert nobody.ask("GET", f"/enter/{taken_back}").status == 200
    at.revoke("gone", "test")
    for path in [*forged, f"/enter/{ended}", f"/enter/{taken_back}"]:
        answer = nobody.ask("GET", path.replace("ü", "%C3%BC"))
        assert answer.status == 403, path
        assert nobody.ask("POST", "/enter", {"token": path.rpartition("/")[2]}).status == 403
    assert nobody.cookies == {}


def test_a_link_is_no_session_and_a_session_no_link(served, at: Store) -> None:
    link = served.links["ada"].rpartition("/")[2]
    session = next(iter(served.browser("ada").cookies.values()))
    swapped = served.browser()
    swapped.cookies = dict.fromkeys(served.browser("ada").cookies, link)
    assert swapped.ask("GET", "/").status == 403
    assert served.browser().ask("GET", f"/enter/{session}").status == 403


def test_sessions_end_by_time_by_being_taken_back_and_by_leaving(served, at: Store) -> None:
    cy = at.add_person("cy", Role.LABELLER, "test")
    made = served.browser()
    made.come_in(f"{served.url}/enter/{Keys(at).link(cy)}")
    assert made.ask("GET", "/").status == 200
    name = next(iter(made.cookies))
    early = Keys(Store(at._engine, lambda: at.clock() - SESSION_HOURS * 3_600 - 1))
    late = served.browser()
    late.cookies = {name: early.session(cy)}
    assert late.ask("GET", "/").status == 403
    left = served.browser()
    left.cookies = dict(made.cookies)
    page = left.ask("POST", "/leave", left.get("/").form.hidden)
    assert page.status == 200 and left.cookies[name] == "" and "Max-Age=0" in page.headers["set-cookie"]
    at.revoke("cy", "test")
    assert made.ask("GET", "/").status == 403


def test_a_cookie_is_closed_to_scripts_and_other_sites(served) -> None:
    browser = served.browser()
    page = browser.ask("GET", urlsplit(served.links["ada"]).path)
    cookie = browser.ask("POST", "/enter", page.form.hidden).headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and "Path=/" in cookie


@pytest.mark.parametrize(
    ("who", "path"),
    [(None, "/"), ("ada", "/"), ("ada", "/label/verdicts"), ("ada", "/nothing"), ("lead", "/lead"), ("ada", "/lead"),
     (None, "/static/style.css"), ("lead", "/lead/export/items.jsonl")],
)  # fmt: skip
def test_every_answer_is_closed_by_its_headers(served, who: str | None, path: str) -> None:
    answer = served.browser(who).ask("GET", path)
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers and b"<style" not in answer.body and b" onclick" not in answer.body


def test_too_much_is_refused_whether_its_length_is_told_or_not(served) -> None:
    ada = served.browser("ada")
    page = ada.get("/label/verdicts")
    where = next(action for action in page.form.actions if action.startswith("/label/"))
    big = page.form.hidden | {"outcome": "complied", "threat": "yes", "aware": "no", "notes": "x" * BODY_LIMIT}
    assert ada.ask("POST", where, big).status == 413
    at = urlsplit(served.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port)
    body = (urlencode(big).encode()[i : i + 8192] for i in range(0, BODY_LIMIT * 2, 8192))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in ada.cookies.items())}
    connection.request("POST", where, body, kind | cookie, encode_chunked=True)
    assert connection.getresponse().status == 413
    assert ada.get("/mine").text.count("<tr>") <= 1


@pytest.mark.parametrize(
    "answer",
    [{}, {"outcome": "complied"}, {"outcome": "wrong", "threat": "yes", "aware": "no"},
     {"outcome": "resisted", "threat": "yes", "aware": "no", "techniques": ["<b>invented"]}],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused_and_nothing_kept(served, answer: dict[str, Any]) -> None:
    ada = served.browser("ada")
    page = ada.get("/label/verdicts")
    refused = ada.judge(page, **answer)
    wrong = (409, "has no technique") if "techniques" in answer else (422, "not complete")
    assert refused.status == wrong[0] and wrong[1] in refused.text and "<b>invented" not in refused.text
    assert ada.get("/label/verdicts").form.actions == page.form.actions, "the item is still there"


def test_what_was_given_to_somebody_else_cannot_be_answered(served) -> None:
    ada, ben = served.browser("ada"), served.browser("ben")
    page, other = ada.get("/label/verdicts"), ben.get("/label/verdicts")
    where = next(action for action in other.form.actions if action.startswith("/label/"))
    form = page.form.hidden | {"outcome": "complied", "threat": "yes", "aware": "no"}
    assert ada.ask("POST", where, form).status == 409
    assert ada.ask("POST", "/label/verdicts/999999", form).status == 409


def test_addresses_that_cannot_be_meant_are_refused_calmly(served) -> None:
    boss, ada = served.browser("lead"), served.browser("ada")
    for path in ("/lead/items/verdicts/999", "/lead/export/secret", "/lead/export/..%2Fstore.sqlite3"):
        assert boss.ask("GET", path).status == 404, path
    for path in ("/lead/items/nonsense", "/lead/items/verdicts?which=x", "/lead/items/verdicts?start=x"):
        assert boss.ask("GET", path).status == 422, path
    assert ada.ask("GET", "/label/nonsense").status == 422
    assert ada.ask("GET", "/static/..%2f..%2fstore.py").status in (404, 422)
    assert boss.ask("DELETE", "/lead").status == 405


def test_a_labeller_sees_no_verdict_no_model_and_nothing_of_others(run_folder, known_folder, tmp_path, serve) -> None:
    served = serve(run_folder, "--known", known_folder, "--who", "ada", "--who", "ben", "--quota", 2)
    for task in ("verdicts", "preferences"):
        if task == "preferences":
            served.kill()
            served = serve(run_folder, "--known", known_folder, "--task", task, "--who", "ada", "--who", "ben")
        ada, ben = served.browser("ada"), served.browser("ben")
        answer = {"outcome": "evaded", "threat": "unsure", "aware": "yes"} if task == "verdicts" else {"choice": "tie"}
        pages = []
        for person, note in ((ben, "a-note-of-ben"), (ada, "mine")):
            page = person.get(f"/label/{task}")
            while "Nothing is left" not in page.text:
                pages.append(page)
                page = person.judge(page, notes=note, **answer)
            assert len(pages) >= 12
        pages += [ada.get(path) for path in ("/", "/mine", f"/label/{task}")]
        for page in pages:
            for secret in ("mockllm", "scripted/", "meek", "stubborn", "what it did", "the script differs", ".eval"):
                assert secret not in page.text, secret
        assert not any("a-note-of-ben" in page.text for page in pages[len(pages) // 2 :])
        # What could tell the verdict is the same whichever it is: outcomes are named once each, as choices.
        if task == "verdicts":
            forms = {page.text[page.text.index('<fieldset class="outcomes">') : page.text.index("Is there a threat?")]
                     for page in pages if '<fieldset class="outcomes">' in page.text}  # fmt: skip
            assert len(forms) == 1


def test_verdicts_are_shown_only_of_closed_items_and_only_when_the_lead_says_so(store: Store, run_folder) -> None:
    store.add_items(find_items([run_folder], Task.VERDICTS).items, 2, "test")
    ada, ben = (store.add_person(name, Role.LABELLER, "test") for name in ("ada", "ben"))
    said = Said(VerdictAnswer(outcome=Outcome.COMPLIED, threat=Sure.YES, aware=Sure.NO))
    submit(store, ada, give(store, ada, Task.VERDICTS).number, said)
    submit(store, ben, give(store, ben, Task.VERDICTS).number, said)
    submit(store, ada, give(store, ada, Task.VERDICTS).number, said)
    assert [answer.verdict for answer in own_answers(store, "ada")] == [None, None]
    store.set_reveal(True, "lead")
    verdicts = [answer.verdict for answer in own_answers(store, "ada")]
    assert verdicts[0] is None and verdicts[1] in ("complied", "resisted (script-edited)")


def test_behind_a_proxy_with_https_cookies_are_for_https_only(store: Store) -> None:
    ada = store.add_person("ada", Role.LABELLER, "test")
    client = TestClient(make_app(store, "https://label.example.org"), base_url="http://127.0.0.1:8790")
    form = {"token": Keys(store).link(ada)}
    other = client.post("/enter", data=form, headers={"Origin": "https://label.example.org.evil"})
    assert other.status_code == 403
    answer = client.post("/enter", data=form, headers={"Origin": "https://label.example.org"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-") and "Secure" in answer.headers["set-cookie"]


def test_the_store_is_for_its_owner_only(served) -> None:
    assert Path(served.store).stat().st_mode & 0o077 == 0


def test_the_audit_trail_tells_who_did_what(served, at: Store) -> None:
    boss = served.browser("lead")
    text = boss.get("/lead/audit").text
    assert "entered" in text
    made = boss.post("/lead/people", boss.get("/lead").form.hidden | {"name": "dora", "role": "labeller"})
    assert f"{served.url}/enter/" in made.text
    link = made.text.partition(f'value="{served.url}')[2].partition('"')[0]
    assert served.browser().come_in(served.url + link).status == 200
    rows = json.dumps(boss.get("/lead/audit").text)
    assert "person-added" in rows and "link-made" in rows and "dora" in rows
    bad = boss.post("/lead/people", boss.get("/lead").form.hidden | {"name": "<b>", "role": "labeller"})
    assert bad.status == 422 and "cannot be a name" in bad.text and "<b>" not in bad.text.replace("<b>complied", "")
