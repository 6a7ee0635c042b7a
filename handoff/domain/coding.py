"""The vocabularies of the wrap-up sheet (終了記録), and how the bot's words become its codes.

The codes are those of the monthly statements (KAG-6.1キ 相談種類別, 相談対象別, 内容別). A code keeps its meaning for ever;
what the bot's intents and the risk screen's categories are coded as may change, and then ``CODING_VERSION`` grows, so
that two months are compared by what they were coded with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from handoff.domain.profile.vocabulary import ReportingClass

#: Grows with every change of TOPIC_CODES or RISK_CODES.
CODING_VERSION: Final = 1
#: Canonical values of a person's facts, as the intake gives them; the types of school are vocabulary.SchoolType.
GRADES: Final = (
    *(f"小{year}" for year in range(1, 7)),
    *(f"中{year}" for year in range(1, 4)),
    *(f"高{year}" for year in range(1, 4)),
    *(f"高専{year}" for year in range(1, 6)),
)
GENDERS: Final = ("女", "男", "その他")


class SheetKind(StrEnum):
    """相談種類別: what came in."""

    CONSULTATION = "consultation"
    REPORT = "report"
    ENQUIRY = "enquiry"


class ToldState(StrEnum):
    """Whether a fact is known, and if not, why not: three things that are counted apart."""

    TOLD = "told"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    NOT_ASKED = "not_asked"


class Source(StrEnum):
    """Where a fact comes from."""

    INTAKE = "intake"  # the student told the bot
    COUNSELLOR = "counsellor"  # heard in the talk
    REGISTER = "register"  # looked up in the register of schools
    NONE = "none"


class TopicCode(StrEnum):
    """内容別: what it is about."""

    BULLYING = "bullying"
    TRUANCY = "truancy"
    FRIENDS = "friends"
    STUDY = "study"
    MIND_BODY = "mind_body"
    STAFF = "staff"
    FAMILY = "family"
    ABUSE = "abuse"
    LOVE_SEX = "love_sex"
    NET = "net"
    SELF_HARM = "self_harm"
    OTHER = "other"


class Writer(StrEnum):
    """Who wrote, seen from the person concerned; but for the last in the intake's words for a role."""

    SELF = "self"
    FRIEND = "friend"
    GUARDIAN = "guardian"
    STAFF = "teacher"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Whether it became a consultation."""

    ESTABLISHED = "established"
    NO_RESPONSE = "no_response"
    PRANK = "prank"


class Consent(StrEnum):
    """Whether the student agrees that the school is told."""

    NOT_ASKED = "not_asked"
    GIVEN = "given"
    REFUSED = "refused"


class Way(StrEnum):
    """How a report to the board was made."""

    PHONE = "phone"
    MAIL = "mail"
    PAPER = "paper"
    MEETING = "meeting"


KIND_NAMES: Final[Mapping[SheetKind, str]] = {
    SheetKind.CONSULTATION: "SNS相談",
    SheetKind.REPORT: "通報",
    SheetKind.ENQUIRY: "問合せ",
}
STATE_NAMES: Final[Mapping[ToldState, str]] = {
    ToldState.TOLD: "聴取",
    ToldState.UNKNOWN: "不明",
    ToldState.DECLINED: "無回答",
    ToldState.NOT_ASKED: "未聴取",
}
SOURCE_NAMES: Final[Mapping[Source, str]] = {
    Source.INTAKE: "自動の案内で",
    Source.COUNSELLOR: "相談の中で",
    Source.REGISTER: "学校一覧から",
    Source.NONE: "",
}
TOPIC_NAMES: Final[Mapping[TopicCode, str]] = {
    TopicCode.BULLYING: "いじめ",
    TopicCode.TRUANCY: "不登校",
    TopicCode.FRIENDS: "友人",
    TopicCode.STUDY: "学業・進路",
    TopicCode.MIND_BODY: "心身",
    TopicCode.STAFF: "教職員",
    TopicCode.FAMILY: "家庭",
    TopicCode.ABUSE: "虐待",
    TopicCode.LOVE_SEX: "恋愛・性",
    TopicCode.NET: "ネット",
    TopicCode.SELF_HARM: "自傷・希死",
    TopicCode.OTHER: "その他",
}
WRITER_NAMES: Final[Mapping[Writer, str]] = {
    Writer.SELF: "本人",
    Writer.FRIEND: "友人",
    Writer.GUARDIAN: "保護者",
    Writer.STAFF: "教職員",
    Writer.UNKNOWN: "不明",
}
OUTCOME_NAMES: Final[Mapping[Outcome, str]] = {
    Outcome.ESTABLISHED: "成立",
    Outcome.NO_RESPONSE: "無応答",
    Outcome.PRANK: "いたずら",
}
CONSENT_NAMES: Final[Mapping[Consent, str]] = {
    Consent.NOT_ASKED: "聞いていない",
    Consent.GIVEN: "同意あり",
    Consent.REFUSED: "同意なし",
}
WAY_NAMES: Final[Mapping[Way, str]] = {
    Way.PHONE: "電話",
    Way.MAIL: "メール",
    Way.PAPER: "文書",
    Way.MEETING: "面談",
}
#: 報告区分 in the words of KAG-7.1.
CLASS_NAMES: Final[Mapping[ReportingClass, str]] = {
    ReportingClass.PHONE_AT_ONCE: "ア 電話で直ちに",
    ReportingClass.PROMPTLY: "イ 速やかに",
    ReportingClass.PERIODIC: "ウ 定期報告",
}

#: From the bot's topic intents (``understanding.TOPICS``). A club is about friends, a teacher or marks: only the
#: counsellor knows which.
TOPIC_CODES: Final[Mapping[str, TopicCode]] = {
    "bullying": TopicCode.BULLYING,
    "truancy": TopicCode.TRUANCY,
    "friends": TopicCode.FRIENDS,
    "study": TopicCode.STUDY,
    "family": TopicCode.FAMILY,
    "abuse": TopicCode.ABUSE,
    "body": TopicCode.LOVE_SEX,
    "romance": TopicCode.LOVE_SEX,
    "net_trouble": TopicCode.NET,
    "club": TopicCode.OTHER,
    "teacher": TopicCode.STAFF,
    "health": TopicCode.MIND_BODY,
    "chitchat": TopicCode.OTHER,
    "service": TopicCode.OTHER,
}
#: From the risk screen's categories (``kernel.risk``); None: it says about whom, not about what.
RISK_CODES: Final[Mapping[str, TopicCode | None]] = {
    "suicide": TopicCode.SELF_HARM,
    "self_harm": TopicCode.SELF_HARM,
    "abuse": TopicCode.ABUSE,
    "violence": TopicCode.OTHER,
    "bullying": TopicCode.BULLYING,
    "sexual_harm": TopicCode.LOVE_SEX,
    "third_party": None,
    "crisis": TopicCode.MIND_BODY,
}


def coded(topic: str | None, categories: Sequence[str]) -> tuple[TopicCode, ...]:
    """The codes that a topic intent and risk categories suggest, each once, the student's own topic first.

    Beside another code その他 says nothing and is left out; what a later model names and this version doesn't know, too.
    """
    found = [TOPIC_CODES.get(topic or ""), *(RISK_CODES.get(category) for category in categories)]
    codes = tuple(dict.fromkeys(code for code in found if code is not None))
    return tuple(code for code in codes if code is not TopicCode.OTHER) or codes


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of the person concerned.

    Attributes: value: canonical, None where it isn't known; state: told, or why not; source: who says so.
    """

    value: str | None = None
    state: ToldState = ToldState.NOT_ASKED
    source: Source = Source.NONE

    @property
    def consistent(self) -> bool:
        """Whether there is a value just where one was told, and it says who told it."""
        told = self.state is ToldState.TOLD
        return bool(self.value and self.value.strip()) == told and not (told and self.source is Source.NONE)

    @property
    def shown(self) -> str:
        """The value, else the word for why there is none (不明, 無回答, 未聴取)."""
        return self.value or STATE_NAMES[self.state]


NOT_ASKED: Final = Told()


def told_in(intake: Mapping[str, str | None], name: str, question: str) -> Told:
    """What the intake's answers hold of one fact.

    Args: name: of the answer; question: that it belongs to, as ``declined``, ``unanswered`` and ``unknown`` name it.
    """
    value = intake.get(name)
    if value:
        return Told(value, ToldState.TOLD, Source.INTAKE)
    if question in _names(intake, "declined") | _names(intake, "unanswered"):
        return Told(None, ToldState.DECLINED, Source.INTAKE)
    # Who answers the question for a grade with an age has been asked; the grade isn't known all the same.
    if question in _names(intake, "unknown") or (name == "grade" and intake.get("age")):
        return Told(None, ToldState.UNKNOWN, Source.INTAKE)
    return NOT_ASKED


def _names(intake: Mapping[str, str | None], key: str) -> set[str]:
    return set((intake.get(key) or "").split(","))
