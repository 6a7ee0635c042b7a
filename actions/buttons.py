"""The quick replies and what each of them means.

A button comes back as the student's own text (its title), so the titles are the contract: at most 20 characters
(LINE), no two with the same title, each with one meaning. They are matched exactly before the model's opinion counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from handoff.domain.profile.procedure import Kind

#: LINE's limits for quick replies.
TITLE_LENGTH: Final = 20
BUTTONS_A_MESSAGE: Final = 13


class Act(StrEnum):
    """What a message does in the conversation; the value is the intent's name where there is one."""

    TOPIC = "topic"
    SERVICE = "service"
    CHITCHAT = "chitchat"
    GREET = "greet"
    THANKS = "thanks"
    AFFIRM = "affirm"
    DENY = "deny"
    UNSURE = "unsure"
    SKIP = "skip"
    ASK_HUMAN = "ask_human"
    REPORT = "report"
    LEAVE_MESSAGE = "leave_message"
    STOP = "stop"
    START_OVER = "start_over"
    INFORM = "inform"
    ABOUT_SELF = "about_self"
    ABOUT_FRIEND = "about_friend"
    ABOUT_CHILD = "about_child"
    ABOUT_PUPIL = "about_pupil"
    OUT_OF_AREA = "out_of_area"
    SILENCE = "silence"
    QUIET_HOURS = "quiet_hours"
    PRANK = "prank"
    RISK_WISH = "risk_wish"
    RISK_NO_WISH = "risk_no_wish"
    RISK_UNSURE = "risk_unsure"
    CANNOT_PHONE = "cannot_phone"
    UNCLEAR = "nlu_fallback"
    FOLLOW = "event_follow"
    STICKER = "event_sticker"
    IMAGE = "event_image"
    VIDEO = "event_video"
    AUDIO = "event_audio"
    FILE = "event_file"
    LOCATION = "event_location"
    UNKNOWN_EVENT = "event_unknown"


class Again(StrEnum):
    """Whether who comes again comes about the same thing."""

    SAME = "same"
    OTHER = "other"


class Topic(StrEnum):
    """The topics a student can have; each is an intent of the same name."""

    BULLYING = "bullying"
    TRUANCY = "truancy"
    FRIENDS = "friends"
    STUDY = "study"
    FAMILY = "family"
    ABUSE = "abuse"
    BODY = "body"
    ROMANCE = "romance"
    NET_TROUBLE = "net_trouble"
    CLUB = "club"
    TEACHER = "teacher"
    HEALTH = "health"


class Role(StrEnum):
    """Whose problem it is, seen from the person who writes."""

    SELF = "self"
    FRIEND = "friend"
    GUARDIAN = "guardian"
    TEACHER = "teacher"


#: How a topic is called in the summary.
TOPIC_LABELS: Final[Mapping[Topic, str]] = {
    Topic.BULLYING: "いじめ",
    Topic.TRUANCY: "学校に行くこと",
    Topic.FRIENDS: "友だちとの関係",
    Topic.STUDY: "勉強や進路",
    Topic.FAMILY: "家族のこと",
    Topic.ABUSE: "家でこわいこと",
    Topic.BODY: "性やからだのこと",
    Topic.ROMANCE: "恋愛のこと",
    Topic.NET_TROUBLE: "ネットのこと",
    Topic.CLUB: "部活のこと",
    Topic.TEACHER: "先生のこと",
    Topic.HEALTH: "心や体の調子",
}

#: How a role is called in the summary.
ROLE_LABELS: Final[Mapping[Role, str]] = {
    Role.SELF: "あなた自身",
    Role.FRIEND: "友だち",
    Role.GUARDIAN: "お子さん",
    Role.TEACHER: "児童・生徒",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a button says: an act, and the answer it carries, if any."""

    act: Act
    topic: Topic | None = None
    role: Role | None = None
    grade: str | None = None
    school_type: str | None = None
    gender: str | None = None
    again: Again | None = None
    kind: Kind | None = None


SKIP: Final = "答えたくない"
TALK: Final = "相談員と話す"
LEAVE: Final = "メッセージを残す"
#: Only shown where the service takes reports (the wording leaves it out elsewhere).
REPORT: Final = "通報する"
#: While the questions of a report go on.
REPORT_STOP: Final = "ここでやめる"

#: What begins a report, and what ends it half-way; the other titles of a report are its own (``report_run``).
TITLES_OF_REPORT: Final = (REPORT, REPORT_STOP)

#: Eleven, so that skip and talk still fit into LINE's thirteen; club is told in words.
TOPIC_TITLES: Final[Mapping[str, Topic]] = {
    "いじめ": Topic.BULLYING,
    "学校に行きたくない": Topic.TRUANCY,
    "友だちとの関係": Topic.FRIENDS,
    "勉強や進路": Topic.STUDY,
    "家族のこと": Topic.FAMILY,
    "家でこわいことがある": Topic.ABUSE,
    "心や体の調子": Topic.HEALTH,
    "ネットのトラブル": Topic.NET_TROUBLE,
    "先生のこと": Topic.TEACHER,
    "恋愛のこと": Topic.ROMANCE,
    "性やからだのこと": Topic.BODY,
}
PERSON_TITLES: Final[Mapping[str, Role]] = {
    "わたし自身のこと": Role.SELF,
    "友だちが心配": Role.FRIEND,
    "自分の子どものこと": Role.GUARDIAN,
    "担当する生徒のこと": Role.TEACHER,
}
#: The act by which somebody says whose problem it is.
ABOUT: Final[Mapping[Role, Act]] = {
    Role.SELF: Act.ABOUT_SELF,
    Role.FRIEND: Act.ABOUT_FRIEND,
    Role.GUARDIAN: Act.ABOUT_CHILD,
    Role.TEACHER: Act.ABOUT_PUPIL,
}
GRADE_TITLES: Final[Mapping[str, Meaning]] = {
    "小学生": Meaning(Act.INFORM, school_type="小学校"),
    **{f"中{year}": Meaning(Act.INFORM, grade=f"中{year}", school_type="中学校") for year in (1, 2, 3)},
    **{f"高{year}": Meaning(Act.INFORM, grade=f"高{year}", school_type="高校") for year in (1, 2, 3)},
}
SCHOOL_TITLES: Final[Mapping[str, Meaning]] = {
    kind: Meaning(Act.INFORM, school_type=kind) for kind in ("小学校", "中学校", "高校", "特別支援学校", "高専")
}

GENDER_TITLES: Final[Mapping[str, str]] = {"女": "女", "男": "男", "どちらでもない": "その他"}
DONT_KNOW: Final = "わからない"
AGAIN_TITLES: Final[Mapping[str, Again]] = {"前と同じこと": Again.SAME, "ほかのこと": Again.OTHER}
#: The four kinds of net trouble for which a board may have a procedure (HYO-Ⅰ to Ⅲ × 1 to 4).
KIND_TITLES: Final[Mapping[str, Kind]] = {
    "悪口や画像をのせられた": Kind.POST,
    "いやなメールが来る": Kind.MAIL,
    "覚えのない請求が来た": Kind.BILLING,
    "あぶないサイトを見つけた": Kind.ILLEGAL_SITE,
}

#: Every title that the bot can show, and what it means when it comes back.
MEANINGS: Final[Mapping[str, Meaning]] = {
    SKIP: Meaning(Act.SKIP),
    TALK: Meaning(Act.ASK_HUMAN),
    LEAVE: Meaning(Act.LEAVE_MESSAGE),
    REPORT: Meaning(Act.REPORT),
    REPORT_STOP: Meaning(Act.STOP),
    **{title: Meaning(Act.TOPIC, topic=topic) for title, topic in TOPIC_TITLES.items()},
    **{title: Meaning(ABOUT[role], role=role) for title, role in PERSON_TITLES.items()},
    **GRADE_TITLES,
    **SCHOOL_TITLES,
    **{title: Meaning(Act.INFORM, gender=gender) for title, gender in GENDER_TITLES.items()},
    **{title: Meaning(Act.INFORM, again=again) for title, again in AGAIN_TITLES.items()},
    **{title: Meaning(Act.TOPIC, topic=Topic.NET_TROUBLE, kind=kind) for title, kind in KIND_TITLES.items()},
    DONT_KNOW: Meaning(Act.UNSURE),
}


def meaning_of(text: str) -> Meaning | None:
    """The meaning of ``text`` if it is a button's title, apart from width and outer space; None for other text."""
    return MEANINGS.get(unicodedata.normalize("NFKC", text).strip())
