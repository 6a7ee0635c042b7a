"""Plays the conversations of ``*.yml`` against anything that answers as the bot does.

A case is a title, the profile it happens in (demo where none is named), the hours (open, closed, or a time), whether the
student was here before (``returning``), and turns. A turn holds what the student does (``student``:
words, or ``event``: a kind), and what has to hold afterwards:

    says       texts of the profile, by key, that are among the replies
    never      texts that are not
    buttons    titles that are offered, whatever else is
    answers    what the service has recorded, as far as named (null: nothing)
    report     what was kept of a report, as far as named; ``sent``: true, or false where it was left half-way
    state      the session's state
    intent     what a good model understands; only used where no model runs
    metadata   what the risk screen says of it; only used where no worker screens
    silent     nothing is answered, on purpose
    words      texts, as they stand, that are among the replies (a procedure's)
    never_words  and texts that are not

On top of it every turn is held to the house rules: one to four messages, no empty one, at most thirteen quick replies
of at most twenty characters whose payload is their title, no forbidden words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

import yaml

from handoff.domain.profile import Profile
from handoff.domain.texts import Band, TextKey, fields_of
from handoff.domain.wording_rules import faults_of_wording

HERE: Final = Path(__file__).parent
_GAP: Final = "\x00"
#: LINE takes five messages a call; more than four at once nobody reads.
MOST_MESSAGES: Final = 4
HOURS: Final = {"open": "2026-11-20T18:00+09:00", "closed": "2026-11-20T23:30+09:00"}


@dataclass(frozen=True)
class Reply:
    """One message of the bot: its text and (title, payload) of its quick replies."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Seen:
    """What the service knows of a session."""

    state: str
    answers: Mapping[str, str | None]
    report: Mapping[str, Any] | None = None  # None: not looked at


@dataclass(frozen=True)
class Turn:
    """What a student does, and what has to hold afterwards."""

    student: str = ""
    event: str = "text"
    intent: str = "nlu_fallback"
    says: tuple[TextKey, ...] = ()
    never: tuple[TextKey, ...] = ()
    buttons: tuple[str, ...] = ()
    answers: Mapping[str, str | None] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    state: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    silent: bool = False
    words: tuple[str, ...] = ()
    never_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One whole conversation. ``hours``: open, closed, or an ISO time with zone."""

    title: str
    hours: str
    turns: tuple[Turn, ...]
    profile: str = "demo"
    returning: bool = False

    def at(self) -> datetime:
        """When it happens."""
        return datetime.fromisoformat(HOURS.get(self.hours, self.hours))


class Talk(Protocol):
    """A bot to talk to."""

    async def send(self, session: str, message_id: str, turn: Turn) -> Sequence[Reply]:
        """Say or do one thing; the replies to it."""
        ...

    async def seen(self, session: str) -> Seen | None:
        """What the service knows; None where that can't be looked at."""
        ...


def load_cases(folder: Path = HERE) -> tuple[Case, ...]:
    """All cases, in the order of their files."""
    return tuple(_case(path) for path in sorted(folder.glob("*.yml")))


def _case(path: Path) -> Case:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    turns = tuple(_turn(one) for one in raw["turns"])
    hours = str(raw.get("hours", "open"))
    return Case(raw["title"], hours, turns, raw.get("profile", "demo"), bool(raw.get("returning", False)))


def _turn(raw: dict[str, Any]) -> Turn:
    known = {**raw}
    for name in ("says", "never"):
        known[name] = tuple(TextKey(key) for key in raw.get(name, ()))
    for name in ("words", "never_words"):
        known[name] = tuple(str(text) for text in raw.get(name, ()))
    known["buttons"] = tuple(str(title) for title in raw.get("buttons", ()))
    return Turn(**known)


async def play(case: Case, talk: Talk, profile: Profile) -> list[str]:
    """Play a case in a session of its own; what didn't hold, in words, empty when all did."""
    session = str(uuid4())
    faults: list[str] = []
    for number, turn in enumerate(case.turns, 1):
        replies = await talk.send(session, str(uuid4()), turn)
        where = f"{case.title}, turn {number} ({turn.student or turn.event})"
        found = check(turn, replies, profile)
        if turn.silent:
            found += ["says something"] if replies else []
        else:
            found += house_rules(replies)
        found += await _state(turn, session, talk)
        if found:
            said = " / ".join(reply.text.replace("\n", "⏎") for reply in replies)
            faults += [f"{where}: {fault}; the bot said: {said}" for fault in found]
    return faults


def check(turn: Turn, replies: Sequence[Reply], profile: Profile) -> list[str]:
    """What the turn expects of the replies and didn't find."""
    said = "\n".join(reply.text for reply in replies)
    titles = {title for reply in replies for title, _ in reply.buttons}
    return [
        *(f"doesn't say {key}" for key in turn.says if not _pattern(profile, key).search(said)),
        *(f"says {key}" for key in turn.never if _pattern(profile, key).search(said)),
        *(f"no button {title}" for title in turn.buttons if title not in titles),
        *(f"doesn't say {text}" for text in turn.words if text not in said),
        *(f"says {text}" for text in turn.never_words if text in said),
    ]


def house_rules(replies: Sequence[Reply]) -> list[str]:
    """What no turn may do, whatever it says."""
    titles = [(title, payload) for reply in replies for title, payload in reply.buttons]
    return [
        *([] if 1 <= len(replies) <= MOST_MESSAGES else [f"{len(replies)} messages"]),
        *("an empty message" for reply in replies if not reply.text.strip()),
        *("more than 13 buttons" for reply in replies if len(reply.buttons) > 13),
        *(f"a long button: {title}" for title, _ in titles if len(title) > 20),
        *(f"another payload: {payload}" for title, payload in titles if title != payload),
        *(f"{fault}: {reply.text}" for reply in replies for fault in faults_of_wording(reply.text)),
        *("a field left open" for reply in replies if "{" in reply.text),
    ]


async def _state(turn: Turn, session: str, talk: Talk) -> list[str]:
    seen = await talk.seen(session)
    if seen is None:
        return []
    faults = [
        f"{name} is {seen.answers.get(name)!r}, not {value!r}"
        for name, value in turn.answers.items()
        if seen.answers.get(name) != value
    ]
    if seen.report is not None:
        faults += [
            f"the report's {name} is {seen.report.get(name)!r}, not {value!r}"
            for name, value in turn.report.items()
            if seen.report.get(name) != value
        ]
    if turn.state is not None and seen.state != turn.state:
        faults.append(f"state {seen.state}, not {turn.state}")
    return faults


def _pattern(profile: Profile, key: TextKey) -> re.Pattern[str]:
    """The text of a key as a pattern, its fields open, in the words for whichever readers."""
    gaps = {name: _GAP for name in fields_of(key) - {"service_name"}}
    templates = {profile.text(key, band, **gaps) for band in (None, *Band)}
    return re.compile(
        "|".join(r"[\s\S]+?".join(re.escape(part) for part in one.split(_GAP)) for one in sorted(templates))
    )
