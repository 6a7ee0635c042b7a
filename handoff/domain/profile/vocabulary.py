"""The closed vocabularies of a profile: every choice in the YAML is one of these words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ChannelUse(StrEnum):
    """Whether a channel is part of the service, or only named to the student (KAG-6.1イ(イ))."""

    OFFERED = "offered"
    NOT_OFFERED = "not_offered"
    GUIDE_ONLY = "guide_only"


class Availability(StrEnum):
    """When a channel takes messages: at any time (HYO 随時, KAG-4.2 24時間), or in the opening hours."""

    ANYTIME = "anytime"
    SERVICE_HOURS = "service_hours"


class AccountOwner(StrEnum):
    """Whose LINE official account it is (KAG-6.1イ)."""

    BOARD = "board"
    CONTRACTOR = "contractor"


class Role(StrEnum):
    """Who may use the service; what the documents call them."""

    STUDENT = "student"
    CHILD = "child"
    YOUTH = "youth"
    GUARDIAN = "guardian"
    SCHOOL = "school"


class Founder(StrEnum):
    """設置者."""

    PUBLIC = "public"
    PREFECTURAL = "prefectural"
    MUNICIPAL = "municipal"
    NATIONAL = "national"
    PRIVATE = "private"


class SchoolType(StrEnum):
    """校種, in the canonical forms that intake gives, so that the two can be compared."""

    ELEMENTARY = "小学校"
    JUNIOR_HIGH = "中学校"
    COMPULSORY = "義務教育学校"
    HIGH = "高校"
    SECONDARY = "中等教育学校"
    SPECIAL_NEEDS = "特別支援学校"
    TECHNICAL_COLLEGE = "高専"
    VOCATIONAL = "専門学校"
    UNIVERSITY = "大学"
    OTHER = "その他"


class SchoolPart(StrEnum):
    """課程・部: the part of a school whose pupils are meant; none = all of them."""

    LATTER_STAGE = "latter_stage"  # 義務教育学校の後期課程
    JUNIOR_HIGH_SECTION = "junior_high_section"  # 特別支援学校の中学部
    HIGH_SECTION = "high_section"  # 特別支援学校の高等部


class Residence(StrEnum):
    """How a person belongs to the region (TAJ-4)."""

    LIVES = "lives"
    ATTENDS_SCHOOL = "attends_school"
    WORKS = "works"


class OutOfScope(StrEnum):
    """How somebody outside the circle is met (HOK-8.2, WG-7)."""

    SERVE_SINCERELY = "serve_sincerely"
    GUIDE_ELSEWHERE = "guide_elsewhere"


class ReplySource(StrEnum):
    """What an automatic reply is made of (HOK-5.2, KAG-6.1イ(イ), TAJ-N1)."""

    BOARD_TEXT = "board_text"  # the board's own words, under `texts`
    PHONE_LINES = "phone_lines"  # the standard words and the phone lines
    STANDARD = "standard"  # the standard words


class BroadcastKind(StrEnum):
    """What may be sent to everybody (HOK-5.3)."""

    PERIOD_AND_HOURS = "period_and_hours"
    OPENING = "opening"


class MediaRule(StrEnum):
    """What happens with a picture, film, sound, file or sticker in one flow."""

    ACCEPT = "accept"
    ACCEPT_SAVED_SCREENS = "accept_saved_screens"  # HYO-I-1 保存した画面
    ACCEPT_UNLESS_SPAM = "accept_unless_spam"  # TAJ-N3 スタンプの連打
    REJECT = "reject"


class UrlRule(StrEnum):
    """Whether the address of a page is asked for (HYO-I-1)."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class Flow(StrEnum):
    """The flows that have a media policy of their own."""

    CONSULTATION = "consultation"
    REPORT = "report"
    NET_TROUBLE = "net_trouble"


class StaffingRule(StrEnum):
    """How binding the number of counsellors is (KAG-6.1ア 常に, HYO-4.3 原則)."""

    ALWAYS = "always"
    IN_PRINCIPLE = "in_principle"


class HardEnd(StrEnum):
    """Whether a talk ends when the hours end; never by a timer at high or critical."""

    AT_CLOSE = "at_close"
    NONE = "none"


class ApprovalTimeout(StrEnum):
    """What becomes of a trainee's line that no supervisor looked at in time (WG-8)."""

    RETURN = "return"  # back to the trainee, and the supervisor's desk rings
    SEND = "send"  # it goes out; never at high or critical


class Agency(StrEnum):
    """Who is told or called, in the words of the documents."""

    POLICE = "police"
    FIRE = "fire"
    CHILD_GUIDANCE_CENTRE = "child_guidance_centre"
    PREFECTURAL_BOARD = "prefectural_board"
    MUNICIPAL_BOARD = "municipal_board"
    SCHOOL = "school"
    OPERATOR = "operator"
    OTHER = "other"


AGENCY_NAMES: Final[Mapping[Agency, str]] = {
    Agency.POLICE: "警察",
    Agency.FIRE: "消防",
    Agency.CHILD_GUIDANCE_CENTRE: "児童相談所",
    Agency.PREFECTURAL_BOARD: "教育委員会",
    Agency.MUNICIPAL_BOARD: "教育委員会",
    Agency.SCHOOL: "学校",
    Agency.OPERATOR: "この窓口の運営者",
    Agency.OTHER: "関係機関",
}


class EmergencyMode(StrEnum):
    """How the first call is made (KAG-7.1ア 電話で直ちに, HYO-4.1③ 速やかに)."""

    PHONE_NOW = "phone_now"
    PROMPTLY = "promptly"


class EmergencyTrigger(StrEnum):
    """What lets the service call others without consent (TAJ-S3)."""

    LIFE_OR_BODY = "life_or_body"
    URGENT = "urgent"
    LEGAL_DUTY = "legal_duty"


class ReportingClass(StrEnum):
    """報告区分 ア・イ・ウ (KAG-7.1): a person's decision, not the machine's level."""

    PHONE_AT_ONCE = "phone_at_once"
    PROMPTLY = "promptly"
    PERIODIC = "periodic"


class NonurgentDisclosure(StrEnum):
    """When school, family or board are told although no life is in danger."""

    ON_WISH = "on_wish"  # TAJ-U1 希望があれば
    WITH_CONSENT = "with_consent"  # HYO-I-1 了解を得る
    WHEN_NEEDED = "when_needed"  # KAG-7.1イ・ウ


class LegalDuty(StrEnum):
    """Duties to tell that the board has confirmed to hold for this service."""

    CHILD_ABUSE_PREVENTION_ACT = "child_abuse_prevention_act"  # 児童虐待防止法6条
    CHILD_WELFARE_ACT = "child_welfare_act"  # 児童福祉法25条
    BULLYING_PREVENTION_ACT = "bullying_prevention_act"  # いじめ防止対策推進法23条


class TraceItem(StrEnum):
    """What may be kept of a web visitor to find a child in danger."""

    IP_ADDRESS = "ip_address"
    ACCESS_TIME = "access_time"
    USER_AGENT = "user_agent"


class Prohibited(StrEnum):
    """What users are asked not to do (TAJ-5)."""

    DEFAMATION = "defamation"
    IMPERSONATION = "impersonation"
    RIGHTS_OR_PUBLIC_ORDER = "rights_or_public_order"
    ADVERTISING = "advertising"
    LINE_ABUSE = "line_abuse"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


class Sanction(StrEnum):
    """What may follow (TAJ-5); never at high or critical."""

    DELETE_POST = "delete_post"
    BLOCK = "block"
    DELETE_ACCOUNT = "delete_account"


class StatementKind(StrEnum):
    """The periodic statements (報告書) that the board asks for."""

    PERFORMANCE_AND_SECURITY = "performance_and_security"  # HOK-7.3
    PUBLIC = "public"  # KAG-6.1キ 外部公表向け
    EDUCATION = "education"  # KAG-6.1キ 教育行政・学校向け
    BOARD_FORM = "board_form"  # HYO-4.1⑦ 所定様式


class CriticalWatch(StrEnum):
    """How long a page is watched after a finding that touches life (KAG-6.2ア(エ))."""

    ROUND_THE_CLOCK_UNTIL_CALM = "round_the_clock_until_calm"


class PatrolStatementUnit(StrEnum):
    """What a patrol statement covers (KAG-6.2イ)."""

    SEARCH = "search"
    MONTH = "month"


class WatchFrequency(StrEnum):
    """How often a page is looked at after a case (HYO-4.1④)."""

    DAILY = "daily"
    WEEKLY = "weekly"


class PatrolCategory(StrEnum):
    """What the patrol looks for (HYO-4.1⑤)."""

    DEFAMATION = "defamation"
    CRIMINAL_POST = "criminal_post"
    IMPROPER_IMAGE = "improper_image"


class RecordRule(StrEnum):
    """How cases are recorded (HYO-4.1⑥)."""

    ONE_PER_CASE = "one_per_case"


class DeletionLaw(StrEnum):
    """The law under which a lawyer asks for deletion (HYO-4.4)."""

    PROVIDER_LIABILITY_ACT = "provider_liability_act"


class LineMedium(StrEnum):
    """Whether a line is called or written to."""

    PHONE = "phone"
    TEXT = "text"
