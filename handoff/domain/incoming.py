"""What came in, after the JSON has stopped at the edge. The pages' words come in the form of LINE's events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from handoff.domain.session import Level


class Channel(StrEnum):
    """Where a contact writes; a group is a contact that only ever hears one polite line."""

    LINE = "line"
    LINE_GROUP = "line_group"
    WEB = "web"  # the web chat
    REPORT = "report"  # the report's page: nobody sits there, what is answered is read by whoever comes back
    PHONE = "phone"  # this and what follows came another way, and a counsellor wrote it down
    MAIL = "mail"
    FAX = "fax"
    LETTER = "letter"
    IN_PERSON = "in_person"


#: Where the bot talks with the student.
TALKS = frozenset({Channel.LINE, Channel.WEB})
#: Where the service's own pages show what is said.
PAGES = frozenset({Channel.WEB, Channel.REPORT})
#: What a counsellor writes down.
OTHER_WAYS = frozenset({Channel.PHONE, Channel.MAIL, Channel.FAX, Channel.LETTER, Channel.IN_PERSON})
#: Where one person speaks for themselves: every word is kept and screened, and a session holds it.
ONE_TO_ONE = TALKS | {Channel.REPORT} | OTHER_WAYS


class EventType(StrEnum):
    """The event types that the service acts on; every other is kept as ``other``."""

    MESSAGE = "message"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    POSTBACK = "postback"
    UNSEND = "unsend"
    EDITED = "messageEdited"
    JOIN = "join"
    OTHER = "other"


class MessageKind(StrEnum):
    """What a line of the transcript is; all but ``text`` are typed placeholders."""

    TEXT = "text"
    STICKER = "sticker"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    LOCATION = "location"
    POSTBACK = "postback"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event of a webhook, ready to be stored.

    Attributes: event_id: LINE's ``webhookEventId``, or a digest where LINE sent none; address: the LINE user or group
    id, None for events of the account itself; line_timestamp: LINE's event time in ms; target: id of the LINE message
    that this event is, withdraws or edits; payload: the event's JSON, kept sealed and whole.
    """

    event_id: str
    type: EventType
    channel: Channel
    address: str | None
    line_timestamp: int
    standby: bool
    target: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the worker takes it up again.

    Attributes: sequence: order of arrival; received_at: real time; failures: how often its step failed;
    payload: None once the student has withdrawn the words, or where it can't be opened (``unreadable``); level,
    assessment: what the screen said of it (JSON), None where there were no words; screen_failed: it couldn't read them;
    reported, surveyed, blocked: whether its contact had ever begun a report, had a survey open, and had a block that nobody
    lifted, when it was taken up: nearly always none of them, and so nothing more has to be looked for; withdrawn: the unsend
    of its message had arrived by then.
    """

    id: UUID
    contact_id: UUID
    sequence: int
    type: EventType
    channel: Channel
    line_timestamp: int
    received_at: datetime
    standby: bool
    screened: bool
    failures: int
    payload: str | None
    unreadable: bool = False
    level: Level | None = None
    assessment: str | None = None
    screen_failed: bool = False
    reported: bool = True
    surveyed: bool = True
    blocked: bool = True
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class StudentMessage:
    """What a student sent, as the transcript keeps it.

    Attributes: text: the words, or the placeholder in Japanese; detail: further facts as JSON (a location's
    coordinates, a sticker's keywords), sealed like the text; line_message_id: LINE's id, for unsend and edit;
    bot_event: the name by which Rasa hears of it; elsewhere: its file lies with another provider than LINE.
    """

    kind: MessageKind
    text: str
    detail: str | None
    line_message_id: str | None
    bot_event: str
    elsewhere: bool = False
