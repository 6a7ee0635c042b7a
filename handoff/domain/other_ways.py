"""Consultations that come by phone, mail, fax, letter or in person, and that a counsellor writes down (TAJ-1, HYO-4.1①)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handoff.domain.coding import KIND_NAMES, SheetKind, Writer
from handoff.domain.drill import MARK
from handoff.domain.errors import InputRefused
from handoff.domain.incoming import OTHER_WAYS, Channel
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import ChannelUse

#: The channels as people at the desk read them.
CHANNEL_NAMES: Final[dict[Channel, str]] = {
    Channel.LINE: "LINE",
    Channel.LINE_GROUP: "LINE",
    Channel.WEB: "ウェブのチャット",
    Channel.REPORT: "通報のページ",
    Channel.PHONE: "電話",
    Channel.MAIL: "メール",
    Channel.FAX: "FAX",
    Channel.LETTER: "手紙",
    Channel.IN_PERSON: "面談",
}
#: How the address of such a contact begins: there is none to which anything could be sent.
PREFIX: Final = "other:"
#: Letters: a long letter, typed. Names of people and schools.
LONGEST_WORDS: Final = 20_000
LONGEST_NAME: Final = 60
#: A clock at the desk may be a little ahead; a letter may have lain for long, but a year is a slip of the pen.
AHEAD: Final = timedelta(minutes=5)
BEHIND: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class OtherWay:
    """What a counsellor wrote down. came_at: aware; words: what was heard, or the text of what arrived; role: who told;
    school, name: where they said it, else empty.
    """

    channel: Channel
    came_at: datetime
    words: str
    role: Writer = Writer.UNKNOWN
    school: str = ""
    name: str = ""

    def intake(self) -> dict[str, str | None]:
        """What it tells of the person, under the names of the bot's questions; ``caller``: who told it."""
        told = {
            "role": "" if self.role is Writer.UNKNOWN else self.role,
            "school_name": self.school,
            "caller": self.name,
        }
        return {name: value for name, value in told.items() if value}


def way_name(channel: Channel, *, drill: bool) -> str:
    """By which way a session came, in words; a drill came by none."""
    return MARK if drill else CHANNEL_NAMES[channel]


def kind_name(kind: SheetKind, channel: Channel) -> str:
    """A sheet's kind in words; a call isn't talked of as one on LINE."""
    if kind is SheetKind.CONSULTATION and channel in OTHER_WAYS:
        return f"{CHANNEL_NAMES[channel]}の相談"
    return KIND_NAMES[kind]


def offered(profile: Profile) -> tuple[Channel, ...]:
    """The ways that are part of this service; one that is only named to the student is somebody else's."""
    channels = profile.channels
    uses = {
        Channel.PHONE: channels.phone,
        Channel.MAIL: channels.mail,
        Channel.FAX: channels.fax,
        Channel.LETTER: channels.letter,
        Channel.IN_PERSON: channels.in_person,
    }
    return tuple(channel for channel, one in uses.items() if one.use is ChannelUse.OFFERED)


def checked(entry: OtherWay, profile: Profile, now: datetime) -> OtherWay:
    """The entry without blanks around its words.

    Raises: InputRefused: the way isn't offered, the moment can't be, or words are missing or too many.
    """
    if entry.channel not in offered(profile):
        raise InputRefused("channel", "手段を選んでください。")
    if entry.came_at > now + AHEAD:
        raise InputRefused("came_at", "日時が、いまより後になっています。たしかめてください。")
    if entry.came_at < now - BEHIND:
        raise InputRefused("came_at", "日時が、1年より前になっています。年をたしかめてください。")
    words, school, name = entry.words.strip(), entry.school.strip(), entry.name.strip()
    if not words:
        raise InputRefused("words", "聞いたこと、または届いた文を書いてください。")
    if len(words) > LONGEST_WORDS:
        raise InputRefused("words", f"長すぎます（{len(words)}文字）。{LONGEST_WORDS}文字までに分けて入れてください。")
    for field, told in (("school", school), ("name", name)):
        if len(told) > LONGEST_NAME:
            raise InputRefused(field, f"{LONGEST_NAME}文字までで書いてください。")
    return OtherWay(entry.channel, entry.came_at, words, entry.role, school, name)
