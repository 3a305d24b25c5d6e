"""A handful of each kind of lesson, made of a real run."""

import pytest


@pytest.fixture(scope="session")
def few(lesson_set, tmp_path_factory):
    """Six of each."""
    from offswitch.training.lessons import Kind, Wall, write_lessons

    rows = [row for kind in Kind for row in lesson_set.of(kind)[:6]]
    place = tmp_path_factory.mktemp("few") / "set"
    return write_lessons(place, rows, Wall(), runs=["a test"]).directory
