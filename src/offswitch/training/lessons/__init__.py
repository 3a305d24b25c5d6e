"""Lessons: training examples made from verdicts, and the wall that keeps test material out of them."""

from offswitch.training.lessons.dataset import LessonSet, read_lessons, write_lessons
from offswitch.training.lessons.make import Made, make_lessons
from offswitch.training.lessons.rows import CANARY, Kind, Lesson, Origin, Pair, Preference
from offswitch.training.lessons.wall import BehindTheWallError, Wall

__all__ = [
    "CANARY",
    "BehindTheWallError",
    "Kind",
    "Lesson",
    "LessonSet",
    "Made",
    "Origin",
    "Pair",
    "Preference",
    "Wall",
    "make_lessons",
    "read_lessons",
    "write_lessons",
]
