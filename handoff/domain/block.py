"""A block: for a time nobody answers somebody who misuses the service (TAJ-5). A supervisor decides it, no machine ever does.

Pure. It only takes the bot's answers and the place in the queue away. What is written goes on being kept and screened, and
whatever is at high, critical or can't be read ends the block at once: a block never holds at risk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.profile.supervision import Conduct
from handoff.domain.profile.vocabulary import Prohibited, Sanction
from handoff.domain.session import URGENT, Level

#: Days that one decision lasts at most, its first and its last among them; longer wants another decision.
MOST_DAYS: Final = 30
#: So long after somebody was at risk nobody blocks them.
CALM_FOR: Final = timedelta(days=30)
LONGEST_WHY: Final = 1000
#: While a block runs, somebody is asked to read what was written meanwhile once in so long; when it is over, at once.
READ_EVERY: Final = timedelta(days=3)


class Lifted(StrEnum):
    """Why a block ended before its last day."""

    SUPERVISOR = "supervisor"
    RISK = "risk"  # what was written is at high or critical, or couldn't be read
    RENEWED = "renewed"  # another decision took its place


@dataclass(frozen=True, slots=True)
class Block:
    """One decision.

    Attributes: session_id: the session on whose page it was decided; why: in the supervisor's words, empty where they can't
    be opened; compared: somebody looked whether the one who wrote is the one whom the account belongs to (WG-15); ends_at:
    the midnight after its last day; told_at: when the one line was said; asked_at: of the last message that somebody was
    asked to read, None before; lifted_by: None for what the screen ended.
    """

    id: UUID
    contact_id: UUID
    session_id: UUID
    reason: Prohibited
    why: str
    compared: bool
    made_by: UUID
    made_at: datetime
    ends_at: datetime
    told_at: datetime | None = None
    asked_at: datetime | None = None
    lifted_at: datetime | None = None
    lifted_by: UUID | None = None
    lifted_for: Lifted | None = None

    def runs(self, at: datetime) -> bool:
        """Whether it is in force at this moment; it ends by itself."""
        return self.made_at <= at < self.ends_at and self.lifted_at is None

    def holds(self, at: datetime, level: Level | None, *, unread: bool) -> bool:
        """Whether it keeps the bot silent at this moment. level: the higher one of message and session; unread: the screen
        couldn't read one of them.
        """
        return self.runs(at) and level not in URGENT and not unread

    def lifted(self, at: datetime, why: Lifted, by: UUID | None = None) -> Block:
        """The same, ended now; one that is over stays as it is."""
        return replace(self, lifted_at=at, lifted_for=why, lifted_by=by) if self.runs(at) else self


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks against blocking a contact.

    Attributes: on_line: they write on LINE; talking: a person talks with them, or their sheet isn't done; escalated: an
    escalation is open; at_risk: a session at high, critical or unread is open, or was within CALM_FOR; unread: something of
    theirs isn't read yet; reported: their open session is a report's; impersonation: the mark stands (WG-15).
    """

    on_line: bool
    talking: bool
    escalated: bool
    at_risk: bool
    unread: bool
    reported: bool
    impersonation: bool


def obstacle(standing: Standing, conduct: Conduct) -> str | None:
    """Why this contact can't be blocked now, and what to do instead; None where a supervisor may decide it."""
    if Sanction.BLOCK not in (conduct.sanctions or ()) or not conduct.prohibited:
        return (
            "この窓口では、受付を止めることが決められていません。事業設定の「禁止事項」を、教育委員会と決めてください。"
        )
    if not standing.on_line:
        return (
            "止められるのは、LINEで書いている人だけです。ウェブのチャットや報告は、だれが書いたか分からないためです。"
        )
    if standing.escalated:
        return "緊急対応が続いているので、止められません。緊急対応を先に終えてください。"
    if standing.at_risk:
        return (
            f"いま、またはこの{CALM_FOR.days}日のあいだに、危険度が「高い」以上か、読み取れない相談がありました。"
            "この人の受付は止められません。会い方を「計画と印」でチームと決めてください。"
        )
    if standing.talking:
        return "相談員が話しているか、終了記録がまだです。相談を終え、記録を済ませてから決めてください。"
    if standing.reported:
        return "この人の書いたことは、通報として扱っています。通報を終えてから決めてください。"
    if standing.unread:
        return "まだ読めていない書きこみがあります。少し待ってから、画面を読み込み直してください。"
    return None


def needs_comparing(standing: Standing, reason: Prohibited | None) -> bool:
    """Whether somebody has to look first who it is that wrote: the child must not pay for another one's words (WG-15)."""
    return standing.impersonation or reason is Prohibited.IMPERSONATION


def check_decision(standing: Standing, conduct: Conduct, reason: Prohibited | None, *, compared: bool) -> Prohibited:
    """Give the reason. Raises: InputRefused: this contact isn't blocked, or the reason isn't one of the board's."""
    against = obstacle(standing, conduct)
    if against is not None:
        raise InputRefused("standing", against)
    if reason is None or reason not in (conduct.prohibited or ()):
        raise InputRefused("reason", "理由を、一覧から選んでください。")
    if needs_comparing(standing, reason) and not compared:
        raise InputRefused(
            "compared",
            "なりすましの疑いがあります。書いたのが本人かどうかを、学校の情報などと照らし合わせて確かめてから、下の四角に印をつけてください。",
        )
    return reason


def checked_why(why: str) -> str:
    """The reason in words. Raises: InputRefused."""
    why = why.strip()
    if not why or len(why) > LONGEST_WHY:
        raise InputRefused("why", f"何があったかを、1文字から{LONGEST_WHY}文字までで書いてください。")
    return why


def last_days(now: datetime) -> tuple[date, date]:
    """The first and the last day that a block decided now may end on."""
    today = now.astimezone(ZONE).date()
    return today, today + timedelta(days=MOST_DAYS - 1)


def checked_end(last_day: date | None, now: datetime) -> datetime:
    """The midnight after a block's last day, in Japan. Raises: InputRefused."""
    if last_day is None:
        raise InputRefused("last_day", "いつまで止めるかを入れてください。")
    earliest, latest = last_days(now)
    if not earliest <= last_day <= latest:
        raise InputRefused(
            "last_day", f"今日から{MOST_DAYS}日までの日を入れてください。続けるときは、終わるころにもう一度決めます。"
        )
    return datetime.combine(last_day + timedelta(days=1), time(), ZONE)


def last_day_of(block: Block) -> date:
    """Its last day, in Japan."""
    return (block.ends_at - timedelta(microseconds=1)).astimezone(ZONE).date()
