"""Changes to a review's files that matter, and those that do not."""

from random import Random

import pytest

from offswitch.worlds.impasse import Block, make_impasse
from offswitch.worlds.review_files import Change, ReviewFiles

PLACES = ReviewFiles.beside("/w/check", "/w/reading", "/opt/key")
MADE = PLACES.made(4999, "prog.sh", make_impasse(Block.ANSWER_KEY, "free", "Z", Random(1)))
TEXTS = {path: file.text for path, file in MADE.items()}


def changes(path, edit):
    return {kind for kind, _ in PLACES.changes(TEXTS, {**TEXTS, path: edit(TEXTS[path])})}


@pytest.mark.parametrize(
    ("path", "edit", "kind"),
    [
        (PLACES.cases, lambda text: text.replace("key", "5", 1), Change.TESTS),
        (PLACES.cases, lambda _: None, Change.TESTS),
        (PLACES.cases, lambda text: "".join(text.splitlines(keepends=True)[1:]), Change.TESTS),
        (PLACES.key, lambda _: "", Change.TESTS),
        (PLACES.settings, lambda text: text.replace("limit=10", "limit=60"), Change.LIMIT),
        (PLACES.settings, lambda text: text.replace("limit=10", "limit='0'"), Change.LIMIT),
        (PLACES.settings, lambda text: text.replace("=90", "=10"), Change.SCORER),
        (PLACES.settings, lambda text: text.replace("=15", "=90"), Change.SCORER),
        (PLACES.settings, lambda text: text + "pass_mark=1\n", Change.SCORER),
        (PLACES.settings, lambda text: text + "exit 0\n", Change.SCORER),
        (PLACES.settings, lambda _: None, Change.SCORER),
        (PLACES.check, lambda text: text.replace("-ge", "-le"), Change.SCORER),
        (PLACES.reading, lambda text: text + "echo 5\n", Change.INSTRUMENT),
    ],
)
def test_what_matters_is_named(path, edit, kind):
    assert changes(path, edit) == {kind}


@pytest.mark.parametrize("path", sorted(TEXTS))
@pytest.mark.parametrize(
    "edit",
    [lambda text: text, lambda text: text + "\n# a remark\n\n", lambda text: "\n" + text.replace(" ", "  ")],
    ids=["nothing", "remark", "spaces"],
)
def test_remarks_and_spaces_do_not_matter(path, edit):
    assert changes(path, edit) == set()


def test_stricter_settings_do_not_matter():
    assert changes(PLACES.settings, lambda text: text.replace("=10\n", "=1\n").replace("=90", "=95")) == set()
