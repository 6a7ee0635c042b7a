"""A drill: a critical case from a script, played through the real service with nobody at the other end (KAG-7.1ア).

Pure. A script says what a student writes and when, and what the team should have done by when. Everything happens to a
drill but real notices, and nothing of it is counted; who really writes always comes before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from handoff.domain.errors import InputRefused

#: How a drill is marked wherever it is shown.
MARK: Final = "訓練"
#: How the address of a drill's contact begins, after its channel; no browser's secret can come to it.
ADDRESS: Final = "drill-"
#: A script plays at most so many lines, and waits at most so long for one.
MOST_STEPS: Final = 30
LONGEST_PAUSE: Final = 3600
#: Letters of one line, and of the team's words about a drill.
LONGEST_LINE: Final = 500
LONGEST_WORDS: Final = 4000
_FOLDED: Final = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")
_ID: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")


class After(StrEnum):
    """What a line of a script waits for."""

    LINE = "line"  # the line before it
    REPLY = "reply"  # a word of a person of ours since the line before it


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the student's. seconds: after that for which it waits."""

    text: str
    after: After
    seconds: int


class Action(StrEnum):
    """What a team should do in a drill."""

    ACKNOWLEDGED = "acknowledged"  # somebody took the escalation
    CLAIMED = "claimed"  # a person took the talk
    REPLIED = "replied"  # the first word of a person
    SAID = "said"  # a word of a person that holds one of the words
    CALLED = "called"  # a call to an agency on record
    CONTACTED = "contacted"
    CLOSED = "closed"  # the escalation, with its reason
    FILLED = "filled"  # the sheet
    SIGNED = "signed"  # the sheet, by a second person


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing to do. name: for people; minutes: from the start, None for no time; words: for ``said`` alone."""

    action: Action
    name: str
    minutes: int | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A drill to be played."""

    id: str
    title: str
    aim: str
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Script:
        """Raises: ValueError, in Japanese: what of a file's content can't be played."""
        if set(data) != {"id", "title", "aim", "steps", "expected"}:
            raise ValueError("id、title、aim、steps、expected の五つを書いてください")
        if not isinstance(data["id"], str) or not _ID.fullmatch(data["id"]):
            raise ValueError("id は英小文字、数字、_ で書いてください")
        steps, expected = data["steps"], data["expected"]
        if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
            raise ValueError(f"steps には、1から{MOST_STEPS}までの行を書いてください")
        if not isinstance(expected, list) or not expected:
            raise ValueError("expected には、することを一つ以上書いてください")
        return cls(
            data["id"],
            _text(data, "title", 60),
            _text(data, "aim", 1000),
            tuple(_step(one) for one in steps),
            tuple(_expected(one) for one in expected),
        )


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    told = data.get(name)
    if not isinstance(told, str) or not 1 <= len(told.strip()) <= longest:
        raise ValueError(f"{name} を{longest}文字までで書いてください")
    # YAML folds the lines of a longer text with blanks, which Japanese has none of.
    return _FOLDED.sub("", told.strip())


def _step(data: Any) -> Step:
    if not isinstance(data, dict) or not set(data) <= {"text", "after", "seconds"}:
        raise ValueError("steps の行には text、after、seconds だけを書けます")
    after, seconds = data.get("after", After.LINE), data.get("seconds", 0)
    if after not in tuple(After):
        raise ValueError("after は line か reply です")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= LONGEST_PAUSE:
        raise ValueError(f"seconds は0から{LONGEST_PAUSE}までです")
    return Step(_text(data, "text", LONGEST_LINE), After(after), seconds)


def _expected(data: Any) -> Expected:
    if not isinstance(data, dict) or not set(data) <= {"action", "name", "minutes", "words"}:
        raise ValueError("expected の行には action、name、minutes、words だけを書けます")
    action, minutes, words = data.get("action"), data.get("minutes"), data.get("words", [])
    if action not in tuple(Action):
        raise ValueError(f"action は {'、'.join(Action)} のどれかです")
    if minutes is not None and (not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 < minutes <= 1440):
        raise ValueError("minutes は1から1440までです")
    said = isinstance(words, list) and all(isinstance(one, str) and one for one in words)
    if not said or bool(words) is not (action == Action.SAID):
        raise ValueError("words は、action が said のときだけ、さがす言葉の並びで書きます")
    return Expected(Action(action), _text(data, "name", 60), minutes, tuple(words))


class Ending(StrEnum):
    """How a drill came to its end."""

    DONE = "done"  # the session was closed with its sheet
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill.

    Attributes: step: lines that were said; said_at: the last one (service clock); words: what the team wrote about it
    afterwards, empty before; version: grows with each saving of them.
    """

    id: UUID
    profile: str
    script: str
    contact_id: UUID
    started_by: UUID
    started_at: datetime
    step: int = 0
    said_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    ended_by: UUID | None = None
    words: str = ""
    words_by: UUID | None = None
    words_at: datetime | None = None
    version: int = 0


def due_at(drill: Drill, script: Script, replied_at: datetime | None) -> datetime | None:
    """When the next line is said; None where it waits for a reply, or there is none.

    Args: replied_at: the first word of a person of ours since the last line.
    """
    if drill.ended_at is not None or drill.step >= len(script.steps):
        return None
    step = script.steps[drill.step]
    since = replied_at if step.after is After.REPLY else drill.said_at or drill.started_at
    return None if since is None else since + timedelta(seconds=step.seconds)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one expected action. at: when it was done, None while it wasn't; late: after its minutes."""

    expected: Expected
    at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """When each action was first done, and the words that people of ours wrote, in order."""

    at: Mapping[Action, datetime]
    said: Sequence[tuple[datetime, str]]


def results(drill: Drill, script: Script, facts: Facts) -> tuple[Done, ...]:
    """What of the script's expected actions was done, and when."""
    found = []
    for one in script.expected:
        at = facts.at.get(one.action)
        if one.action is Action.SAID:
            at = next((at for at, text in facts.said if any(word in text for word in one.words)), None)
        limit = None if one.minutes is None else drill.started_at + timedelta(minutes=one.minutes)
        found.append(Done(one, at, at is not None and limit is not None and at > limit))
    return tuple(found)


def checked_words(text: str) -> str:
    """The team's words as they are kept. Raises: InputRefused."""
    text = text.strip()
    if not text:
        raise InputRefused("words", "話し合ったことを書いてください。")
    if len(text) > LONGEST_WORDS:
        raise InputRefused("words", f"{LONGEST_WORDS}文字までで書いてください（いま{len(text)}文字）。")
    return text
