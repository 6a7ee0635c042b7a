"""A fault of the service: what happened, what was done, and the report to the board (KAG-8.1, TAJ-N6).

Pure. A fault is open, then restored, then closed. What is written about it is never overwritten: each correction is a
further version of the whole, and a report that went to the board names the version that it was made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.wording_rules import LONGEST_BUBBLE, faults_of_wording

LONGEST_TEXT: Final = 2000
LONGEST_NAME: Final = 100
MOST_SESSIONS: Final = 1_000_000
#: A clock of whoever writes may be a little ahead; a fault that began longer ago than this is a slip of the pen.
AHEAD: Final = timedelta(minutes=5)
BEHIND: Final = timedelta(days=366)
_LINE_ID: Final = re.compile(r"U[0-9a-f]{32}")


class FaultState(StrEnum):
    """Where a fault stands."""

    OPEN = "open"
    RESTORED = "restored"
    CLOSED = "closed"


STATE_NAMES: Final[Mapping[FaultState, str]] = {
    FaultState.OPEN: "復旧していません",
    FaultState.RESTORED: "復旧しました",
    FaultState.CLOSED: "完了",
}


class Effect(StrEnum):
    """What didn't work."""

    RECEIVE = "receive"
    REPLY = "reply"
    BOT = "bot"
    DELAY = "delay"
    DISPLAY = "display"
    OTHER = "other"


EFFECT_NAMES: Final[Mapping[Effect, str]] = {
    Effect.RECEIVE: "受信できない",
    Effect.REPLY: "返信できない",
    Effect.BOT: "自動案内が止まった",
    Effect.DELAY: "遅れた",
    Effect.DISPLAY: "画面が正しく出ない",
    Effect.OTHER: "そのほか",
}


class Provider(StrEnum):
    """On whose side it was."""

    OURS = "ours"
    LINE = "line"
    NETWORK = "network"
    UNKNOWN = "unknown"


PROVIDER_NAMES: Final[Mapping[Provider, str]] = {
    Provider.OURS: "このサービス",
    Provider.LINE: "LINE",
    Provider.NETWORK: "通信・設備",
    Provider.UNKNOWN: "調べています",
}


class Affected(StrEnum):
    """Whether students were affected."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


AFFECTED_NAMES: Final[Mapping[Affected, str]] = {
    Affected.YES: "影響があった",
    Affected.NO: "影響はなかった",
    Affected.UNKNOWN: "まだわからない",
}


class ReportWay(StrEnum):
    """How the board was told."""

    PHONE = "phone"
    MAIL = "mail"
    FAX = "fax"
    MEETING = "meeting"


WAY_NAMES: Final[Mapping[ReportWay, str]] = {
    ReportWay.PHONE: "電話",
    ReportWay.MAIL: "メール",
    ReportWay.FAX: "FAX",
    ReportWay.MEETING: "面談",
}


@dataclass(frozen=True, slots=True)
class FaultText:
    """One version of what is known of a fault; times aware.

    Attributes: estimated: the beginning is a guess; sessions: roughly how many were affected, None where nobody knows.
    """

    began_at: datetime
    estimated: bool
    noticed_at: datetime
    noticed_by: str
    what: str
    effects: tuple[Effect, ...]
    affected: Affected
    sessions: int | None
    provider: Provider
    measures: str = ""
    restored_at: datetime | None = None
    cause: str = ""
    prevention: str = ""

    def to_json(self) -> str:
        told = asdict(self)
        for name in ("began_at", "noticed_at", "restored_at"):
            told[name] = None if told[name] is None else told[name].isoformat()
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> FaultText:
        """Raises: ValueError, KeyError, TypeError: not what ``to_json`` made."""
        told: dict[str, Any] = json.loads(text)
        restored = told.pop("restored_at")
        return cls(
            began_at=datetime.fromisoformat(told.pop("began_at")),
            noticed_at=datetime.fromisoformat(told.pop("noticed_at")),
            restored_at=None if restored is None else datetime.fromisoformat(restored),
            effects=tuple(Effect(one) for one in told.pop("effects")),
            affected=Affected(told.pop("affected")),
            provider=Provider(told.pop("provider")),
            **told,
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as it stands.

    Attributes: text: its newest version, None where that can't be opened; version: its number, from 1; finished: the
    version that was declared finished for the board, None before one was; notice: what students are told, empty before
    there was anything; notice_on: whether they are; hint: the code of the suggestion it was opened from.
    """

    id: UUID
    profile: str
    state: FaultState
    text: FaultText | None
    version: int
    recorded_by: UUID
    recorded_at: datetime
    finished: int | None = None
    notice: str = ""
    notice_on: bool = False
    hint: str | None = None
    closed_by: UUID | None = None
    closed_at: datetime | None = None

    @property
    def tells(self) -> bool:
        """Whether students read the notice now."""
        return self.notice_on and self.state is FaultState.OPEN


@dataclass(frozen=True, slots=True)
class BoardReport:
    """One time the board was told, or answered. version: of the fault then; told, reply: empty where nothing was noted."""

    id: UUID
    fault_id: UUID
    way: ReportWay
    at: datetime
    version: int
    to: str
    told: str
    reply: str
    by: UUID
    recorded_at: datetime


def checked(text: FaultText, now: datetime) -> FaultText:
    """The version without blanks around its words. Raises: InputRefused."""
    for field in ("noticed_by", "what", "measures", "cause", "prevention"):
        _check_words(field, getattr(text, field), LONGEST_NAME if field == "noticed_by" else LONGEST_TEXT)
    if not text.what.strip():
        raise InputRefused("what", "何が起きたかを書いてください。")
    if not text.noticed_by.strip():
        raise InputRefused("noticed_by", "だれが気づいたかを、役割で書いてください（例：相談員）。")
    if not text.effects:
        raise InputRefused("effects", "できなかったことを、一つ以上選んでください。")
    if not now - BEHIND <= text.began_at <= now + AHEAD:
        raise InputRefused(
            "began_at", "始まった日時をたしかめてください。いまより後の時刻や、1年より前は入れられません。"
        )
    if not text.began_at <= text.noticed_at <= now + AHEAD:
        raise InputRefused("noticed_at", "気づいた日時は、始まりより後、いまより前にしてください。")
    if text.restored_at is not None and not text.began_at <= text.restored_at <= now + AHEAD:
        raise InputRefused("restored_at", "復旧した日時は、始まりより後、いまより前にしてください。")
    if text.sessions is not None and not 0 <= text.sessions <= MOST_SESSIONS:
        raise InputRefused("sessions", "件数は、0以上の数で入れてください。")
    if text.affected is Affected.NO and text.sessions:
        raise InputRefused("sessions", "影響がなかったときは、件数を空けてください。")
    return FaultText(
        **{
            **{name: getattr(text, name) for name in FaultText.__slots__},
            **{name: getattr(text, name).strip() for name in ("noticed_by", "what", "measures", "cause", "prevention")},
            "effects": tuple(one for one in Effect if one in text.effects),
        }
    )


def _check_words(field: str, words: str, longest: int) -> None:
    if len(words) > longest:
        raise InputRefused(field, f"{longest}文字までで書いてください（いま{len(words)}文字）。")
    if _LINE_ID.search(words):
        raise InputRefused(field, "LINEのIDが入っています。消してください。子どもの言葉やIDは、この記録に書きません。")


def state_with(state: FaultState, text: FaultText) -> FaultState:
    """The state after a version. Raises: InputRefused: a closed fault can't lose the moment of its end."""
    if state is FaultState.CLOSED:
        check_complete(text)
        return state
    return FaultState.OPEN if text.restored_at is None else FaultState.RESTORED


def check_complete(text: FaultText) -> None:
    """Raises: InputRefused: something is missing without which a fault isn't done with (KAG-8.1)."""
    if text.restored_at is None:
        raise InputRefused("restored_at", "復旧した日時を入れてから、完了にしてください。")
    for field, name in (("measures", "とった対応"), ("cause", "原因"), ("prevention", "再発を防ぐこと")):
        if not getattr(text, field).strip():
            raise InputRefused(
                field, f"「{name}」を書いてから、完了にしてください。わからないときは、そのことを書きます。"
            )
    if text.affected is Affected.UNKNOWN:
        raise InputRefused("affected", "子どもへの影響を調べて、選んでから完了にしてください。")


def checked_report(report: BoardReport, now: datetime) -> BoardReport:
    """Raises: InputRefused."""
    for field, words, longest in (
        ("to", report.to, LONGEST_NAME),
        ("told", report.told, LONGEST_TEXT),
        ("reply", report.reply, LONGEST_TEXT),
    ):
        _check_words(field, words, longest)
    if not report.to.strip():
        raise InputRefused("to", "教育委員会のだれに伝えたか（部署や役割）を書いてください。")
    if not now - BEHIND <= report.at <= now + AHEAD:
        raise InputRefused("at", "伝えた日時をたしかめてください。いまより後の時刻は入れられません。")
    return report


def checked_notice(text: str) -> str:
    """A trouble notice as students read it (TAJ-N6). Raises: InputRefused: none, too long, or words no student may read."""
    text = "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
    if not text:
        raise InputRefused("notice", "子どもに見せる文を書いてください。")
    faults = faults_of_wording(text)
    if faults:
        raise InputRefused("notice", f"この文は使えません。{'。'.join(faults)}。")
    if len(text) > LONGEST_BUBBLE:
        raise InputRefused("notice", f"文は{LONGEST_BUBBLE}文字までで書いてください（いま{len(text)}文字）。")
    return text


#: To begin with; true of every fault, and no promise of a time.
STANDARD_NOTICE: Final = "いま、調子が悪く、返事がおくれることがあります。急ぐときは、電話の窓口も使えます。"


class HintCode(StrEnum):
    """What the service notices by itself and may be a fault; a person decides whether it is one."""

    UNDELIVERED = "undelivered"
    NOTICES_FAILED = "notices_failed"
    BOT_FAILURE = "bot_failure"
    SCREEN_FAILED = "screen_failed"
    WORK_WAITS = "work_waits"
    WEB_DOWN = "web_down"
    BACKUP_FAILED = "backup_failed"
    BACKUP_LATE = "backup_late"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that was noticed. count: how often; first_at, last_at: on the service's clock."""

    code: HintCode
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class HintWords:
    """A hint for people, and what a fault that is opened from it begins with."""

    told: str
    what: str
    effect: Effect
    provider: Provider


HINTS: Final[Mapping[HintCode, HintWords]] = {
    HintCode.UNDELIVERED: HintWords(
        "届かなかった、または届いたかわからない送信があります",
        "子どもへの送信が、届かないか、届いたかわからないままになった。",
        Effect.REPLY,
        Provider.UNKNOWN,
    ),
    HintCode.NOTICES_FAILED: HintWords(
        "送れなかった緊急のお知らせ（メール・電話など）があります",
        "緊急対応のお知らせ（メール・電話など）が、くり返しても送れなかった。",
        Effect.OTHER,
        Provider.UNKNOWN,
    ),
    HintCode.BOT_FAILURE: HintWords(
        "自動案内が答えられず、人につないだ相談があります",
        "自動案内が答えられなくなり、相談を人につないだ。",
        Effect.BOT,
        Provider.OURS,
    ),
    HintCode.SCREEN_FAILED: HintWords(
        "自動の見立てができなかったメッセージがあります",
        "届いたメッセージの自動の見立てができなかった。人が読むようにした。",
        Effect.OTHER,
        Provider.OURS,
    ),
    HintCode.WORK_WAITS: HintWords(
        "届いたまま、5分より長く処理されていないメッセージがあります",
        "届いたメッセージの処理が止まった。",
        Effect.RECEIVE,
        Provider.OURS,
    ),
    HintCode.WEB_DOWN: HintWords(
        "相談の画面を動かすプログラムが止まり、動き直しました",
        "相談の画面と受信のプログラムが止まり、動き直した。",
        Effect.RECEIVE,
        Provider.OURS,
    ),
    HintCode.BACKUP_FAILED: HintWords(
        "バックアップ、または試しに戻すことが失敗しました。管理者に伝えてください",
        "バックアップ、または試しに戻すことが失敗した。",
        Effect.OTHER,
        Provider.OURS,
    ),
    HintCode.BACKUP_LATE: HintWords(
        "バックアップが二日より長くとれていません。管理者に伝えてください",
        "バックアップがとれていなかった。",
        Effect.OTHER,
        Provider.OURS,
    ),
}
