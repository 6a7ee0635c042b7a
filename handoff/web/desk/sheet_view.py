"""The wrap-up sheet as its pages show it: choices with their names, what was decided in words, and the talk beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from handoff.domain.coding import (
    CLASS_NAMES,
    CONSENT_NAMES,
    GENDERS,
    GRADES,
    OUTCOME_NAMES,
    SOURCE_NAMES,
    STATE_NAMES,
    TOPIC_NAMES,
    WAY_NAMES,
    WRITER_NAMES,
    SheetKind,
    Told,
    ToldState,
)
from handoff.domain.desk import EndReason
from handoff.domain.escalation import Suspect
from handoff.domain.hours import ZONE
from handoff.domain.incoming import OTHER_WAYS, Channel
from handoff.domain.other_ways import CHANNEL_NAMES, kind_name, way_name
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, SchoolType
from handoff.domain.school import School
from handoff.domain.school_names import REASON_NAMES, Found
from handoff.domain.session import URGENT
from handoff.domain.staff import StaffMember
from handoff.domain.survey import COUNTED, QUESTIONS, Survey
from handoff.domain.wrap_up import Reporting, Sheet
from handoff.services.desk.read_sheet import SheetView, WaitingSheet
from handoff.services.desk_view_ports import Card
from handoff.web.desk.render import age_band, line_json
from handoff.web.desk.sheet_form import Values, deadlines, values_of

#: The keys that choose a topic, in the order of the topics; the two beyond the digits are their neighbours.
TOPIC_KEYS: Final = "1234567890-^"
#: As a person has to tell them apart; to a student and on the page for an agency both boards have one name.
AGENCIES: Final[Mapping[Agency, str]] = {
    Agency.POLICE: "警察",
    Agency.FIRE: "消防・救急",
    Agency.CHILD_GUIDANCE_CENTRE: "児童相談所",
    Agency.PREFECTURAL_BOARD: "都道府県教育委員会",
    Agency.MUNICIPAL_BOARD: "市区町村教育委員会",
    Agency.SCHOOL: "学校",
    Agency.OPERATOR: "この窓口の運営者",
    Agency.OTHER: "ほかの関係機関",
}
LEVELS: Final = {"critical": "緊急", "high": "高い", "unscreened": "未判定", "concern": "気がかり", "none": "通常"}
ENDED: Final = {
    EndReason.STUDENT: "本人が終えた",
    EndReason.COUNSELLOR: "相談員が終えた",
    EndReason.SILENCE: "返事がなく終えた",
    EndReason.HOURS: "時間の終わり",
    EndReason.LEFT: "ブロックされた",
}
AUTHORS: Final = {"student": "相談者", "bot": "自動の案内", "counsellor": "相談員", "system": "システム"}
SUSPECTS: Final = {
    Suspect.GUARDIAN: "保護者が関わっているおそれがあります。保護者に伝わらないようにしてください。",
    Suspect.TEACHER: "教職員が関わっているおそれがあります。学校には伝えられません。",
}
_WEEKDAYS: Final = "月火水木金土日"


def spoken(at: datetime | None) -> str:
    """A moment in Japan's time: 11月20日（金）18:05."""
    if at is None:
        return ""
    there = at.astimezone(ZONE)
    return f"{there.month}月{there.day}日（{_WEEKDAYS[there.weekday()]}）{there.hour}:{there.minute:02}"


def level_of(card: Card) -> tuple[str, str]:
    """A session's level as code and word; what couldn't be read stands between high and a concern."""
    code = str(card.level or "none")
    if card.unscreened and card.level not in URGENT:
        code = "unscreened"
    return code, LEVELS[code]


def choices(profile: Profile, channel: Channel = Channel.LINE) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What the form offers, by field: codes with their names."""
    states = [(str(state), STATE_NAMES[state]) for state in ToldState if state is not ToldState.TOLD]
    classes = profile.reporting.classes
    offered = [(str(code), name) for code, name in CLASS_NAMES.items() if classes is None or code in classes]
    return {
        "kind": [(str(kind), kind_name(kind, channel)) for kind in SheetKind],
        "outcome": _pairs(OUTCOME_NAMES),
        "primary": _pairs(TOPIC_NAMES),
        "role": _pairs(WRITER_NAMES),
        "school_type": [*((str(one), str(one)) for one in SchoolType), *states],
        "grade": [*((one, one) for one in GRADES), *states],
        "gender": [*((one, one) for one in GENDERS), *states],
        "school_name_state": states,
        "reporting_class": [("", "報告しない"), *offered],
        "way": [("", "まだ"), *_pairs(WAY_NAMES)],
        "consent": _pairs(CONSENT_NAMES),
        "agencies": _pairs(AGENCIES),
    }


def _pairs(names: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(str(code), name) for code, name in names.items()]


def shown(
    view: SheetView,
    member: StaffMember,
    profile: Profile,
    now: datetime,
    values: Values | None,
    register: Sequence[tuple[str, str]] = (),
) -> Any:
    """All that the page of one sheet shows.

    Args: values: what was typed, None for what the sheet holds; register: schools to choose from, code and words.
    """
    card, record = view.talk.card, view.record
    code, level = level_of(card)
    alias = view.aliases
    return {
        "session": str(card.id),
        "state": card.state,
        "version": 0 if record is None else record.version,
        "level": code,
        "level_name": level,
        "who": age_band(card.intake),
        "channel": way_name(card.channel, drill=card.drill),
        "drill": card.drill,
        "by_other_way": card.channel in OTHER_WAYS,
        "caller": card.intake.get("caller"),
        "opened": spoken(card.opened_at),
        "ended": spoken(card.ended_at),
        "ended_reason": ENDED.get(EndReason(card.ended_reason)) if card.ended_reason in set(EndReason) else None,
        "counsellor": alias.get(card.counsellor_id) if card.counsellor_id else None,
        "second": alias.get(card.second_id) if card.second_id else None,
        "waits": view.waits,
        "may_fill": view.may_fill,
        "may_finish": view.may_finish,
        "may_sign": view.may_sign,
        "unreadable": record is not None and record.sheet is None,
        "saved": None if record is None else f"{alias.get(record.saved_by)}（{spoken(record.saved_at)}）",
        "filled": _stamp(alias.get(record.filled_by), record.filled_at) if record and record.filled_by else None,
        "signed": _stamp(alias.get(record.signed_by), record.signed_at) if record and record.signed_by else None,
        "remark": record.remark if record is not None and record.filled_at is None else "",
        "returned": _stamp(alias.get(record.returned_by), record.returned_at)
        if record and record.returned_by
        else None,
        "escalation": None if card.escalation_id is None else str(card.escalation_id),
        "suspects": [SUSPECTS[suspect] for suspect in Suspect if suspect in view.suspects],
        "before": None if view.before is None else str(view.before),
        "after": None if view.after is None else str(view.after),
        "goes_on": view.goes_on,
        "earlier": [
            {
                "id": str(one.id),
                "at": spoken(one.opened_at),
                "channel": CHANNEL_NAMES[one.channel],
                "by": alias.get(one.counsellor_id, "相談員") if one.counsellor_id else "",
                "previous": one.id == view.before,
                "link": one.sheet is not None and _opens_earlier(member, card, one.counsellor_id),
            }
            for one in view.talk.earlier
        ],
        "lines": [line_json(one) | {"when": spoken(one.line.at)} for one in view.talk.lines],
        "survey": None if view.survey is None else _survey(view.survey),
        "handovers": [(str(to), name) for to, name in AGENCIES.items() if _may_hear(to, view.suspects)],
        "rows": list(rows(view.sheet, card.channel, view.school)),
        "register": register,
        "values": values if values is not None else values_of(view.sheet, alias=member.alias, now=now),
        "choices": choices(profile, card.channel),
        "sources": {
            name: SOURCE_NAMES[getattr(view.sheet.person, name).source]
            for name in ("school_type", "grade", "gender", "school_name")
        },
        "topic_keys": TOPIC_KEYS,
        "deadlines": deadlines(now, profile),
        "criteria": profile.reporting.criteria,
    }


def _survey(survey: Survey) -> Any:
    """What the student answered, and their own words."""
    given = {step: survey.answers.get(step.code) for step in COUNTED}
    asked = [(COUNTED[step], QUESTIONS[step].title(one.value)) for step, one in given.items() if one is not None]
    return {"asked": asked, "words": survey.words}


def _stamp(alias: str | None, at: datetime | None) -> Mapping[str, str]:
    return {"by": alias or "", "at": spoken(at)}


def _opens_earlier(member: StaffMember, card: Card, counsellor: Any) -> bool:
    """Whether a link to an earlier session would lead somewhere."""
    return (
        member.is_supervisor or counsellor == member.id or (card.counsellor_id == member.id and card.state != "closed")
    )


def _may_hear(to: Agency, suspects: frozenset[Suspect]) -> bool:
    return not (to is Agency.SCHOOL and Suspect.TEACHER in suspects)


def rows(sheet: Sheet, channel: Channel = Channel.LINE, school: School | None = None) -> Iterator[tuple[str, str]]:
    """The sheet in words, for whoever reads it only."""
    person = sheet.person
    yield "相談の種類", kind_name(sheet.kind, channel)
    yield "結果", OUTCOME_NAMES[sheet.outcome]
    yield "主な内容", "" if sheet.primary is None else TOPIC_NAMES[sheet.primary]
    yield "ほかの内容", "、".join(TOPIC_NAMES[code] for code in sheet.secondaries)
    yield "書いた人", WRITER_NAMES[sheet.role]
    yield "校種", _fact(person.school_type)
    yield "学年", _fact(person.grade)
    yield "性別", _fact(person.gender)
    yield "学校", _fact(person.school_name)
    if person.school_code.value:
        yield "台帳の学校", person.school_code.value if school is None else school_words(school)
    yield "報告区分", "報告しない" if sheet.reporting is None else CLASS_NAMES[sheet.reporting.reporting_class]
    if sheet.reporting is not None:
        yield from _report_rows(sheet.reporting)
    yield "学校に伝える同意", CONSENT_NAMES[sheet.consent]
    if sheet.without_consent is not None:
        decision = sheet.without_consent
        protected = "知らせた人がわからないことを確認" if decision.source_protected else "知らせた人の保護は未確認"
        yield "同意なしで伝える決定", f"{decision.supervisor}・{decision.board}（{protected}）"
        yield "その理由", decision.reason
    yield "電話につないだ", (sheet.call_line or "はい") if sheet.call_transfer else "いいえ"
    yield "連絡したところ", "、".join(AGENCIES[agency] for agency in sheet.agencies)
    yield "まとめ", sheet.summary
    yield "引き継ぐこと", sheet.handover
    yield "これからのこと", sheet.next_step


def school_words(school: School) -> str:
    """A school with where it is and what kind it is: many towns have one of the same name."""
    place = "・".join(part for part in (school.municipality, school.school_type) if part)
    return f"{school.name}（{place}）" if place else school.name


def school_choices(found: Found, chosen: School | None, code: str) -> list[tuple[str, str]]:
    """The schools that can be chosen for a sheet: none of them first, then the one that is chosen already.

    Args: found: candidates for what was told; chosen: the school of the sheet's code, as far as it's known.
    """
    offered = [("", "どれでもない")]
    if code:
        offered.append((code, code if chosen is None else f"{school_words(chosen)}　選んだもの"))
    offered += [
        (one.school.code, f"{school_words(one.school)}　{REASON_NAMES[one.reason]}")
        for one in found.candidates
        if one.school.code != code
    ]
    return offered


def _report_rows(report: Reporting) -> Iterator[tuple[str, str]]:
    yield "決めた人", report.decided_by
    yield "決めた日時", spoken(report.decided_at)
    yield "報告の期限", spoken(report.deadline)
    yield "報告先", "、".join(AGENCIES[agency] for agency in report.recipients)
    yield "報告の方法", "まだ" if report.way is None else WAY_NAMES[report.way]
    yield "報告への返事", report.reply


def _fact(told: Told) -> str:
    source = SOURCE_NAMES[told.source]
    return f"{told.shown}（{source}）" if source and told.state is ToldState.TOLD else told.shown


def listed(one: WaitingSheet) -> Any:
    """A sheet in the list of those that wait."""
    code, level = level_of(one.card)
    return {
        "session": str(one.card.id),
        "wait": one.wait,
        "level": code,
        "level_name": level,
        "who": age_band(one.card.intake),
        "channel": way_name(one.card.channel, drill=one.card.drill),
        "ended": spoken(one.card.ended_at),
        "people": "、".join(one.people) or "当番の人",
        "begun": one.record is not None,
        "filled": one.record is not None and one.record.filled_by is not None,
        "remark": "" if one.record is None else one.record.remark,
    }
