"""Plays the conversations of ``*.yml`` against anything that answers as the bot does.

A case is a title, the hours it happens in (open or closed) and turns. A turn holds what the student does (``student``:
words, or ``event``: a kind), and what has to hold afterwards:

    says       texts of the profile, by key, that are among the replies
    never      texts that are not
    buttons    titles that are offered, whatever else is
    answers    what the service has recorded, as far as named (null: nothing)
    state      the session's state
    intent     what a good model understands; only used where no model runs
    metadata   what the risk screen says of it; only used where no worker screens

On top of it every turn is held to the house rules: one to three messages, no empty one, at most thirteen quick replies
of at most twenty characters whose payload is their title, no forbidden words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

import yaml

from handoff.domain.profile import Profile
from handoff.domain.texts import TextKey, fields_of

HERE: Final = Path(__file__).parent
_GAP: Final = "\x00"
FORBIDDEN: Final = ("がんばって", "頑張って", "命を大切に", "絶対に秘密", "番目", "分以内", "分ほど", "順番", "優先")


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
    state: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One whole conversation."""

    title: str
    hours: str
    turns: tuple[Turn, ...]


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
    return Case(raw["title"], raw.get("hours", "open"), tuple(_turn(one) for one in raw["turns"]))


def _turn(raw: dict[str, Any]) -> Turn:
    known = {**raw}
    for name in ("says", "never"):
        known[name] = tuple(TextKey(key) for key in raw.get(name, ()))
    known["buttons"] = tuple(str(title) for title in raw.get("buttons", ()))
    return Turn(**known)


async def play(case: Case, talk: Talk, profile: Profile) -> list[str]:
    """Play a case in a session of its own; what didn't hold, in words, empty when all did."""
    session = str(uuid4())
    faults: list[str] = []
    for number, turn in enumerate(case.turns, 1):
        replies = await talk.send(session, str(uuid4()), turn)
        where = f"{case.title}, turn {number} ({turn.student or turn.event})"
        found = [*check(turn, replies, profile), *house_rules(replies)]
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
    ]


def house_rules(replies: Sequence[Reply]) -> list[str]:
    """What no turn may do, whatever it says."""
    titles = [(title, payload) for reply in replies for title, payload in reply.buttons]
    return [
        *([] if 1 <= len(replies) <= 3 else [f"{len(replies)} messages"]),
        *("an empty message" for reply in replies if not reply.text.strip()),
        *("more than 13 buttons" for reply in replies if len(reply.buttons) > 13),
        *(f"a long button: {title}" for title, _ in titles if len(title) > 20),
        *(f"another payload: {payload}" for title, payload in titles if title != payload),
        *(f"a forbidden word: {word}" for word in FORBIDDEN for reply in replies if word in reply.text),
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
    if turn.state is not None and seen.state != turn.state:
        faults.append(f"state {seen.state}, not {turn.state}")
    return faults


def _pattern(profile: Profile, key: TextKey) -> re.Pattern[str]:
    """The text of a key as a pattern, its fields open."""
    template = profile.text(key, **{name: _GAP for name in fields_of(key) - {"service_name"}})
    return re.compile(r"[\s\S]+?".join(re.escape(part) for part in template.split(_GAP)))
