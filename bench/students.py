"""Invented students: who writes what, and in which order."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("conversations.yml")


@dataclass(frozen=True)
class Said:
    """One message. student: number of the student, from 0; opening: whether it's the student's first one."""

    student: int
    text: str
    opening: bool


def conversations() -> list[list[str]]:
    """The texts, one list a conversation."""
    read: list[list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return read


def crowd(count: int, at_once: int) -> list[Said]:
    """``count`` messages of ``at_once`` students who write in turns.

    Whoever has said everything makes room for a new student with the next conversation.
    """
    texts = conversations()
    numbers = itertools.count()

    def one_after_the_other() -> Iterator[Said]:
        while True:
            student = next(numbers)
            for place, text in enumerate(texts[student % len(texts)]):
                yield Said(student, text, place == 0)

    places = [one_after_the_other() for _ in range(at_once)]
    return [next(places[number % at_once]) for number in range(count)]


def median_length() -> float:
    """Characters of the middle message."""
    return statistics.median(len(text) for texts in conversations() for text in texts)
