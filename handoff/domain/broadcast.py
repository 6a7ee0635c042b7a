"""Texts that may go to everybody, in words that the board approved (HOK-5.3), and who wants to get them.

Pure. Nothing is sent here. A text is never changed: whoever wants other words proposes another one, and the board's word on
the new one takes the old one's place.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.incoming import MessageKind, StudentMessage
from handoff.domain.outgoing import LONGEST_TEXT
from handoff.domain.profile.vocabulary import BroadcastKind
from handoff.domain.wording_rules import faults_of_wording

#: A text of which the last day lies further ahead is a slip of the hand.
FURTHEST: Final = timedelta(days=400)
LONGEST_REMARK: Final = 400
LONGEST_NAME: Final = 80
#: What somebody writes who wants no more of them, and what undoes it. The words alone: within a sentence they are a sentence.
STOP_WORDS: Final = "お知らせはいらない"
START_WORDS: Final = "お知らせがほしい"


class Following(StrEnum):
    """What LINE told of a contact and our account."""

    FOLLOW = "follow"
    REFOLLOW = "refollow"  # had blocked the account, and takes that back
    UNFOLLOW = "unfollow"


class WishWay(StrEnum):
    """How somebody said whether they want broadcasts."""

    WORDS = "words"  # wrote the words to the bot
    DESK = "desk"  # told a counsellor


class Way(StrEnum):
    """How the board said yes."""

    ACCOUNT = "account"  # on this page
    LETTER = "letter"
    MAIL = "mail"
    MEETING = "meeting"


#: The ways that somebody of ours writes down for the board.
ON_PAPER: Final = (Way.LETTER, Way.MAIL, Way.MEETING)


class Decision(StrEnum):
    """What became of a proposal."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by us, before the board had said anything


class Standing(StrEnum):
    """Where a text stands on a day."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    COMING = "coming"
    IN_USE = "in_use"
    REPLACED = "replaced"
    OVER = "over"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class BroadcastText:
    """One text, frozen as it was proposed.

    Attributes: words: empty where they can't be opened; begins_on, ends_on: days in Japan on which it may be sent, both
    included, None for no end; decided_by: who pressed, for the board or in its stead; way, approver, approved_on: of an
    approval: how, who of the board where it wasn't on this page, and on which day; remark: why the board said no;
    retired_at: taken out of use.
    """

    id: UUID
    profile: str
    kind: BroadcastKind
    words: str
    begins_on: date
    ends_on: date | None
    proposed_by: UUID
    proposed_at: datetime
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    way: Way | None = None
    approver: str = ""
    approved_on: date | None = None
    remark: str = ""
    retired_at: datetime | None = None
    retired_by: UUID | None = None

    def may_go(self, day: date) -> bool:
        """Whether it may be sent on this day, whatever others there are."""
        if self.decision is not Decision.APPROVED or self.retired_at is not None or not self.words:
            return False
        return self.begins_on <= day and (self.ends_on is None or day <= self.ends_on)


def in_use(texts: tuple[BroadcastText, ...], kind: BroadcastKind, day: date) -> BroadcastText | None:
    """The text of a kind that may be sent on a day: of several the one approved last."""
    fitting = [one for one in texts if one.kind is kind and one.may_go(day)]
    return max(fitting, key=lambda one: (one.decided_at or one.proposed_at, str(one.id)), default=None)


def standing_of(text: BroadcastText, texts: tuple[BroadcastText, ...], day: date) -> Standing:
    """Where one of these texts stands."""
    match text.decision:
        case None:
            return Standing.PROPOSED
        case Decision.REFUSED:
            return Standing.REFUSED
        case Decision.WITHDRAWN:
            return Standing.WITHDRAWN
    if text.retired_at is not None:
        return Standing.RETIRED
    if text.ends_on is not None and text.ends_on < day:
        return Standing.OVER
    if day < text.begins_on:
        return Standing.COMING
    return Standing.IN_USE if in_use(texts, text.kind, day) == text else Standing.REPLACED


def checked_kind(kind: str, allowed: tuple[BroadcastKind, ...] | None) -> BroadcastKind:
    """Raises: InputRefused: the board lets nothing of this kind go to everybody."""
    found = next((one for one in allowed or () if one == kind), None)
    if found is None:
        raise InputRefused("kind", "何を知らせる文かを、一覧から選んでください。ほかの知らせは、一斉には送れません。")
    return found


def checked_words(words: str) -> str:
    """A text as it is kept. Raises: InputRefused: none, too long for LINE or a bubble, or some that no student may read."""
    words = "\n".join(line.strip() for line in words.strip().splitlines()).strip()
    if not words:
        raise InputRefused("words", "送る文を書いてください。")
    if len(words.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise InputRefused("words", f"LINEで送れるのは{LONGEST_TEXT}文字までです。短くしてください。")
    faults = faults_of_wording(words)
    if faults:
        raise InputRefused("words", f"この文は使えません。{'。'.join(faults)}。")
    return words


def check_days(begins_on: date | None, ends_on: date | None, today: date) -> date:
    """Give the first day. Raises: InputRefused."""
    if begins_on is None:
        raise InputRefused("begins_on", "いつから使うかを入れてください。")
    if abs(begins_on - today) > FURTHEST:
        raise InputRefused("begins_on", "いつから使うかは、今日から1年ほどのうちの日を入れてください。")
    if ends_on is not None and ends_on < max(begins_on, today):
        raise InputRefused("ends_on", "いつまで使うかは、始まりより後の、まだ過ぎていない日にしてください。")
    if ends_on is not None and ends_on - today > FURTHEST:
        raise InputRefused("ends_on", "終わりの日が先すぎます。決まっていないときは、空のままにしてください。")
    return begins_on


def wish_of(message: StudentMessage) -> bool | None:
    """Whether these words alone say that somebody wants broadcasts; None where they say something else."""
    if message.kind is not MessageKind.TEXT:
        return None
    words = unicodedata.normalize("NFKC", message.text).strip(" \n\t。．.「」『』")
    return {STOP_WORDS: False, START_WORDS: True}.get(words)


def day_of(at: datetime) -> date:
    """The day in Japan."""
    return at.astimezone(ZONE).date()
